"""Rules, margins and grids, taken out without cutting the strokes that cross them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ._connected import SOLID, Pieces, find_pieces
from ._thin_lines import LARGEST_GAP, LINE_INK, Line, find_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .._typing import AnyArray, FloatArray, IntArray

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
#: Beside a digit as large as the image, rules are at most this share of its longer side wide, or
#: so many pixels.
_THIN, _LEAST_THIN = 0.04, 2.0
#: Such a digit covers at most this share of a rule.
_WIDEST_DIGIT = 0.6
#: Strokes of digits are at least this many times as long as lines are wide.
_STROKE = 3.0


def without_rules(
    ink: FloatArray,
    measure_height: Callable[[Pieces], float],
    find_outlines: Callable[[Pieces], AnyArray] | None = None,
    *,
    one_digit: bool = False,
) -> FloatArray:
    """Take the lines out of an image that are too long to be strokes of its digits.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1.
    measure_height : callable
        Measures the height of the digits from pieces; those with an area of 0 do not count.
    find_outlines : callable, default=None
        Finds the pieces that are drawn around digits, whose sides are no rules.
    one_digit : bool, default=False
        Whether the digit may be as high as the image: then only thin lines from edge to edge are
        rules, and a line down that a stroke touches is a stroke itself.

    Returns
    -------
    rest : ndarray of shape (height, width)
        The ink without rules, margins and grids, but with all strokes that cross them.
    """
    lines = find_lines(ink, _WIDEST_DIGIT if one_digit else LARGEST_GAP)
    pieces = find_pieces(ink)
    if one_digit:
        widest = max(_THIN * max(ink.shape), _LEAST_THIN)
        lines = [line for line in lines if line.width <= widest and _crosses(line, ink.shape)]
    if not lines or not pieces.areas.any():
        return ink
    long = [
        line
        for line in lines
        if line.length >= _LONG_ON_IMAGE * max(ink.shape) or _crosses(line, ink.shape)
    ]
    if not long and not any(line.length >= _LONG * measure_height(pieces) for line in lines):
        return ink
    if find_outlines is not None:
        outlines = _small(pieces, find_outlines(pieces))
        lines = [line for line in lines if not _lies_on(line, pieces.labels, outlines)]
        long = [line for line in long if line in lines]
    left = find_pieces(without_lines(ink, long))
    counted = _are_strokes(left, long)
    if find_outlines is not None:
        counted &= ~find_outlines(left)
    left = left._replace(areas=left.areas * counted)
    if one_digit and not left.areas.any() and not (len(long) == 1 and long[0].is_down):
        height = 0.0
    else:
        height = measure_height(left if left.areas.any() else pieces)
    rules = choose_rules(lines, ink.shape, height, int(left.areas.sum()))
    rest = without_lines(ink, rules)
    if one_digit:
        strokes = [line for line in rules if line.is_down and _is_touched(line, rest)]
        rest = without_lines(ink, [line for line in rules if line not in strokes])
    return rest


def _are_strokes(pieces: Pieces, lines: Sequence[Line]) -> AnyArray:
    """Say of each piece whether it is more than what is left of lines."""
    width = max((line.width for line in lines), default=0)
    sides = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).max(axis=1)
    strokes: AnyArray = sides >= _STROKE * width
    return strokes


def _small(pieces: Pieces, outlines: AnyArray) -> AnyArray:
    """Find the numbers of those outlines that are not tables."""
    size = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]) / pieces.labels.shape
    return np.flatnonzero(outlines & (size.max(axis=1) < _TABLE)) + 1


def _is_touched(line: Line, rest: FloatArray) -> bool:
    """Say whether there is ink on a line that was taken out, or right beside it."""
    view = rest.T if line.is_down else rest
    reach = int(np.ceil(line.width / 2 + _BORDER)) + 1
    rows = np.rint(line.levels).astype(int) + np.arange(-reach, reach + 1)[:, np.newaxis]
    columns = line.start + np.arange(line.length)
    beside = view[np.clip(rows, 0, len(view) - 1), columns] > SOLID
    return bool(beside.any())


def _lies_on(line: Line, labels: IntArray, numbers: IntArray) -> bool:
    """Say whether most of a line lies on some pieces."""
    along = line.start + np.arange(line.length)
    across = np.clip(np.rint(line.levels).astype(int), 0, labels.shape[line.is_down] - 1)
    own = labels[along, across] if line.is_down else labels[across, along]
    return bool(np.isin(own, numbers).mean() >= 0.5)


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
            or _crosses(line, shape)
        )
    ]
    for line in lines:
        least = _LONG_DOWN if line.is_down else _LONG_ACROSS
        if line not in rules and line.length >= least * height and _crosses(line, shape, rules):
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


def _crosses(line: Line, shape: tuple[int, ...], rules: Sequence[Line] = ()) -> bool:
    """Say whether a line goes from edge to edge of the image, or from rule to rule."""
    return all(_ends_at(line, place, shape, rules) for place in (0, -1))


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


def _erase(ink: FloatArray, line: Line) -> None:
    """Erase a line across an image in place, where nothing but the line is."""
    half = line.width / 2
    reach = int(np.ceil(_CROSSED * line.width + _BORDER)) + 1
    columns = np.arange(line.start, line.start + line.length)
    offsets = np.arange(-reach, reach + 1)
    rows = np.rint(line.levels).astype(int) + offsets[:, np.newaxis]
    inside = (rows >= 0) & (rows < len(ink))
    band = np.where(inside, ink[np.clip(rows, 0, len(ink) - 1), columns], 0)
    solid = band > LINE_INK
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
