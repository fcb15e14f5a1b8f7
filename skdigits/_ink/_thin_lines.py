"""Thin, nearly straight lines across or down an image: of paper, tables and strokes of digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray, IntArray

#: Ink of a line has at least this share of full ink.
LINE_INK = 0.25
#: A line is at most this share of the longer side of the image wide, or so many pixels.
_WIDEST, _WIDEST_LINE = 0.012, 6
#: Lines go up or down by at most this many pixels per pixel.
_STEEPEST = 0.27
#: A part of a line has at least this many columns, and this share of them lie on the line.
_LEAST_PART, _STRAIGHT = 4, 0.75
#: Straight lines are fitted to so many columns at a time, or to this share of all.
_BLOCK, _BLOCK_SHARE = 48, 0.1
#: So many times a line is fitted to the points that the last fit went through.
_N_FITS = 4
#: A line is followed across a gap of at most this share of its image, if there is ink...
LARGEST_GAP = 0.25
#: ... on this share of it, or across so many pixels of paper.
_INKED, _BARE_GAP = 0.7, 6
#: Two parts of one line are at most this many pixels, and for each pixel of the gap this share
#: of one, beside each other.
_OFFSET, _OFFSET_PER_PIXEL = 1.5, 0.04
#: Of a line, at least this share has nothing but the line.
_LEAST_BARE = 0.4
#: What is shorter than this share of the image's side is not looked at, to save time.
_SHORTEST = 0.05
#: So many parts are looked at; images with more have no rules, but texture.
_MOST_PARTS = 3_000


@dataclass(frozen=True, eq=False)
class Line:
    """A nearly straight, thin line across or down an image.

    Parameters
    ----------
    is_down : bool
        Whether it goes down; if not it goes across.
    start : int
        The first column of a line across, or the first row of one down.
    levels : ndarray of shape (length,)
        The row of the middle of the line in each column, or the column in each row.
    width : float
        Its width in pixels.
    """

    is_down: bool
    start: int
    levels: FloatArray
    width: float

    @property
    def length(self) -> int:
        """Count the pixels along the line."""
        return len(self.levels)


class _Parts(NamedTuple):
    """Straight parts of lines across: first and last column, the rows there, and the width."""

    left: IntArray
    right: IntArray
    start: FloatArray
    end: FloatArray
    width: FloatArray


def find_lines(ink: FloatArray, largest_gap: float = LARGEST_GAP) -> list[Line]:
    """Find thin lines across and down an image.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1.
    largest_gap : float, default=LARGEST_GAP
        Across what share of the image a line is followed, if there is ink.

    Returns
    -------
    lines : list of Line
        Whatever is thin, nearly straight and not very short, also strokes of digits:
        `choose_rules` tells them apart.

    Notes
    -----
    Runs of ink that are thin across the line form connected parts, to which a straight line
    is fitted. From the longest part on, parts are appended that continue the line, also beyond
    strokes that cross it. So a line may be bent a little, as on a page of a book.
    """
    mask = ink > LINE_INK
    return [
        Line(is_down, *line)
        for is_down, view in ((False, mask), (True, mask.T))
        for line in _find_across(view, max(mask.shape), largest_gap)
    ]


def _find_across(
    mask: AnyArray, longer: int, largest_gap: float
) -> list[tuple[int, FloatArray, float]]:
    """Find the lines across a mask: first column, rows and width of each."""
    widest = max(int(_WIDEST * longer), _WIDEST_LINE)
    parts = _fit_parts(mask, widest)
    if not 0 < len(parts.left) <= _MOST_PARTS:
        return []
    length = parts.right - parts.left + 1
    least = max(_SHORTEST * mask.shape[1], 2 * _LEAST_PART)
    most = max(largest_gap * mask.shape[1], _BARE_GAP)
    free, lines = np.ones(len(length), bool), []
    for seed in np.argsort(-length, kind="stable"):
        if length[seed] < least:
            break
        if not free[seed]:
            continue
        chain = _follow(parts, int(seed), free, mask, most)
        free[chain] = False
        left, right = parts.left[chain[0]], parts.right[chain[-1]]
        if length[chain].sum() >= _LEAST_BARE * (right - left + 1):
            places = np.stack([parts.left[chain], parts.right[chain]], axis=1).ravel()
            rows = np.stack([parts.start[chain], parts.end[chain]], axis=1).ravel()
            levels = np.interp(np.arange(left, right + 1), places, rows)
            width = float(np.average(parts.width[chain], weights=length[chain]))
            lines.append((int(left), levels, width))
    return lines


def _fit_parts(mask: AnyArray, widest: int) -> _Parts:
    """Fit straight lines to connected runs that are thin from top to bottom."""
    column, top, bottom = _runs(mask)
    thin = bottom - top <= widest
    column, top, bottom = column[thin], top[thin], bottom[thin]
    edges = np.zeros((mask.shape[0] + 1, mask.shape[1]), np.int8)
    edges[top, column] = 1
    edges[bottom, column] -= 1
    labels, _ = ndimage.label(np.cumsum(edges[:-1], axis=0, dtype=np.int8), np.ones((3, 3)))
    # Long lines are bent a little: they are fitted in blocks of some columns.
    size = max(_BLOCK, int(_BLOCK_SHARE * mask.shape[1]))
    block = labels[top, column] * (mask.shape[1] // size + 1) + column // size
    _, part, n_runs = np.unique(block, return_inverse=True, return_counts=True)
    long = n_runs[part] >= _LEAST_PART
    _, part = np.unique(part[long], return_inverse=True)
    n = int(part.max(initial=-1)) + 1
    column, row = column[long], (top + bottom - 1)[long] / 2
    width = (bottom - top)[long].astype(float)
    middle, level, slope, on_line = _fit(part, n, column, row, np.maximum(1.0, width / 4))
    left, right = np.full(n, mask.shape[1]), np.full(n, -1)
    np.minimum.at(left, part[on_line], column[on_line])
    np.maximum.at(right, part[on_line], column[on_line])
    n_columns = np.bincount(part[on_line], minlength=n)
    mean_width = np.bincount(part, on_line * width, n) / np.maximum(n_columns, 1)
    start, end = (level + slope * (each - middle) for each in (left, right))
    good = (
        (right - left + 1 >= _LEAST_PART)
        & (n_columns >= _STRAIGHT * (right - left + 1))
        & (np.abs(slope) <= _STEEPEST)
    )
    return _Parts(left[good], right[good], start[good], end[good], mean_width[good])


def _fit(
    part: IntArray, n: int, column: IntArray, row: FloatArray, most: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, AnyArray]:
    """Fit a straight line to the points of each of n parts, and leave out those beside it."""
    weight = np.ones(len(part))
    for _ in range(_N_FITS):
        total = np.maximum(np.bincount(part, weight, n), 1)
        middle = np.bincount(part, weight * column, n) / total
        level = np.bincount(part, weight * row, n) / total
        across, down = column - middle[part], row - level[part]
        squares = np.maximum(np.bincount(part, weight * across**2, n), 1)
        slope = np.bincount(part, weight * across * down, n) / squares
        weight = (np.abs(down - slope[part] * across) <= most).astype(float)
    return middle, level, slope, weight > 0


def _runs(mask: AnyArray) -> tuple[IntArray, IntArray, IntArray]:
    """Find the runs of ink in each column: the column, the first row, the row after the last."""
    padded = np.zeros((mask.shape[1], mask.shape[0] + 2), np.int8)
    padded[:, 1:-1] = mask.T
    change = np.diff(padded, axis=1)
    column, top = np.nonzero(change == 1)
    bottom = np.nonzero(change == -1)[1]
    return column, top, bottom


def _follow(
    parts: _Parts, seed: int, free: AnyArray, mask: AnyArray, largest_gap: float
) -> list[int]:
    """Append parts to both ends of one as long as they continue it."""
    chain = [seed]
    for forward in (True, False):
        while (
            following := _next(parts, chain, free, mask, largest_gap, forward=forward)
        ) is not None:
            if forward:
                chain.append(following)
            else:
                chain.insert(0, following)
    return chain


def _next(
    parts: _Parts,
    chain: list[int],
    free: AnyArray,
    mask: AnyArray,
    largest_gap: float,
    *,
    forward: bool,
) -> int | None:
    """Find the nearest part that continues a chain of parts."""
    # The slope of the last pixels, but of at least a tenth of the image, or of the whole chain.
    reach = max(mask.shape[1] // 10, 4 * _LEAST_PART)
    end = chain[-1] if forward else chain[0]
    x, y = (parts.right[end], parts.end[end]) if forward else (parts.left[end], parts.start[end])
    recent = [
        part
        for part in chain
        if min(abs(parts.left[part] - x), abs(parts.right[part] - x)) <= reach
    ]
    first, last = recent[0], recent[-1]
    slope = (parts.end[last] - parts.start[first]) / max(parts.right[last] - parts.left[first], 1)
    near, level = (parts.left, parts.start) if forward else (parts.right, parts.end)
    gap = (near - x) if forward else (x - near)
    offset = np.abs(level - y - slope * (near - x))
    candidates = np.flatnonzero(
        free & (gap > 0) & (gap <= largest_gap) & (offset <= _OFFSET + _OFFSET_PER_PIXEL * gap)
    )
    for part in candidates[np.argsort(gap[candidates], kind="stable")][:4]:
        between = np.linspace(0, 1, int(gap[part]) + 1)[1:-1]
        rows = np.rint(y + between * (level[part] - y)).astype(int)
        columns = np.rint(x + between * (near[part] - x)).astype(int)
        if gap[part] <= _BARE_GAP or _inked(mask, rows, columns) >= _INKED:
            return int(part)
    return None


def _inked(mask: AnyArray, rows: IntArray, columns: IntArray) -> float:
    """Measure the share of a path that is on ink, or one pixel beside it."""
    beside = [mask[np.clip(rows + step, 0, len(mask) - 1), columns] for step in (-1, 0, 1)]
    return float(np.any(beside, axis=0).mean()) if len(rows) else 1.0
