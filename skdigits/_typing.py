"""Types shared by the package."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

#: What scikit-learn calls array-like: arrays, lists, data frames.
ArrayLike: TypeAlias = Any
#: scikit-learn's ``random_state``.
RandomState: TypeAlias = "int | np.random.RandomState | None"
FloatArray: TypeAlias = npt.NDArray[np.floating]
IntArray: TypeAlias = npt.NDArray[np.integer]
AnyArray: TypeAlias = npt.NDArray[Any]


class Classifier(Protocol):
    """A fitted classifier, or a fitted Pipeline that ends in one."""

    @property
    def classes_(self) -> AnyArray: ...

    def predict(self, X: ArrayLike) -> AnyArray: ...


class ProbabilisticClassifier(Classifier, Protocol):
    """A fitted classifier that gives the probability of each class."""

    def predict_proba(self, X: ArrayLike) -> FloatArray: ...
