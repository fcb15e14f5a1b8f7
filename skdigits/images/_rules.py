"""Rules, margins and grids, taken out without cutting the strokes that cross them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from .._ink import Pieces, find_pieces
from .._typing import AnyArray, FloatArray, IntArray
from ._grouping import typical_height
from ._outlines import find_outlines

#: Ink of a line has at least this share of full ink.
_LINE_INK = 0.25
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
_LARGEST_GAP = 0.25
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
#: Where the ink is this many times as wide as the line, and a pixel, a stroke is on the line.
_CROSSED = 1.3
#: Where it is darker than the line by this share of full ink, too.
_DARKER = 0.25
#: The blurred border of a line reaches so many pixels.
_BORDER = 1.5
#: Lengths of lines, in heights of a typical digit: of any; and of those that go from edge to
#: edge of the image or of a table, across and down. A 1 is as long as a digit is high.
_LONG, _LONG_ACROSS, _LONG_DOWN = 3.0, 1.5, 1.15
#: A line of this share of the longer side of an image, or from edge to edge, is taken out before
#: digits are measured.
_LONG_ON_IMAGE = 0.4
#: A line down that ends on paper may be a 1, unless the rest has this share of its ink.
_MUCH_BESIDE = 1.0
#: What surrounds digits and covers less than this share of a side is not a table, but an outline.
_TABLE = 0.5
#: A line ends at another line if it comes this near, in its own widths, and at the edge if it
#: comes as near as it is wide.
_NEAR = 3.0
#: Strokes of digits are at least this many times as long as lines are wide.
_STROKE = 3.0


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


def without_rules(ink: FloatArray) -> tuple[FloatArray, Pieces]:
    """Take the lines out of an image that are too long to be strokes of its digits.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1.

    Returns
    -------
    rest : ndarray of shape (height, width)
        The ink without rules, margins and grids, but with all strokes that cross them.
    pieces : Pieces
        What is connected in it.
    """
    pieces = find_pieces(ink)
    lines = find_lines(ink)
    long = [
        line
        for line in lines
        if line.length >= _LONG_ON_IMAGE * max(ink.shape)
        or all(_ends_at(line, place, ink.shape, []) for place in (0, -1))
    ]
    if not long and not any(line.length >= _LONG * typical_height(pieces) for line in lines):
        return ink, pieces
    outlines = _small_outlines(pieces)
    lines = [line for line in lines if not _lies_on(line, pieces.labels, outlines)]
    rest = without_lines(ink, [line for line in long if line in lines])
    left = find_pieces(rest)
    left = left._replace(areas=left.areas * ~find_outlines(left) * _are_strokes(left, long))
    measured = left if left.areas.any() else pieces
    rules = choose_rules(lines, ink.shape, typical_height(measured), int(left.areas.sum()))
    if not rules:
        return ink, pieces
    rest = without_lines(ink, rules)
    return rest, find_pieces(rest)


def _are_strokes(pieces: Pieces, lines: Sequence[Line]) -> AnyArray:
    """Say of each piece whether it is more than what is left of lines."""
    width = max((line.width for line in lines), default=0)
    sides = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).max(axis=1)
    strokes: AnyArray = sides >= _STROKE * width
    return strokes


def _small_outlines(pieces: Pieces) -> AnyArray:
    """Find the numbers of pieces that are drawn around digits and are not tables."""
    size = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]) / pieces.labels.shape
    return np.flatnonzero(find_outlines(pieces) & (size.max(axis=1) < _TABLE)) + 1


def _lies_on(line: Line, labels: IntArray, numbers: IntArray) -> bool:
    """Say whether most of a line lies on some pieces."""
    along = line.start + np.arange(line.length)
    across = np.clip(np.rint(line.levels).astype(int), 0, labels.shape[line.is_down] - 1)
    own = labels[along, across] if line.is_down else labels[across, along]
    return bool(np.isin(own, numbers).mean() >= 0.5)


def find_lines(ink: FloatArray) -> list[Line]:
    """Find thin lines across and down an image.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1.

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
    mask = ink > _LINE_INK
    return [
        Line(is_down, *line)
        for is_down, view in ((False, mask), (True, mask.T))
        for line in _find_across(view, max(mask.shape))
    ]


def choose_rules(
    lines: Sequence[Line], shape: tuple[int, ...], height: float, beside: int
) -> list[Line]:
    """Choose the lines that are too long to be strokes of a digit of a given height.

    Parameters
    ----------
    lines : sequence of Line
        What `find_lines` found.
    shape : tuple of int
        Height and width of the image.
    height : float
        The height of a typical digit.
    beside : int
        How many pixels of ink there are beside the longest lines.

    Returns
    -------
    rules : list of Line
        Long lines, and shorter ones that end at the edges of the image or at long lines.
    """
    rules = [
        line
        for line in lines
        if line.length >= _LONG * height
        and (
            not line.is_down
            or beside >= _MUCH_BESIDE * line.length * line.width
            or all(_ends_at(line, place, shape, []) for place in (0, -1))
        )
    ]
    for line in lines:
        least = _LONG_DOWN if line.is_down else _LONG_ACROSS
        if (
            line not in rules
            and line.length >= least * height
            and all(_ends_at(line, place, shape, rules) for place in (0, -1))
        ):
            rules.append(line)
    return rules


def without_lines(ink: FloatArray, lines: Sequence[Line]) -> FloatArray:
    """Take lines out of an image.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1.
    lines : sequence of Line
        What to take out.

    Returns
    -------
    ink : ndarray of shape (height, width)
        The ink without the lines, but with all strokes that cross them or stand on them.
    """
    rest = ink.copy()
    # Lines down come last: by then nothing crosses them but strokes.
    for line in sorted(lines, key=lambda line: line.is_down):
        _erase(rest.T if line.is_down else rest, line)
    return rest


def _ends_at(line: Line, place: int, shape: tuple[int, ...], rules: Sequence[Line]) -> bool:
    """Say whether an end of a line is at the edge of the image, or at a rule across it."""
    along = line.start + (line.length - 1 if place else 0)
    near = _NEAR * line.width + 1
    if min(along, shape[not line.is_down] - 1 - along) <= line.width + 1:
        return True
    level = line.levels[place]
    return any(
        rule.is_down != line.is_down
        and rule.start - near <= level <= rule.start + rule.length + near
        and abs(rule.levels[np.clip(int(level) - rule.start, 0, rule.length - 1)] - along) <= near
        for rule in rules
    )


def _find_across(mask: AnyArray, longer: int) -> list[tuple[int, FloatArray, float]]:
    """Find the lines across a mask: first column, rows and width of each."""
    widest = max(int(_WIDEST * longer), _WIDEST_LINE)
    parts = _fit_parts(mask, widest)
    if not 0 < len(parts.left) <= _MOST_PARTS:
        return []
    length = parts.right - parts.left + 1
    least = max(_SHORTEST * mask.shape[1], 2 * _LEAST_PART)
    free, lines = np.ones(len(length), bool), []
    for seed in np.argsort(-length, kind="stable"):
        if length[seed] < least:
            break
        if not free[seed]:
            continue
        chain = _follow(parts, int(seed), free, mask)
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


def _follow(parts: _Parts, seed: int, free: AnyArray, mask: AnyArray) -> list[int]:
    """Append parts to both ends of one as long as they continue it."""
    chain = [seed]
    for forward in (True, False):
        while (following := _next(parts, chain, free, mask, forward=forward)) is not None:
            if forward:
                chain.append(following)
            else:
                chain.insert(0, following)
    return chain


def _next(
    parts: _Parts, chain: list[int], free: AnyArray, mask: AnyArray, *, forward: bool
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
        free
        & (gap > 0)
        & (gap <= max(_LARGEST_GAP * mask.shape[1], _BARE_GAP))
        & (offset <= _OFFSET + _OFFSET_PER_PIXEL * gap)
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


def _erase(ink: FloatArray, line: Line) -> None:
    """Erase a line across an image in place, where nothing but the line is."""
    half = line.width / 2
    reach = int(np.ceil(_CROSSED * line.width + _BORDER)) + 1
    columns = np.arange(line.start, line.start + line.length)
    offsets = np.arange(-reach, reach + 1)
    rows = np.rint(line.levels).astype(int) + offsets[:, np.newaxis]
    inside = (rows >= 0) & (rows < len(ink))
    band = np.where(inside, ink[np.clip(rows, 0, len(ink) - 1), columns], 0)
    solid = band > _LINE_INK
    # The run through the middle of the line: from there up and down to the first paper.
    middle = np.abs(rows - line.levels) <= half + 0.5
    labels = _label_down(solid)
    own = np.zeros(len(columns), int)
    np.maximum.at(own, np.nonzero(middle & solid)[1], labels[middle & solid])
    size = ((labels == own) & solid & (own > 0)).sum(axis=0)
    darkness = ndimage.median_filter(np.where(middle, band, 0).max(axis=0), 3)
    level = np.median(darkness)
    crossed = (size > _CROSSED * line.width + 1) | (darkness > level + _DARKER)
    gone = inside & ~crossed & (np.abs(rows - line.levels) <= half + _BORDER)
    at, along = np.nonzero(gone)
    ink[rows[at, along], columns[along]] = 0


def _label_down(solid: AnyArray) -> IntArray:
    """Number the runs of each column from the top, from 1."""
    starts = solid & ~np.pad(solid, ((1, 0), (0, 0)))[:-1]
    return np.cumsum(starts, axis=0) * solid
