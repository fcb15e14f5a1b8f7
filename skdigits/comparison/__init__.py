"""Compare the Keras networks with the classic baselines on the same folds."""

from ._models import Contender, model_names
from ._report import ComparisonReport, ModelResult
from ._search import compare

__all__ = ["ComparisonReport", "Contender", "ModelResult", "compare", "model_names"]
