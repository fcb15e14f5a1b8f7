"""Type aliases shared by the package."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

#: What scikit-learn calls array-like: arrays, lists, data frames.
ArrayLike: TypeAlias = Any
#: scikit-learn's ``random_state``.
RandomState: TypeAlias = "int | np.random.RandomState | None"
FloatArray: TypeAlias = npt.NDArray[np.floating]
IntArray: TypeAlias = npt.NDArray[np.integer]
AnyArray: TypeAlias = npt.NDArray[Any]
