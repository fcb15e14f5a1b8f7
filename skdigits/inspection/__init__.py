"""Figures of digits, of networks, of training and of comparisons, drawn with matplotlib."""

from __future__ import annotations

from ._comparison import ComparisonDisplay
from ._digit_grid import DigitGridDisplay
from ._digit_predictions import DigitPredictionsDisplay
from ._filters import FiltersDisplay
from ._learning_curve import LearningCurveDisplay
from ._misclassified import MisclassifiedDisplay
from ._normalization import NormalizationDisplay
from ._occlusion import occlusion_map
from ._occlusion_display import OcclusionDisplay

__all__ = [
    "ComparisonDisplay",
    "DigitGridDisplay",
    "DigitPredictionsDisplay",
    "FiltersDisplay",
    "LearningCurveDisplay",
    "MisclassifiedDisplay",
    "NormalizationDisplay",
    "OcclusionDisplay",
    "occlusion_map",
]
