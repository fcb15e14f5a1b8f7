"""Where digits that touch may be cut apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from .._image import shrink
from .._ink import stroke_width
from .._typing import AnyArray, FloatArray, IntArray

#: Cuts are looked for in a copy in which a typical digit has about this many rows.
_ROWS = 32
#: A cut leans by at most one of these shares of the height of the ink to each side: straight ones
#: too, where others would go around. A step to the side costs this share of a pixel of ink.
_LEANS, _STEP = (0.06, 0.3), 0.1
#: A cut goes through at most so many strokes' widths of ink, or this share of a digit's height.
_DEEPEST, _DEEPEST_SHARE = 2.2, 0.6
#: On both sides of a cut is at least a stroke of this share of a digit's height.
_LEAST_STROKE = 0.3
#: Between two digits, the outline goes in from above or below: a cut whose ink spans the whole
#: height ranks as if it went through so many more strokes.
_NOTCH = 4.0
#: Digits with loops may share the stroke between them. A loop may have an opening of twice one of
#: these shares of a digit's height, is at least so high and wide without a border of that width,
#: and shares at least this part of its rows with the one beside it.
_OPENINGS, _LEAST_LOOP, _BESIDE = (0.0, 0.1), 0.08, 0.5
#: Ink of at least this share is a border of a loop.
_LOOP_INK = 0.25
#: Cuts are at least this share of a digit's height apart.
_APART = 0.09
#: Of several pieces between two cuts, one that a cut has cut off is a scrap if it has less than
#: this share of the ink of the largest.
_SCRAP = 0.25
#: For each height of a digit in the width of the ink, at most so many cuts are tried.
_CUTS_PER_HEIGHT = 5


def find_cuts(ink: AnyArray, height: float) -> list[IntArray]:
    """Find the cuts from top to bottom that go through the least ink.

    Parameters
    ----------
    ink : ndarray of bool of shape (n_rows, n_columns)
        Connected ink.
    height : float
        The height of a typical digit.

    Returns
    -------
    cuts : list of ndarray of int of shape (n_rows,)
        For each row the first column on the right side of the cut; from left to right.

    Notes
    -----
    A cut is the cheapest path through a band around a column, found by dynamic programming
    from row to row. So it leans with the writing, follows the outline of strokes and crosses
    them at narrow places. Other cuts run half-way between two loops, also along a stroke that
    both share, as in zeros that are written without lifting the pen.
    """
    factor = max(min(round(height / _ROWS), *ink.shape), 1)
    small = shrink(np.pad(ink, [(0, -n % factor) for n in ink.shape]), factor)
    if small.shape[1] < 2:
        return []
    scale = height / factor
    between = _between_loops(small > _LOOP_INK, scale)
    found = [(between, np.zeros(len(between))), *(_cheapest_paths(small, lean) for lean in _LEANS)]
    paths, costs = (np.concatenate(each) for each in zip(*found, strict=True))
    stroke = max(stroke_width(small), 1.0)
    before = np.pad(np.cumsum(small, axis=1), ((0, 0), (1, 0)))
    left = np.take_along_axis(before, paths.T, axis=1).sum(axis=0)
    least = _LEAST_STROKE * scale * stroke
    possible = np.flatnonzero(
        (costs <= max(_DEEPEST * stroke, _DEEPEST_SHARE * scale))
        & (left >= least)
        & (before[:, -1].sum() - left >= least)
    )
    most = int(np.ceil(_CUTS_PER_HEIGHT * small.shape[1] / scale))
    ranks = costs + _NOTCH * stroke * _spans(small, paths) / len(small)
    ranks[: len(between)] = 0
    chosen: list[int] = []
    for path in possible[np.argsort(ranks[possible], kind="stable")]:
        if len(chosen) < most and all(
            np.abs(paths[path] - paths[other]).mean() >= _APART * scale for other in chosen
        ):
            chosen.append(int(path))
    chosen.sort(key=lambda path: paths[path].mean())
    rows = np.minimum(np.arange(len(ink)) // factor, len(small) - 1)
    return [paths[path][rows] * factor for path in chosen]


def _between_loops(ink: AnyArray, scale: float) -> IntArray:
    """Find the cuts half-way between two loops that are beside each other."""
    reaches = [round(share * scale) for share in _OPENINGS]
    margin = max(reaches) + 1
    away = ndimage.distance_transform_edt(~np.pad(ink, margin))
    inner = slice(margin, -margin)
    cuts = []
    for reach in reaches:
        labels, _ = ndimage.label(away > reach)
        loops = [
            (number, box)
            for number, box in enumerate(ndimage.find_objects(labels), 1)
            if number != labels[0, 0]
            and min(each.stop - each.start for each in box) >= _LEAST_LOOP * scale
        ]
        loops.sort(key=lambda loop: loop[1][1].start + loop[1][1].stop)
        for place, (first, box) in enumerate(loops):
            second = next(
                (number for number, other in loops[place + 1 :] if _are_beside(box, other)), None
            )
            if second is not None:
                distances = (
                    ndimage.distance_transform_edt(labels != each) for each in (first, second)
                )
                cuts.append(np.less_equal(*distances)[inner, inner].sum(axis=1))
    return np.array(cuts, np.intp).reshape(-1, len(ink))


def _are_beside(left: tuple[slice, slice], right: tuple[slice, slice]) -> bool:
    """Say whether two loops share enough rows, and the second is to the right of the first."""
    shared = min(left[0].stop, right[0].stop) - max(left[0].start, right[0].start)
    lower = min(each[0].stop - each[0].start for each in (left, right))
    return bool(shared >= _BESIDE * lower and right[1].start >= left[1].stop - 1)


def _spans(ink: FloatArray, paths: IntArray) -> IntArray:
    """Count the rows from the first to the last ink on each path."""
    right = np.minimum(paths, ink.shape[1] - 1)
    rows = np.arange(len(ink))
    crossed = np.maximum(ink[rows, right], ink[rows, np.maximum(paths - 1, 0)]) > 0.5
    spans: IntArray = len(ink) - crossed.argmax(axis=1) - crossed[:, ::-1].argmax(axis=1)
    return np.where(crossed.any(axis=1), spans, 0)


def between_cuts(
    ink: AnyArray, cuts: Sequence[IntArray], start: int, end: int, beyond: int = 0
) -> AnyArray:
    """Find the ink between two cuts, without scraps of the neighbours.

    Parameters
    ----------
    ink : ndarray of bool of shape (n_rows, n_columns)
        Connected ink.
    cuts : sequence of ndarray of int of shape (n_rows,)
        As `find_cuts` returns them, with both ends of the ink.
    start, end : int
        Which cuts.
    beyond : int, default=0
        So many columns beyond each cut belong to the piece too: where digits touch, a stroke
        may belong to both.

    Returns
    -------
    own : ndarray of bool of shape (n_rows, n_columns)
        Where the ink between them is.
    """
    left = np.maximum(cuts[start] - beyond, 0)
    right = np.minimum(cuts[end] + beyond, ink.shape[1])
    whole: AnyArray = np.zeros_like(ink)
    first, last = int(left.min()), int(right.max())
    if first >= last:
        return whole
    columns = np.arange(first, last)
    own = ink[:, first:last] & (columns >= left[:, np.newaxis]) & (columns < right[:, np.newaxis])
    labels, n = ndimage.label(own, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=n + 1)
    # A scrap was cut off: it goes on beyond one of the cuts.
    rows = np.arange(len(ink))
    at_cut = np.zeros(n + 1, bool)
    at_cut[labels[rows, np.clip(left, first, last - 1) - first]] |= start > 0
    at_cut[labels[rows, np.clip(right - 1, first, last - 1) - first]] |= end < len(cuts) - 1
    scrap = at_cut & (areas < _SCRAP * areas[1:].max(initial=0))
    scrap[0] = False
    whole[:, first:last] = own & ~scrap[labels]
    return whole


def _cheapest_paths(ink: FloatArray, lean: float) -> tuple[IntArray, FloatArray]:
    """Find the cheapest path within a band around each column, and what it costs.

    Returns
    -------
    paths : ndarray of shape (n_columns - 1, n_rows)
        The first column on the right side of each path.
    costs : ndarray of shape (n_columns - 1,)
        The ink that it goes through.
    """
    n_rows, n_columns = ink.shape
    band = max(int(lean * n_rows), 1)
    # A path runs between two columns of pixels, and through half of the ink of both.
    between = np.pad((ink[:, :-1] + ink[:, 1:]) / 2, ((0, 0), (band, band)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(between, 2 * band + 1, axis=1)
    total = windows[0].copy()
    steps = np.zeros((n_rows, *total.shape), np.int8)
    wall = np.full((len(total), 1), np.inf)
    for row in range(1, n_rows):
        choices = np.stack(
            [
                total,
                np.hstack([wall, total[:, :-1]]) + _STEP,
                np.hstack([total[:, 1:], wall]) + _STEP,
            ]
        )
        steps[row] = choices.argmin(axis=0)
        total = choices.min(axis=0) + windows[row]
    place = total.argmin(axis=1)
    each = np.arange(len(total))
    paths = np.empty((len(total), n_rows), np.intp)
    costs = np.zeros(len(total))
    for row in range(n_rows - 1, -1, -1):
        paths[:, row] = each + place - band
        costs += windows[row, each, place]
        place = place + np.array([0, -1, 1])[steps[row, each, place]]
    return np.clip(paths + 1, 0, n_columns), costs
