"""Pieces of ink that hang together, and which of them make one digit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.sparse.csgraph import connected_components
from sklearn.utils import gen_batches

from .._ink import SOLID, at_edge
from .._typing import AnyArray, FloatArray, IntArray

#: Shadows and lines come in from the edge, where this share of the ink does not.
_MAIN = 0.5
#: Beside a piece with this share of the picture's side, what fills a side of it is the table.
_LEAST_BESIDE = 0.02
#: All sizes below are shares of the height of a typical digit of the picture.
_SPECK = 0.12
_LEAST_DIGIT = 0.35
_TALLEST, _WIDEST = 3.0, 3.0
_TALLEST_DIGIT = 1.7
#: What is this many times wider than high is no digit, but may be the bar of one.
_LONG = 4
#: A bar of a 5 stands at most this far above its bow; a broken stroke goes on this near.
_GAP_ABOVE, _GAP_IN_STROKE = 0.3, 0.06
#: More pieces are gravel or cloth and no writing, and to compare each two would take too long.
_MOST_PIECES = 2_000
#: So many pieces at a time are compared with all, which keeps the memory small.
_AT_ONCE = 256
#: Of the narrower piece, this share of its width is above, or within, the other.
_LEAST_OVERLAP = 0.5


class Pieces(NamedTuple):
    """Ink that hangs together, piece by piece.

    Parameters
    ----------
    labels : ndarray of shape (height, width)
        The number of the piece at each pixel, from 1; 0 where there is no ink.
    boxes : ndarray of shape (n, 4)
        Top, left, bottom and right of each piece, the latter two just outside.
    areas : ndarray of shape (n,)
        Number of pixels of each piece.
    """

    labels: IntArray
    boxes: IntArray
    areas: IntArray


def find_pieces(ink: FloatArray) -> Pieces:
    """Find what hangs together, side by side or corner to corner.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1.

    Returns
    -------
    pieces : Pieces
        All of them, specks too.
    """
    labels, n = ndimage.label(ink > SOLID, np.ones((3, 3)))
    boxes = _find_boxes(labels, n)
    areas = np.bincount(labels.ravel(), minlength=n + 1)[1:]
    touching, along = (each[1:] for each in at_edge(labels))
    tall = np.max(boxes[:, 2:] - boxes[:, :2], axis=1, initial=0)
    if np.max(tall * ~touching, initial=0) >= _LEAST_BESIDE * max(labels.shape):
        areas = areas * ~along
    if areas @ ~touching >= _MAIN * areas.sum():
        areas = areas * ~touching
    return Pieces(labels, boxes, areas)


def _find_boxes(labels: IntArray, n: int) -> IntArray:
    """Find the box of each piece, without an object for each of perhaps a million."""
    boxes = np.empty((n + 1, 4), int)
    for axis, piece_numbers in enumerate((labels, labels.T)):
        lines, along = np.nonzero(piece_numbers)
        piece = piece_numbers[lines, along]
        # Where one piece is written to many times, the last value stays.
        boxes[piece[::-1], axis] = lines[::-1]
        boxes[piece, axis + 2] = lines + 1
    return boxes[1:]


def typical_height(pieces: Pieces) -> float:
    """Find the height of a typical digit: as much ink is in taller pieces as in lower ones."""
    height, width = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).T
    upright = pieces.areas * (width <= _LONG * height)
    # A line below the digits may have more ink than they.
    areas = upright if upright.any() else pieces.areas
    order = np.argsort(height)
    ink = np.cumsum(areas[order])
    return float(height[order][np.searchsorted(ink, ink[-1] / 2)])


def join_pieces(pieces: Pieces, height: float) -> list[list[int]]:
    """Group the pieces that make one digit, and leave out what belongs to none.

    Parameters
    ----------
    pieces : Pieces
        All pieces.
    height : float
        The height of a typical digit.

    Returns
    -------
    groups : list of list of int
        The rows of `pieces.boxes` that make each digit, in no particular order.
    """
    tall, wide = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).T
    kept = np.flatnonzero(
        (pieces.areas > 0)
        & (np.maximum(tall, wide) >= _SPECK * height)
        # What is far larger is a ruled line, the edge of the paper or a shadow.
        & (tall <= _TALLEST * height)
        & (wide <= _WIDEST * height)
    )
    if not 0 < len(kept) <= _MOST_PIECES:
        return []
    n_groups, group = connected_components(_belong(pieces, kept, height), directed=False)
    groups = [kept[group == number] for number in range(n_groups)]
    return [
        rows.tolist()
        for rows in groups
        if np.ptp(pieces.boxes[rows][:, ::2]) >= _LEAST_DIGIT * height
    ]


def _belong(pieces: Pieces, kept: IntArray, height: float) -> AnyArray:
    """Say of each two pieces whether they belong to one digit."""
    top, left, bottom, right = pieces.boxes[kept].T
    belong, low = np.empty((2, len(kept), len(kept)), bool)
    near = np.zeros(len(kept), bool)
    gap = _GAP_IN_STROKE * height
    for rows in gen_batches(len(kept), _AT_ONCE):
        narrower = np.minimum.outer((right - left)[rows], right - left)
        # Negative where two pieces overlap.
        beside = np.maximum.outer(left[rows], left) - np.minimum.outer(right[rows], right)
        above = np.maximum.outer(top[rows], top) - np.minimum.outer(bottom[rows], bottom)
        joined = np.maximum.outer(bottom[rows], bottom) - np.minimum.outer(top[rows], top)
        low[rows] = joined <= _TALLEST_DIGIT * height
        belong[rows] = (-beside >= _LEAST_OVERLAP * narrower) & (above <= _GAP_ABOVE * height)
        unclear = (beside <= gap) & (above <= gap) & low[rows] & ~belong[rows]
        near[rows] = unclear.any(axis=1)
    unclear_rows = np.flatnonzero(near)
    if len(unclear_rows):
        first, second = unclear_rows[_close_pairs(pieces, kept[near], gap + 1)]
        belong[first, second] = belong[second, first] = True
    return belong & low


def _close_pairs(pieces: Pieces, rows: IntArray, most: float) -> IntArray:
    """Find the pieces that come near each other with none of the others in between.

    Parameters
    ----------
    pieces : Pieces
        All pieces.
    rows : ndarray of shape (n,)
        Those that are looked at.
    most : float
        The longest way from the middle of a pixel to the middle of one.

    Returns
    -------
    pairs : ndarray of shape (2, n_pairs)
        Places in `rows`, perhaps with repetitions.
    """
    boxes = pieces.boxes[rows]
    (top, left), (bottom, right) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    place = np.full(len(pieces.boxes) + 1, -1)
    place[rows + 1] = np.arange(len(rows))
    own = place[pieces.labels[top:bottom, left:right]]
    # One pass for all pieces: at each pixel the nearest one, and where that comes nearest.
    feet = ndimage.distance_transform_edt(own < 0, return_distances=False, return_indices=True)
    nearest = own[tuple(feet)]
    pairs = []
    for numbers, places in (nearest, feet), (nearest.T, feet.swapaxes(1, 2)):
        line, along = np.nonzero(numbers[1:] != numbers[:-1])
        across = places[:, line + 1, along] - places[:, line, along]
        close = (across**2).sum(axis=0) <= most**2
        line, along = line[close], along[close]
        pairs.append([numbers[line + 1, along], numbers[line, along]])
    return np.hstack(pairs)
