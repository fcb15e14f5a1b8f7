"""Compare the Keras networks with the classic baselines on the same folds."""

from ._compare import compare
from ._findings import ModelResult, WinnerPredictions
from ._models import Contender, model_names
from ._report import ComparisonReport
from ._schedule import ComparisonProgress

__all__ = [
    "ComparisonProgress",
    "ComparisonReport",
    "Contender",
    "ModelResult",
    "WinnerPredictions",
    "compare",
    "model_names",
]
