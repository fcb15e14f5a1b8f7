"""The order in which boxes are read: lines from top to bottom, each from left to right."""

from __future__ import annotations

import numpy as np
from sklearn.utils import gen_batches

from .._typing import FloatArray, IntArray

#: Neighbours in a line are at most this many heights apart.
_LARGEST_GAP = 2.5
#: Boxes of one line share at least this part of the lower one's height.
_LEAST_OVERLAP = 0.4
#: So many boxes at a time are compared with all others, which limits the memory.
_AT_ONCE = 256


def reading_order(boxes: IntArray) -> list[list[int]]:
    """Group boxes into lines of writing.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        Top, left, bottom and right of each.

    Returns
    -------
    lines : list of list of int
        The rows of `boxes`, line by line from top to bottom, from left to right in each.
        Lines may slope by up to about 15 degrees.
    """
    if len(boxes) == 0:
        return []
    top, left, bottom, right = boxes.T.astype(np.float64)
    slope = _find_slope(boxes)
    # Relative to the slope, boxes of one line are beside each other.
    rise = slope * (left + right) / 2
    top, bottom = top - rise, bottom - rise
    lines: list[list[int]] = []
    for box in np.argsort((top + bottom) / 2, kind="stable"):
        if lines and _beside(box, lines[-1], top, bottom):
            lines[-1].append(int(box))
        else:
            lines.append([int(box)])
    return [sorted(line, key=lambda box: left[box] + right[box]) for line in lines]


def reading_order_around(boxes: IntArray, digits: list[int]) -> list[list[int]]:
    """Group the boxes of digits into lines of writing, and put others into the nearest line.

    Parameters
    ----------
    boxes : ndarray of shape (n, 4)
        Top, left, bottom and right of each.
    digits : list of int
        The rows of `boxes` that make the lines.

    Returns
    -------
    lines : list of list of int
        The rows of `boxes`, line by line from top to bottom, from left to right in each. If
        there are no digits, the others make the lines.
    """
    if not digits or len(digits) == len(boxes):
        return reading_order(boxes)
    lines = [[digits[each] for each in line] for line in reading_order(boxes[digits])]
    for other in sorted(set(range(len(boxes))) - set(digits)):
        distances = [_distances(boxes[other], boxes[line]).min() for line in lines]
        lines[int(np.argmin(distances))].append(other)
    return [sorted(line, key=lambda box: int(boxes[box, 1] + boxes[box, 3])) for line in lines]


def _distances(box: IntArray, others: IntArray) -> FloatArray:
    """Measure how far boxes are from one, from the middle to the middle."""
    middle, middles = box[:2] + box[2:], others[:, :2] + others[:, 2:]
    # Beside each other counts less than above each other.
    distances: FloatArray = np.hypot((middles - middle)[:, 0], (middles - middle)[:, 1] / 8)
    return distances


def _beside(box: int, line: list[int], top: FloatArray, bottom: FloatArray) -> bool:
    """Say whether a box shares enough height with the middle of a line."""
    line_top, line_bottom = np.median(top[line]), np.median(bottom[line])
    shared = min(bottom[box], line_bottom) - max(top[box], line_top)
    lower = min(bottom[box] - top[box], line_bottom - line_top)
    return bool(shared >= _LEAST_OVERLAP * lower)


def _find_slope(boxes: IntArray) -> float:
    """Find how far lines go down per pixel to the right, from pairs of neighbours."""
    pairs = [_next_neighbours(boxes, rows) for rows in gen_batches(len(boxes), _AT_ONCE)]
    first, second = np.hstack(pairs)
    if len(first) == 0:
        return 0.0
    top, left, bottom, right = boxes.T.astype(np.float64)
    across = (left + right)[second] - (left + right)[first]
    down = (top + bottom)[second] - (top + bottom)[first]
    return float(np.median(down / np.maximum(across, 1)))


def _next_neighbours(boxes: IntArray, rows: slice) -> list[IntArray]:
    """Find which boxes have a neighbour to the right in their line, and which one it is."""
    top, left, bottom, right = boxes.T.astype(np.float64)
    height = bottom - top
    shared = np.minimum.outer(bottom[rows], bottom) - np.maximum.outer(top[rows], top)
    gap = np.subtract.outer(-right[rows], -left)  # from the row's box to the column's
    lower = np.minimum.outer(height[rows], height)
    follows = np.less.outer(left[rows], left) & (gap < _LARGEST_GAP * lower)
    follows &= shared >= _LEAST_OVERLAP * lower
    first = np.flatnonzero(follows.any(axis=1))
    second = np.where(follows, gap, np.inf)[first].argmin(axis=1)
    return [first + rows.start, second]
