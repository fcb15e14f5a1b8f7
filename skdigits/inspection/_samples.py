"""Choose samples and see them as pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .._typing import AnyArray, ArrayLike, IntArray

# More pictures than this on one figure are too small to read.
_DEFAULT_N_SAMPLES = 25


def choose_indices(n_available: int, indices: ArrayLike | None, n_samples: int | None) -> IntArray:
    """Turn the two ways of choosing samples into positions."""
    if indices is None:
        return np.arange(_check_n_samples(n_available, n_samples))
    if n_samples is not None:
        raise ValueError("Expected indices or n_samples, got both. Pass one of them.")
    chosen = np.asarray(indices)
    if chosen.dtype == bool and chosen.shape == (n_available,):
        chosen = np.flatnonzero(chosen)
    if chosen.ndim != 1 or chosen.size == 0 or chosen.dtype.kind not in "iu":
        raise ValueError(
            "indices must be a non-empty list of integers, or a boolean mask of shape "
            f"({n_available},) that is true somewhere, got {indices!r}."
        )
    if chosen.min() < -n_available or chosen.max() >= n_available:
        raise IndexError(
            f"indices of {n_available} samples must lie between {-n_available} and "
            f"{n_available - 1}, got indices from {chosen.min()} to {chosen.max()}."
        )
    return chosen


def _check_n_samples(n_available: int, n_samples: int | None) -> int:
    """Find how many of the first samples to take."""
    if n_samples is None:
        n_samples = min(n_available, _DEFAULT_N_SAMPLES)
    if not 1 <= n_samples <= n_available:
        raise ValueError(
            f"n_samples must lie between 1 and the number of samples, {n_available}, "
            f"got {n_samples}."
        )
    return n_samples


def is_mixed(X: ArrayLike) -> bool:
    """Say whether pictures come one by one and differ in shape."""
    is_list = isinstance(X, Sequence) or (isinstance(X, np.ndarray) and X.dtype == object)
    return is_list and len({np.shape(picture) for picture in X}) > 1


def take_rows(X: ArrayLike, indices: IntArray) -> ArrayLike:
    """Take samples; a data frame stays one, for an estimator that was fitted on it."""
    if hasattr(X, "iloc"):
        return X.iloc[indices]
    if is_mixed(X):
        return [X[index] for index in indices]
    return X[indices] if hasattr(X, "shape") else np.asarray(X)[indices]


def take_values(values: ArrayLike | None, indices: IntArray) -> AnyArray | None:
    """Take what belongs to the chosen samples, where it is given."""
    return None if values is None else np.asarray(values)[indices]


def to_images(X: ArrayLike, image_shape: tuple[int, ...] | None) -> AnyArray:
    """See samples as pictures of shape (height, width), or (height, width, 3) in colour.

    Those that differ in shape come in an array of objects.
    """
    if is_mixed(X):
        images = np.empty(len(X), dtype=object)
        for row, picture in enumerate(X):
            images[row] = to_images(np.asarray(picture)[np.newaxis], image_shape)[0]
        return images
    X = np.asarray(X)
    shape = _find_image_shape(X.shape[1:]) if image_shape is None else tuple(image_shape)
    if len(shape) == 3 and shape[2] == 1:
        shape = shape[:2]
    is_image = len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
    if not is_image or math.prod(shape) != math.prod(X.shape[1:]):
        raise ValueError(
            "Expected pictures of shape (height, width), (height, width, 1) or "
            f"(height, width, 3), got samples of shape {X.shape[1:]} to show as {shape}. "
            "Pass their height and width: image_shape=(height, width)."
        )
    return X.reshape(X.shape[0], *shape)


def _find_image_shape(sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Find the shape of a picture; flat samples are square."""
    if len(sample_shape) != 1:
        return sample_shape
    side = math.isqrt(sample_shape[0])
    if side * side != sample_shape[0]:
        raise ValueError(
            f"Samples of {sample_shape[0]} values are not square pictures. Pass their height "
            "and width: image_shape=(height, width). A single picture needs a first axis: "
            "X[np.newaxis]."
        )
    return (side, side)
