"""Pictures of digits and of training, drawn with matplotlib."""

from __future__ import annotations

from ._digit_grid import DigitGridDisplay
from ._learning_curve import LearningCurveDisplay

__all__ = ["DigitGridDisplay", "LearningCurveDisplay"]
