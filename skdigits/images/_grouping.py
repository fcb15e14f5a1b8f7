"""Which pieces of ink make one digit, measured by the height of a typical digit."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.sparse.csgraph import connected_components
from sklearn.utils import gen_batches

from .._ink import Pieces
from .._typing import AnyArray, IntArray

#: Sizes are shares of the height of a typical digit of the image.
_SPECK = 0.12
_LEAST_DIGIT = 0.35
#: In pixels, the longer side of the smallest digit that can be read.
_FEWEST_PIXELS = 8
_TALLEST, _WIDEST = 3.0, 3.0
_TALLEST_DIGIT = 1.7
#: Digits that are written without lifting the pen make a piece of up to this width, and with at
#: least this height.
_WIDEST_NUMBER, _LOWEST_NUMBER = 8.0, 0.6
#: What is this many times wider than high is not a digit, but may be the bar of one.
_LONG = 4
#: The bar of a 5 is at most this far above its bow; a broken stroke continues within this gap.
_GAP_ABOVE, _GAP_IN_STROKE = 0.3, 0.06
#: More pieces are gravel or cloth, not writing, and comparing all pairs would take too long.
MOST_PIECES = 2_000
#: So many pieces at a time are compared with all others, which limits the memory.
_AT_ONCE = 256
#: Of the narrower piece, this share of its width is above, or within, the other.
_LEAST_OVERLAP = 0.5


def typical_height(pieces: Pieces) -> float:
    """Find the height of a typical digit: taller pieces have as much ink as lower ones."""
    height, width = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).T
    upright = pieces.areas * (width <= _LONG * height)
    # A line below the digits may have more ink than the digits.
    areas = upright if upright.any() else pieces.areas
    order = np.argsort(height)
    ink = np.cumsum(areas[order])
    return float(height[order][np.searchsorted(ink, ink[-1] / 2)])


def join_pieces(pieces: Pieces, height: float) -> list[list[int]]:
    """Group the pieces that make one digit, and leave out those that belong to none.

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
    kept = np.flatnonzero((pieces.areas > 0) & _has_size(pieces, _SPECK, height))
    if not 0 < len(kept) <= MOST_PIECES:
        return []
    n_groups, group = connected_components(_belong(pieces, kept, height), directed=False)
    groups = [kept[group == number] for number in range(n_groups)]
    return [
        rows.tolist()
        for rows in groups
        if np.ptp(pieces.boxes[rows][:, ::2]) >= max(_LEAST_DIGIT * height, _FEWEST_PIXELS)
    ]


def could_be_digit(pieces: Pieces, height: float) -> AnyArray:
    """Say of each piece whether a digit of a typical height might be as large."""
    return _has_size(pieces, _LEAST_DIGIT, height)


def _has_size(pieces: Pieces, least: float, height: float) -> AnyArray:
    """Say of each piece whether its longer side has a least size, and it is not too large."""
    tall, wide = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).T
    # Anything far larger is a ruled line, the edge of the paper or a shadow.
    small: AnyArray = (tall <= _TALLEST * height) & (wide <= _WIDEST * height)
    is_number = (tall >= _LOWEST_NUMBER * height) & (tall <= _TALLEST_DIGIT * height)
    small |= is_number & (wide <= _WIDEST_NUMBER * height)
    small &= np.maximum(tall, wide) >= least * height
    return small


def _belong(pieces: Pieces, kept: IntArray, height: float) -> AnyArray:
    """Say of each pair of pieces whether they belong to one digit."""
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
    """Find pairs of pieces that are close, with no other piece in between.

    Parameters
    ----------
    pieces : Pieces
        All pieces.
    rows : ndarray of shape (n,)
        The pieces to compare.
    most : float
        The largest distance between the centres of two pixels.

    Returns
    -------
    pairs : ndarray of shape (2, n_pairs)
        Positions in `rows`, perhaps with repetitions.
    """
    boxes = pieces.boxes[rows]
    (top, left), (bottom, right) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    place = np.full(len(pieces.boxes) + 1, -1)
    place[rows + 1] = np.arange(len(rows))
    own = place[pieces.labels[top:bottom, left:right]]
    # One pass for all pieces finds the nearest piece of each pixel, and its nearest pixel.
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
