"""Small shifts of the pictures whose class is predicted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..._typing import AnyArray
from ._pictures import picture_sides


def shifted_copies(x: AnyArray, pixels: int) -> Iterator[AnyArray]:
    """Give pictures as they are, then moved up, down, left and right.

    Parameters
    ----------
    x : ndarray, shape (n_samples, ...)
        Pictures, also flat ones; not written into.
    pixels : int
        How far they are moved, at least 1. Pixels that come in take the smallest
        value of their picture.

    Yields
    ------
    copy : ndarray
        Of the shape of ``x``.

    Raises
    ------
    NetworkShapeError
        If a flat sample is no square picture.
    """
    height, width, channels = picture_sides(x.shape[1:], "test_time_shift")
    pictures = x.reshape(-1, height, width, channels)
    background = pictures.min(axis=(1, 2, 3), keepdims=True)
    yield x
    down, right = min(pixels, height), min(pixels, width)
    for rows, columns in ((-down, 0), (down, 0), (0, -right), (0, right)):
        moved = np.empty_like(pictures)
        moved[:] = background
        moved[:, _target(rows), _target(columns)] = pictures[:, _target(-rows), _target(-columns)]
        yield moved.reshape(x.shape)


def _target(move: int) -> slice:
    """Where pixels arrive that are moved along an axis."""
    return slice(move, None) if move >= 0 else slice(None, move)
