"""Images on one scale, and whether their ground is of one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: With this share of its edge at exactly one extreme value, an image has a flat ground.
_FLAT = 0.8
#: So has one with this share of all its pixels at that value, whatever covers its edge, if at most
#: half as many are grey and nearer to it than to the other extreme, and if they are connected, by
#: this share of what is possible, rather than scattered like noise.
_CLEAN, _GRAIN, _CONNECTED = 0.2, 0.5, 0.2


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


def corner_means(images: FloatArray) -> FloatArray:
    """Measure the mean of the four corners of each image, which are squares of an eighth of it."""
    side = max(min(images.shape[1:]) // 8, 1)
    ends = slice(None, side), slice(-side, None)
    corners = [images[:, rows, columns].mean(axis=(1, 2)) for rows in ends for columns in ends]
    mean: FloatArray = np.mean(corners, axis=0)
    return mean


def has_flat_edge(rescaled: FloatArray, value: int) -> AnyArray:
    """Say of each image whether nearly all of its edge has exactly one value, 0 or 1."""
    flat: AnyArray = (edge_pixels(rescaled) == value).mean(axis=1) >= _FLAT
    return flat


def has_flat_ground(rescaled: FloatArray, value: int) -> AnyArray:
    """Say of each image whether its ground has exactly one value, also if ink covers its edge."""
    flat = has_flat_edge(rescaled, value)
    tight = np.flatnonzero(~flat)
    if len(tight):
        away = np.abs(rescaled[tight] - value)
        ground = away == 0
        share = ground.mean(axis=(1, 2))
        grey = (away <= 0.5).mean(axis=(1, 2)) - share
        across, down = ground[:, :, 1:] & ground[:, :, :-1], ground[:, 1:] & ground[:, :-1]
        pairs = across.sum(axis=(1, 2)) + down.sum(axis=(1, 2))
        # Of noise, the share of neighbours that both are ground is the square of the share.
        share_of_pairs = pairs / max(across[0].size + down[0].size, 1)
        connected = share_of_pairs - share**2 >= _CONNECTED * (share - share**2)
        flat[tight] = (share >= _CLEAN) & (grey <= _GRAIN * share) & connected
    return flat
