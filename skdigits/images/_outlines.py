"""Outlines: circles, boxes and other shapes that were drawn around digits, or left empty."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .._ink import Pieces
from .._typing import AnyArray, IntArray
from ._grouping import MOST_PIECES, typical_height

#: An outline is at least this many times as high or wide as the digit within it.
_AROUND = 1.4
#: A digit in it is at least this many times as high as the stroke of the outline is wide, and at
#: least this share as high as a typical digit. What is smaller may be a speck in a 0.
_WITHIN, _LEAST_WITHIN = 3.5, 0.5
#: An empty outline is at least this many times as high or wide as a typical digit, and its hole
#: covers this share of its box.
_EMPTY, _HOLE = 1.7, 0.4
#: Of the largest pieces, so many are examined.
_MOST_OUTLINES = 60
#: The stroke of an outline covers at most this share of its box.
_MOST_INK = 0.45


def find_outlines(pieces: Pieces) -> AnyArray:
    """Find the pieces that are outlines, around a digit or empty.

    Parameters
    ----------
    pieces : Pieces
        All pieces of an image; those with an area of 0 do not count.

    Returns
    -------
    outlines : ndarray of bool of shape (n,)
        True for a piece that surrounds a digit much smaller than itself, and for a large ring
        beside at least one digit that is not a ring.
    """
    outlines = np.zeros(len(pieces.areas), bool)
    height, width = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).T
    side = np.maximum(height, width)
    thin = (pieces.areas > 0) & (pieces.areas <= _MOST_INK * height * width)
    if np.count_nonzero(pieces.areas) > MOST_PIECES:
        return outlines
    large = np.flatnonzero(thin)[np.argsort(-side[thin], kind="stable")][:_MOST_OUTLINES]
    around, within = _surrounded(pieces, large)
    if len(around):
        others = pieces.areas.copy()
        others[around] = 0
        typical = typical_height(pieces._replace(areas=others)) if others.any() else 0
        stroke = pieces.areas[around] / (2 * (height + width)[around])
        is_digit = (height[within] >= _WITHIN * stroke) & (
            height[within] >= _LEAST_WITHIN * typical
        )
        outlines[around[is_digit]] = True
    outlines[_empty(pieces, large, outlines)] = True
    return outlines


def _surrounded(pieces: Pieces, large: IntArray) -> tuple[IntArray, IntArray]:
    """Find pairs of a large piece and a smaller one that it surrounds on all four sides."""
    boxes, labels = pieces.boxes, pieces.labels
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    pairs: list[tuple[int, int]] = []
    for outer in large:
        top, left, bottom, right = boxes[outer]
        inner = np.flatnonzero(
            (boxes[:, 0] > top)
            & (boxes[:, 1] > left)
            & (boxes[:, 2] < bottom)
            & (boxes[:, 3] < right)
            & (pieces.areas > 0)
            & (side * _AROUND <= side[outer])
        )
        if len(inner) == 0:
            continue
        own = labels[top:bottom, left:right] == outer + 1
        pairs.extend(
            (int(outer), int(each))
            for each in inner
            if _surrounds(own, boxes[each] - [top, left, top, left])
        )
    around, within = np.array(pairs, np.intp).reshape(-1, 2).T
    return around, within


def _surrounds(own: AnyArray, box: IntArray) -> bool:
    """Say whether there is ink above, below, left and right of a box."""
    top, left, bottom, right = box.tolist()
    sides = own[:top, left:right], own[bottom:, left:right]
    return all(side.any() for side in (*sides, own[top:bottom, :left], own[top:bottom, right:]))


def _empty(pieces: Pieces, large: IntArray, outlines: AnyArray) -> IntArray:
    """Find large rings, compared with the digits that are not rings."""
    rings = np.array(
        [row for row in large if not outlines[row] and _is_ring(pieces, row)], np.intp
    )
    others = pieces.areas.copy()
    others[rings] = 0
    others[outlines] = 0
    if not len(rings) or not others.any():
        return np.empty(0, np.intp)
    sides = pieces.boxes[rings, 2:] - pieces.boxes[rings, :2]
    typical = typical_height(pieces._replace(areas=others))
    is_large = sides.max(axis=1) >= _EMPTY * typical
    is_beside_digits = typical >= _WITHIN * pieces.areas[rings] / (2 * sides.sum(axis=1))
    large_rings: IntArray = rings[is_large & is_beside_digits]
    return large_rings


def _is_ring(pieces: Pieces, row: int) -> bool:
    """Say whether a piece has a hole that covers much of its box."""
    top, left, bottom, right = pieces.boxes[row]
    own = pieces.labels[top:bottom, left:right] == row + 1
    paper, _ = ndimage.label(np.pad(~own, 1, constant_values=True))
    hole = np.count_nonzero(paper > 1)  # the paper around it is number 1
    return bool(hole >= _HOLE * own.size)
