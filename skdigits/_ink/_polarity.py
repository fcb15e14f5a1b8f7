"""Whether the ink of an image is darker or brighter than its ground."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .._image import blur_each, reduction_factor, shrink_each
from ._contrast import corner_means, edge_pixels, has_flat_edge, rescale

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: Copies with about this many pixels per side show which is ink, and strokes in them are narrower
#: than this share of the side: large writing, and small writing on a large sheet.
_LARGE, _SMALL = (64, 1 / 8), (256, 1 / 64)
#: In images with fewer pixels per side, writing is never small.
_LEAST_SIDE = 128
#: Weights of the edge of an image, and of its corners, which ink reaches least, compared with the
#: skewness of the differences.
_EDGE_WEIGHT, _CORNER_WEIGHT = 2.0, 1.0


def check_invert(invert: Any) -> None:
    """Refuse anything but "auto", True and False."""
    if not isinstance(invert, (bool, np.bool_)) and not (
        isinstance(invert, str) and invert == "auto"
    ):
        raise ValueError(
            'invert must be "auto", True (the ink is darker than the background) or False (it is '
            f"brighter), got {invert!r}."
        )


def is_ink_dark(grey: FloatArray, invert: bool | str = "auto") -> AnyArray:
    """Detect whether the ink of each image is darker than its ground.

    Parameters
    ----------
    grey : ndarray of shape (n, height, width)
        Images on any scale.
    invert : {"auto", True, False}, default="auto"
        The answer, if it is known.

    Returns
    -------
    dark : ndarray of bool of shape (n,)
        One answer for each image.

    Notes
    -----
    An edge of one extreme value is the ground. Elsewhere light may be uneven, and the
    image is compared with a blurred copy of itself: strokes are few and stand out, so
    the skewness of the differences has their sign. Small writing is lost beside the
    shades of a large sheet unless the blur is narrow, so two are tried and the one with
    the stronger answer counts. A bright edge and bright corners speak for dark ink, which
    decides where ink fills the image.
    """
    if not isinstance(invert, str):
        return np.full(len(grey), bool(invert))
    bright = rescale(_reduce(grey, _LARGE[0]))
    dark = has_flat_edge(bright, 1)
    unclear = np.flatnonzero(~dark & ~has_flat_edge(bright, 0))
    if len(unclear):
        bright = bright[unclear]
        edge, corners = edge_pixels(bright).mean(axis=1), corner_means(bright)
        around = _EDGE_WEIGHT * (2 * edge - 1) + _CORNER_WEIGHT * (2 * corners - 1)
        lean = _lean(bright, _LARGE[1])
        if max(grey.shape[1:]) >= _LEAST_SIDE:
            small = _lean(rescale(_reduce(grey[unclear], _SMALL[0])), _SMALL[1])
            lean = np.where(np.abs(small) > np.abs(lean), small, lean)
        dark[unclear] = lean < around
    return dark


def _reduce(grey: FloatArray, side: int) -> FloatArray:
    """Shrink images to a copy with about so many pixels along the longer side, or more."""
    factor = reduction_factor(grey.shape[1:], side, at_least=True)
    return shrink_each(grey, factor) if factor > 1 else grey


def _lean(bright: FloatArray, breadth: float) -> FloatArray:
    """Measure the skewness of the differences between images and blurred copies of them."""
    height, width = bright.shape[1:]
    sigma = breadth * math.sqrt(height * width)
    rest = bright - blur_each(bright, sigma)
    # At the border, the blur sees only one side of a slope.
    margin = int(min(sigma / 2, min(height, width) / 4))
    inner = rest[:, margin : height - margin, margin : width - margin]
    return (_skewness(rest) + _skewness(inner)) / 2


def _skewness(values: FloatArray) -> FloatArray:
    """Measure the skewness of the values of each image."""
    rest = values - values.mean(axis=(1, 2), keepdims=True)
    squares = rest * rest
    second, third = squares.mean(axis=(1, 2)), (squares * rest).mean(axis=(1, 2))
    skewness: FloatArray = third / np.maximum(second**1.5, 1e-9)
    return skewness
