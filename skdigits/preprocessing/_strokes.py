"""Strokes of large pictures, made as solid and as wide as those of MNIST."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .._typing import FloatArray
from ._framing import INNER

#: Up to this many pixels for one of the result, grey is the border of a stroke.
_COARSE = 1.5
_HIGHEST_GAIN = 4.0
#: Widths in pixels of the result between which nearly all of MNIST's pictures lie.
_THINNEST, _WIDEST = 2.0, 3.2


def solid_strokes(ink: FloatArray, side: int) -> FloatArray:
    """Make strokes solid, and thicken or thin them where MNIST has none like them.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1 on a ground of 0.
    side : int
        The longer side of the box of the ink, in pixels.

    Returns
    -------
    solid : ndarray of shape (height, width)
        Ink from 0 to 1. Small pictures come back as they are: there, a grey pixel is one
        that ink covers in part.
    """
    scale = side / INNER
    if scale <= _COARSE:
        return ink
    gain = min(1 + 2 * (scale - _COARSE), _HIGHEST_GAIN)
    solid = np.clip(0.5 + gain * (ink - 0.5), 0, 1) * (ink > 0)
    width = stroke_width(solid)
    wanted = np.clip(width, _THINNEST * scale, _WIDEST * scale)
    if wanted == width:
        return solid
    # A wider stroke makes the box larger too.
    ratio = wanted / side
    growth = (wanted - width) / (1 - ratio)
    return _grow(solid, growth / 2)


def stroke_width(ink: FloatArray) -> float:
    """Measure how wide strokes are: twice their area for each pixel of their outline.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1 on a ground of 0.

    Returns
    -------
    width : float
        In pixels.
    """
    padded = np.pad(ink, 1)
    down, across = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    outline = np.sqrt(down**2 + across**2).sum()
    return float(2 * ink.sum() / max(outline, 1e-6))


def _grow(ink: FloatArray, distance: float) -> FloatArray:
    """Move the outline outwards, or inwards where the distance is negative."""
    margin = int(np.ceil(max(distance, 0))) + 1
    ink = np.pad(ink, margin)
    inside = ink > 0.5
    outwards = ndimage.distance_transform_edt(~inside) - ndimage.distance_transform_edt(inside)
    # Both distances are to the centre of a pixel on the other side of the outline.
    outwards -= np.sign(outwards) * 0.5
    return np.clip(0.5 + distance - outwards, 0, 1).astype(np.float32)
