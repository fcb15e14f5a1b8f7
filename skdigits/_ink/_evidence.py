"""What tells ink from noise and from shadows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import ndimage

from ._connected import BESIDE, label

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray, IntArray

#: Differences below this, a quarter of a grey level of 255, are rounding errors.
_LEAST_INK = 1e-3
#: A piece with this share of the ink is large; a shadow is one whose outline is this soft,
#: compared with the sharpest of them.
_LARGE, _SOFT = 0.02, 0.4
#: Slopes are measured in a copy that is blurred over this many pixels, to reduce noise.
_BLUR = 1.5


def measure_noise(rest: FloatArray, free: AnyArray | None = None) -> FloatArray:
    """Measure the standard deviation of the ground, where ink adds only outliers.

    Parameters
    ----------
    rest : ndarray of shape (n, ...)
        What stands out from the ground of each image.
    free : ndarray of bool of shape (n, ...), default=None
        Where there is no ink. Without it ink must cover less than half of each image.

    Returns
    -------
    noise : ndarray of shape (n,)
        From the median absolute deviation; 0 where nothing is free.
    """
    flat = rest.reshape(len(rest), -1)
    counted = np.ones_like(flat, bool) if free is None else free.reshape(flat.shape)
    away = np.abs(flat - _median(flat, counted)[:, np.newaxis])
    return 1.4826 * _median(away, counted)


def measure_full_ink(rest: FloatArray, least: FloatArray) -> FloatArray:
    """Measure how far a pixel stands out that is fully covered by ink.

    Parameters
    ----------
    rest : ndarray of shape (n, height, width)
        What stands out from the ground of each image.
    least : ndarray of shape (n,)
        Whatever stands out by less is noise.

    Returns
    -------
    full : ndarray of shape (n,)
        The middle of the brighter of two classes of pixels; 0 where there is only noise.
    """
    ordered = np.sort(rest.reshape(len(rest), -1), axis=1)
    inked = ordered > np.maximum(least, _LEAST_INK)[:, np.newaxis]
    # Otsu's threshold: the split that leaves the least variance within the two classes.
    below = inked.cumsum(axis=1)
    sums = (ordered * inked).cumsum(axis=1, dtype=np.float64)
    above = below[:, -1:] - below
    low, high = sums / np.maximum(below, 1), (sums[:, -1:] - sums) / np.maximum(above, 1)
    split = (below * above * (high - low) ** 2).argmax(axis=1)
    middle = (split + 1 + ordered.shape[1]) // 2
    full = ordered[np.arange(len(ordered)), np.minimum(middle, ordered.shape[1] - 1)]
    return np.where(inked[:, -1], full, 0)


def measure_contrast(grey: FloatArray, dark_ink: AnyArray, full: FloatArray) -> FloatArray:
    """Measure the difference of ink and ground, relative to the brighter one.

    Parameters
    ----------
    grey : ndarray of shape (n, height, width)
        Images on their own scale.
    dark_ink : ndarray of bool of shape (n,)
        Whether the ink is darker than the ground.
    full : ndarray of shape (n,)
        Where full ink lies between the ground, 0, and the extreme of the image, 1.

    Returns
    -------
    contrast : ndarray of shape (n,)
        From 0 to 1, or very large if the scale goes below 0, because then it is unknown.
    """
    flat = grey.reshape(len(grey), -1)
    ground, low, high = np.median(flat, axis=1), flat.min(axis=1), flat.max(axis=1)
    ink = ground + full * (np.where(dark_ink, low, high) - ground)
    contrast = np.abs(ink - ground) / np.maximum(np.maximum(ink, ground), 1e-6)
    return np.where(low < 0, 1e9, contrast)


def measure_sharpness(ink: FloatArray, solid: AnyArray) -> FloatArray:
    """Measure how steep the outline of ink is: of the sharpest large piece, as tables are soft.

    Parameters
    ----------
    ink : ndarray of shape (n, height, width)
        Ink from 0 to 1.
    solid : ndarray of bool of shape (n, height, width)
        What pieces are made of.

    Returns
    -------
    sharpness : ndarray of shape (n,)
        Change of ink per pixel of distance; 0 where there is no piece.
    """
    return _describe(ink, solid).sharpest


def without_shadows(rest: FloatArray, solid: AnyArray) -> AnyArray:
    """Leave out pieces whose outline is much softer than that of other large pieces.

    Parameters
    ----------
    rest : ndarray of shape (n, height, width)
        What stands out from the ground.
    solid : ndarray of bool of shape (n, height, width)
        Where it stands out far.

    Returns
    -------
    inked : ndarray of bool of shape (n, height, width)
        Those pieces of `solid` that are not shadows.
    """
    labels, image, slopes, sharpest = _describe(rest, solid)
    return solid & (slopes >= _SOFT * sharpest[image])[labels]


def outline_steps(ink: AnyArray) -> FloatArray:
    """Measure by how much ink, of shape (height, width), changes from each pixel to the next."""
    padded = np.pad(ink.astype(np.float32), 1)
    down, across = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    steps: FloatArray = np.sqrt(down**2 + across**2)
    return steps


def stroke_width(ink: AnyArray) -> float:
    """Measure the width of strokes in pixels: twice their area per pixel of their outline."""
    return float(2 * ink.sum() / max(outline_steps(ink).sum(), 1e-6))


def _median(rows: FloatArray, counted: AnyArray) -> FloatArray:
    """Find the median of what counts in each row; 0 where nothing does."""
    n_counted = np.count_nonzero(counted, axis=1)
    ordered = np.sort(np.where(counted, rows, np.inf), axis=1)
    middle = ordered[np.arange(len(rows)), np.maximum(n_counted - 1, 0) // 2]
    return np.where(n_counted > 0, middle, 0)


class _Outlines(NamedTuple):
    """Connected pieces, the image of each, its mean slope, and the steepest of each image."""

    labels: IntArray
    image: IntArray
    slopes: FloatArray
    sharpest: FloatArray


def _describe(values: FloatArray, solid: AnyArray) -> _Outlines:
    """Measure the mean slope of values at the outline of each piece, or at its ridge."""
    labels, image = label(solid)
    n = len(image)
    areas = np.bincount(labels.ravel(), minlength=n)
    areas[0] = 0
    inside = ndimage.binary_erosion(solid, BESIDE)
    across, down, twice_across, twice_down = (
        ndimage.gaussian_filter(values, (0, _BLUR, _BLUR), order=(0, *order))
        for order in ((0, 1), (1, 0), (0, 2), (2, 0))
    )
    # The middle of a thin line is level, but curved.
    slope = np.maximum(np.hypot(across, down), -_BLUR * (twice_across + twice_down))
    outline = np.where(inside, 0, labels).ravel()
    length = np.bincount(outline, minlength=n)
    slopes = np.bincount(outline, slope.ravel(), n) / np.maximum(length, 1)
    total = np.bincount(image, areas, len(values))
    large = areas >= _LARGE * np.maximum(total[image], 1)
    sharpest = np.zeros(len(values))
    np.maximum.at(sharpest, image[large], slopes[large])
    return _Outlines(labels, image, slopes, sharpest)
