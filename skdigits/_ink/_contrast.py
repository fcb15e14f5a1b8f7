"""Images on one scale, and whether their edge is of one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: With this share of its edge at exactly one extreme value, an image has a flat ground.
_FLAT = 0.8


def rescale(grey: FloatArray) -> FloatArray:
    """Map the values of each image to [0, 1].

    Parameters
    ----------
    grey : ndarray of shape (n, height, width)
        Images on any scale.

    Returns
    -------
    rescaled : ndarray of shape (n, height, width)
        New images whose extremes are 0 and 1. An image of one value becomes 0.
    """
    low = grey.min(axis=(1, 2), keepdims=True)
    span = grey.max(axis=(1, 2), keepdims=True) - low
    rescaled: FloatArray = (grey - low) / np.where(span > 0, span, 1)
    return rescaled


def edge_pixels(images: FloatArray) -> FloatArray:
    """Select the pixels around the edge of each image.

    Parameters
    ----------
    images : ndarray of shape (n, height, width)
        Images.

    Returns
    -------
    edge : ndarray of shape (n, n_edge)
        Their outermost pixels, each once, except in images of one row or column.
    """
    sides = images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1]
    return np.concatenate(sides, axis=1)


def has_flat_edge(rescaled: FloatArray, value: float) -> AnyArray:
    """Say of each image whether nearly all of its edge has exactly one value.

    Parameters
    ----------
    rescaled : ndarray of shape (n, height, width)
        Images.
    value : float
        The value.

    Returns
    -------
    flat : ndarray of bool of shape (n,)
        One answer for each image.
    """
    flat: AnyArray = (edge_pixels(rescaled) == value).mean(axis=1) >= _FLAT
    return flat
