"""Pictures on one scale, and whether their edge is of one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: With this share of its edge at exactly one extreme value, a picture has a flat ground.
_FLAT = 0.8


def stretch(grey: FloatArray) -> FloatArray:
    """Map the values of each picture to [0, 1].

    Parameters
    ----------
    grey : ndarray of shape (n, height, width)
        Pictures on any scale.

    Returns
    -------
    stretched : ndarray of shape (n, height, width)
        New pictures with 0 and 1 for their extremes. A picture of one value becomes 0.
    """
    low = grey.min(axis=(1, 2), keepdims=True)
    span = grey.max(axis=(1, 2), keepdims=True) - low
    return (grey - low) / np.where(span > 0, span, 1)


def edges(pictures: FloatArray) -> FloatArray:
    """Give the pixels around the edge of each picture.

    Parameters
    ----------
    pictures : ndarray of shape (n, height, width)
        Pictures.

    Returns
    -------
    edges : ndarray of shape (n, n_edge)
        Their outermost pixels; each counts once but in pictures of one row or column.
    """
    sides = pictures[:, 0], pictures[:, -1], pictures[:, 1:-1, 0], pictures[:, 1:-1, -1]
    return np.concatenate(sides, axis=1)


def has_flat_edge(stretched: FloatArray, value: float) -> AnyArray:
    """Say of each picture whether nearly all of its edge has exactly one value.

    Parameters
    ----------
    stretched : ndarray of shape (n, height, width)
        Pictures.
    value : float
        The value.

    Returns
    -------
    flat : ndarray of bool of shape (n,)
        One answer for each picture.
    """
    return (edges(stretched) == value).mean(axis=1) >= _FLAT
