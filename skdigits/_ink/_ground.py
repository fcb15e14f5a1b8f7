"""The brightness of the ground behind the ink, under uneven light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from .._image import blur_each, enlarge, reduction_factor, shrink_each
from ._connected import BESIDE
from ._evidence import measure_noise

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: Light changes slowly: a copy with this many pixels per side shows all of it.
_SIDE = 64
#: Strokes are narrower than this share of the image; what is broader is a shadow.
_BROADEST = 0.35
_N_ROUNDS = 6
#: Distances, in pixels of the copy, from which the ground below ink is taken; and the weight of
#: what was found farther away, compared with what is near.
_DISTANCES, _FAR = (16.0, 8.0, 4.0, 2.0), 0.1


def estimate_ground(bright: FloatArray) -> FloatArray:
    """Estimate the ground of images about which nothing is known.

    Parameters
    ----------
    bright : ndarray of shape (n, height, width)
        Images with the ink brighter than the ground, from 0 to 1.

    Returns
    -------
    ground : ndarray of shape (n, height, width)
        A smooth surface for each, and the broad shadows above it.
    """
    factor = reduction_factor(bright.shape[1:], _SIDE, at_least=True)
    small = shrink_each(bright, factor)
    ground = _fit_surface(small)
    rest = small - ground
    side = max(int(_BROADEST * max(rest.shape[1:])), 3)
    broad = ndimage.grey_opening(rest, (1, side, side))
    ground = ground + blur_each(np.maximum(broad, 0), side / 8)
    return enlarge(ground, factor, bright.shape[1:])


def follow_ground(bright: FloatArray, inked: AnyArray) -> FloatArray:
    """Follow the ground, with all its shadows, wherever there is no ink.

    Parameters
    ----------
    bright : ndarray of shape (n, height, width)
        Images with the ink brighter than the ground.
    inked : ndarray of bool of shape (n, height, width)
        Where there is ink.

    Returns
    -------
    ground : ndarray of shape (n, height, width)
        The ground around ink, and below ink the nearest ground.
    """
    factor = reduction_factor(bright.shape[1:], _SIDE, at_least=True)
    margin = max(max(bright.shape[1:]) // 100, 1)
    free = ~ndimage.binary_dilation(inked, BESIDE, iterations=margin)
    values, weights = shrink_each(bright * free, factor), shrink_each(free, factor)
    everywhere = np.maximum(weights.sum(axis=(1, 2), keepdims=True), 1e-6)
    ground = values.sum(axis=(1, 2), keepdims=True) / everywhere
    for distance in _DISTANCES:
        sigma = min(distance, max(values.shape[1:]) / 2)
        ground = (blur_each(values, sigma) + _FAR * ground) / (blur_each(weights, sigma) + _FAR)
    return enlarge(ground, factor, bright.shape[1:])


def _fit_surface(small: FloatArray) -> FloatArray:
    """Fit a surface of the second degree that gives brighter pixels little weight."""
    n, height, width = small.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = [np.ones_like(x), x, y, x * x, x * y, y * y]
    basis = np.stack(terms, axis=-1).reshape(-1, len(terms))
    products = (basis[:, :, np.newaxis] * basis[:, np.newaxis]).reshape(len(basis), -1)
    values = small.reshape(n, -1).astype(np.float64)
    weights = np.ones_like(values)
    for _ in range(_N_ROUNDS):
        normal = (weights @ products).reshape(n, len(terms), len(terms))
        # An image of one row has no terms in y: a little of the identity keeps it solvable.
        normal += 1e-9 * np.eye(len(terms)) * len(basis)
        sides = (weights * values) @ basis
        surface = np.linalg.solve(normal, sides[..., np.newaxis])[..., 0] @ basis.T
        rest = values - surface
        noise = measure_noise(rest)
        excess = np.maximum(rest, 0) / (2 * noise[:, np.newaxis] + 1e-4)
        weights = 1 / (1 + excess**2) ** 2
    return surface.reshape(small.shape).astype(np.float32)
