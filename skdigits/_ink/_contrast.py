"""Images on one scale, and whether their edge is of one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: With this share of its edge at exactly one extreme value, an image has a flat ground.
_FLAT = 0.8


def rescale(grey: FloatArray) -> FloatArray:
    """Map the values of each image of shape (n, height, width) to [0, 1]; one value becomes 0."""
    low = grey.min(axis=(1, 2), keepdims=True)
    span = grey.max(axis=(1, 2), keepdims=True) - low
    rescaled: FloatArray = (grey - low) / np.where(span > 0, span, 1)
    return rescaled


def edge_pixels(images: FloatArray) -> FloatArray:
    """Select the pixels around the edge of each image, each of them once, in shape (n, n_edge)."""
    sides = images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1]
    return np.concatenate(sides, axis=1)


def has_flat_edge(rescaled: FloatArray, value: float) -> AnyArray:
    """Say of each image whether nearly all of its edge has exactly one value."""
    flat: AnyArray = (edge_pixels(rescaled) == value).mean(axis=1) >= _FLAT
    return flat
