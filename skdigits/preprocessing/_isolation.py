"""The one digit on a picture that is larger than MNIST's: alone, and from near."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .._ink import (
    SOLID,
    at_edge,
    find_ink,
    find_sheet,
    is_ink_dark,
    shrink,
    shrinking_factor,
    to_grey,
)
from .._typing import AnyArray, FloatArray
from ._framing import INNER, ink_boxes
from ._strokes import solid_strokes

#: Large pictures are looked at in a copy of at most this side, and where nothing is found there
#: in one of that side.
_LONGEST, _LONGEST_AGAIN = 256, 1024
#: Ink whose box is smaller than this in the copy is looked at from nearer.
_NEAR_ENOUGH = 80
#: What is smaller than this share of the picture is no digit.
_LEAST_SIDE = 0.02
#: A piece with less than this share of the ink of the largest is dirt.
_DIRT = 0.04
#: Shadows and lines come in from the edge, beside a piece with this share of their ink. Where
#: that fills this share of the picture, they may be parts of the digit.
_MAIN, _TIGHT = 0.5, 0.7
#: Beside a piece with this share of the picture's side, what fills a side of it is the table.
_LEAST_BESIDE = 0.1


def find_digit(picture: AnyArray, invert: bool | str) -> FloatArray:
    """Find the digit on a picture.

    Parameters
    ----------
    picture : ndarray of shape (height, width, channels)
        A picture of one digit.
    invert : {"auto", True, False}
        Whether the ink is darker than the ground; "auto" finds out.

    Returns
    -------
    ink : ndarray of shape (box_height, box_width)
        The ink of the digit, from 0 to 1, cropped and no larger than needed, with solid
        strokes; all 0 where none is found.
    """
    digit = _look(picture, invert, _LONGEST)
    if not digit.any() and max(picture.shape[:2]) > _LONGEST_AGAIN:
        # A thin pen far away is lost in a small copy.
        digit = _look(picture, invert, _LONGEST_AGAIN)
    return digit


def _look(picture: AnyArray, invert: bool | str, longest: int) -> FloatArray:
    """Find the digit in a copy of a picture, and look nearer where it is small."""
    factor = shrinking_factor(picture.shape, longest)
    grey = to_grey(shrink(picture, factor)[np.newaxis])
    sheet = find_sheet(grey[0], factor) if invert in ("auto", True) else None
    if sheet is not None:
        return _look(picture[sheet], invert, longest)
    ink = find_ink(grey, is_ink_dark(grey, invert))[0]
    pieces = _without_dirt(ink > SOLID, ink)
    if not pieces.any():
        return np.zeros_like(ink)
    box = ink_boxes(pieces[np.newaxis])[0]
    side = int(max(box[2:] - box[:2]))
    if side < _LEAST_SIDE * max(ink.shape):
        return np.zeros_like(ink)
    if factor > 1 and side < _NEAR_ENOUGH:
        rows, columns = _window(box * factor, side * factor // 2)
        near = picture[rows, columns]
        if max(near.shape[:2]) <= _LONGEST * (factor - 1):
            return _look(near, invert, _LONGEST)
    # Faint ink belongs to the digit only right beside its solid parts.
    reach = side // INNER + 1
    digit = np.where(ndimage.binary_dilation(pieces, iterations=reach), ink, 0)
    return solid_strokes(digit[_window(box, reach)], side)


def _window(box: AnyArray, margin: int) -> tuple[slice, slice]:
    """Select a box with a margin around it."""
    top, left, bottom, right = box
    return slice(max(top - margin, 0), bottom + margin), slice(
        max(left - margin, 0), right + margin
    )


def _without_dirt(solid: AnyArray, ink: FloatArray) -> AnyArray:
    """Leave out pieces that are small beside the largest, or come in from the edge."""
    labels, n = ndimage.label(solid, np.ones((3, 3)))
    mass = np.bincount(labels.ravel(), ink.ravel(), n + 1)
    mass[0] = 0
    touching, along = at_edge(labels)
    main = int(np.argmax(mass * ~touching))
    if mass[main] > 0:
        extent = [np.ptp(places) + 1 for places in np.nonzero(labels == main)]
        if max(extent) >= _LEAST_BESIDE * max(labels.shape):
            mass = mass * ~along
        # On a tight picture the edge may cut the bar off a 5.
        tight = max(np.array(extent) / labels.shape) >= _TIGHT
        if mass[main] >= _MAIN * mass.max() and not tight:
            mass = mass * ~touching
    return (mass >= _DIRT * mass.max())[labels] & solid
