"""The linear map of one range of values onto another."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import numpy as np
from sklearn.utils import gen_batches

from .._typing import AnyArray, FloatArray

_DTYPES = (np.dtype("float16"), np.dtype("float32"), np.dtype("float64"))
# Every step of the arithmetic on a block of this many values stays in the cache.
_BLOCK_VALUES = 1 << 16


def check_range(name: str, value: Any) -> None:
    """Refuse anything but two finite numbers in increasing order."""
    with suppress(TypeError, ValueError):
        low, high = (float(end) for end in value)
        if low < high and math.isfinite(high - low):
            return
    raise ValueError(
        f"{name} must be two finite numbers in increasing order, such as (0, 255), got {value!r}."
    )


def check_dtype(dtype: Any) -> None:
    """Refuse anything but the three floating point types."""
    with suppress(TypeError):
        # NumPy reads None as float64.
        if dtype is not None and np.dtype(dtype) in _DTYPES:
            return
    raise ValueError(f'dtype must be "float16", "float32" or "float64", got {dtype!r}.')


def map_range(
    X: AnyArray,
    source: tuple[float, float],
    target: tuple[float, float],
    dtype: np.dtype[Any],
) -> FloatArray:
    """Map one range linearly onto another, block by block, into a new array."""
    out = np.empty(X.shape, dtype=dtype)
    # Wide integers and float64 would lose digits, or overflow, if they were cast first.
    working_dtype = np.result_type(X.dtype, dtype, np.float32)
    (low, high), (new_low, new_high) = map(float, source), map(float, target)
    for rows in gen_batches(X.shape[0], max(1, _BLOCK_VALUES // X.shape[1])):
        block = X[rows].astype(working_dtype)
        block -= low
        # A division and a product, in place of one factor, keep the ends of the range exact.
        block /= high - low
        block *= new_high - new_low
        block += new_low
        out[rows] = block
    return out
