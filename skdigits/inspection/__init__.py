"""Pictures of digits, of training and of comparisons, drawn with matplotlib."""

from __future__ import annotations

from ._comparison import ComparisonDisplay
from ._digit_grid import DigitGridDisplay
from ._learning_curve import LearningCurveDisplay
from ._misclassified import MisclassifiedDisplay

__all__ = [
    "ComparisonDisplay",
    "DigitGridDisplay",
    "LearningCurveDisplay",
    "MisclassifiedDisplay",
]
