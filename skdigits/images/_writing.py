"""Where the writing is on an image: its ink, and which pieces of ink make one digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .._image import reduction_factor, shrink, to_grey
from .._ink import (
    Pieces,
    find_ink,
    find_pieces,
    find_sheet,
    is_ink_dark,
    without_edge,
    without_rules,
)
from .._typing import AnyArray, FloatArray, IntArray
from ._grouping import could_be_digit, join_pieces, typical_height
from ._lines import reading_order
from ._outlines import find_outlines

#: Why something is not part of a number.
NO_DIGIT, CUT_OFF = "no digit", "cut off at the edge"

#: Large images are analysed in a copy whose longer side has at most this many pixels.
_LONGEST = 1200
#: If digits are lower than this in the copy, a copy of up to that many pixels is analysed.
_LOWEST, _LARGEST = 30, 2500
#: Beside a piece with this share of the image's side, what fills a side of it is the table.
_LEAST_BESIDE = 0.02
#: What touches the edge is a whole digit if it is nearly as high as the others and not much
#: higher or wider, and covers at most this share of its box.
_LOWEST_WHOLE, _TALLEST_WHOLE, _WIDEST_WHOLE, _MOST_INK = 0.75, 1.5, 1.3, 0.6
#: What goes from one edge of the image to the opposite one is a line, and no 1, if it is this many
#: times as long as wide.
_LINE = 15
#: Faint ink belongs to a digit up to this many pixels from its solid parts.
_REACH = 2
#: A strip that is this many times longer than wide has no digits, and could not be reduced.
_LONGEST_FORM = 10_000
#: If digits overlap so often that their images together have more pixels, they are not writing.
_MOST_PIXELS = 100_000_000


@dataclass(frozen=True, eq=False)
class Writing:
    """What is written on an image, in the copy of it that was analysed.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1, without rules.
    pieces : Pieces
        What is connected in it.
    height : float
        The height of a typical digit.
    groups : list of list of int
        The rows of `pieces.boxes` that make each digit, in reading order.
    left_out : list of tuple
        The row of each piece that is as large as a digit but none, such as a dash, and why.
    factor : int
        How many times larger the image is than the copy.
    corner : tuple of int
        Row and column of the image at which the copy begins.
    """

    ink: FloatArray
    pieces: Pieces
    height: float
    groups: list[list[int]]
    left_out: list[tuple[int, str]]
    factor: int
    corner: tuple[int, int]

    def own_ink(self, group: list[int]) -> tuple[IntArray, AnyArray]:
        """Find the box of a group, and where in it its solid ink is."""
        box = self.pieces.box_around(group)
        top, left, bottom, right = box.tolist()
        own = np.isin(self.pieces.labels[top:bottom, left:right], np.add(group, 1))
        return box, own

    def box_on_image(self, box: IntArray) -> tuple[int, int, int, int]:
        """Convert a box from the copy to the image."""
        top, left, bottom, right = (box * self.factor + 2 * self.corner).tolist()
        return top, left, bottom, right

    def cut_out(self, corner: IntArray, own: AnyArray) -> AnyArray:
        """Cut out a digit, without its neighbours, with a margin around it.

        Parameters
        ----------
        corner : ndarray of shape (2,)
            Row and column at which it begins.
        own : ndarray of bool of shape (height, width)
            Where its solid ink is.

        Returns
        -------
        picture : ndarray of shape (height, width)
            The digit, bright on a background of exactly 0, of dtype uint8.
        """
        margin = _margin(own.shape)
        picture = np.zeros([n + 2 * margin for n in own.shape], np.uint8)
        # Faint ink around the solid parts, but not that of another digit.
        padded = np.pad(own, _REACH)
        first = corner - _REACH
        last = first + padded.shape
        inner = [
            slice(max(-start, 0), n - max(stop - length, 0))
            for start, stop, n, length in zip(
                first, last, padded.shape, self.ink.shape, strict=True
            )
        ]
        padded = padded[tuple(inner)]
        window = tuple(slice(max(start, 0), stop) for start, stop in zip(first, last, strict=True))
        near = ndimage.maximum_filter(padded, 2 * _REACH + 1, mode="constant")
        near &= padded | (self.pieces.labels[window] == 0)
        down, across = (
            max(start, 0) - at + margin for start, at in zip(first, corner, strict=True)
        )
        picture[down : down + near.shape[0], across : across + near.shape[1]] = np.rint(
            np.where(near, self.ink[window], 0) * 255
        )
        return picture


def find_writing(image: AnyArray, invert: bool | str) -> Writing | None:
    """Find the writing on an image.

    Parameters
    ----------
    image : ndarray of shape (height, width, channels)
        An image of one or more lines of digits.
    invert : {"auto", True, False}
        Whether the ink is darker than the background; "auto" detects it.

    Returns
    -------
    writing : Writing or None
        None where there is none, or it would take too long.
    """
    if max(image.shape[:2]) > _LONGEST_FORM * min(image.shape[:2]):
        return None
    rows, columns = _find_paper(image, invert)
    paper = image[rows, columns]
    factor, ink, pieces, whole = _analyse(paper, invert)
    is_sheet = paper.shape != image.shape
    # If all ink touches the edge of a sheet, it is the table beside it.
    if not (whole * ~_touch_edge(pieces) if is_sheet else whole).any():
        return None
    height = typical_height(pieces._replace(areas=whole))
    at_edge = _at_edge(pieces, whole)
    kept = at_edge & _could_be_whole(pieces, height)
    groups = join_pieces(pieces._replace(areas=np.where(kept, pieces.areas, whole)), height)
    boxes = np.array([pieces.box_around(group) for group in groups], int).reshape(-1, 4)
    if sum(_count_pixels(box) for box in boxes) > _MOST_PIXELS:
        return None
    groups = [groups[number] for line in reading_order(boxes) for number in line]
    is_left = could_be_digit(pieces, height) & ~kept & (at_edge | (whole > 0))
    is_left[[row for group in groups for row in group]] = False
    return Writing(
        ink,
        pieces,
        height,
        groups,
        [(int(row), CUT_OFF if at_edge[row] else NO_DIGIT) for row in np.flatnonzero(is_left)],
        factor,
        (rows.start, columns.start),
    )


def _find_paper(image: AnyArray, invert: bool | str) -> tuple[slice, slice]:
    """Find the part of an image that is paper."""
    if invert in ("auto", True):
        factor = reduction_factor(image.shape, _LONGEST)
        sheet = find_sheet(to_grey(shrink(image, factor)[np.newaxis])[0], factor)
        if sheet is not None:
            return sheet
    return slice(0, image.shape[0]), slice(0, image.shape[1])


def _analyse(image: AnyArray, invert: bool | str) -> tuple[int, FloatArray, Pieces, IntArray]:
    """Find the ink and its pieces in a reduced copy in which digits are not too small."""
    factor = reduction_factor(image.shape, _LONGEST)
    ink, pieces, whole = _find_pieces(image, factor, invert)
    if whole.any() and factor > 1:
        height = typical_height(pieces._replace(areas=whole))
        finer = max(int(factor * height / _LOWEST), reduction_factor(image.shape, _LARGEST))
        if finer < factor:
            factor = finer
            ink, pieces, whole = _find_pieces(image, factor, invert)
    return factor, ink, pieces, whole


def _find_pieces(
    image: AnyArray, factor: int, invert: bool | str
) -> tuple[FloatArray, Pieces, IntArray]:
    """Find the ink in a reduced copy, its pieces, and the areas of those that may be writing."""
    grey = to_grey(shrink(image, factor)[np.newaxis])
    ink = find_ink(grey, is_ink_dark(grey, invert))[0]
    ink = without_rules(ink, typical_height, find_outlines)
    pieces = find_pieces(ink)
    whole = without_edge(pieces, pieces.areas, least_side=_LEAST_BESIDE)
    whole = whole * ~find_outlines(pieces._replace(areas=whole)) * ~_are_lines(pieces)
    return ink, pieces, whole


def _are_lines(pieces: Pieces) -> AnyArray:
    """Say of each piece whether it is a line from edge to edge."""
    lengths = pieces.boxes[:, 2:] - pieces.boxes[:, :2]
    is_across = lengths == pieces.labels.shape
    lines: AnyArray = (is_across & (lengths**2 >= _LINE * pieces.areas[:, np.newaxis])).any(axis=1)
    return lines


def _at_edge(pieces: Pieces, whole: IntArray) -> AnyArray:
    """Find the pieces that were left out because they touch the edge of the image."""
    at_edge: AnyArray = _touch_edge(pieces) & (whole == 0)
    return at_edge


def _touch_edge(pieces: Pieces) -> AnyArray:
    """Find the pieces that touch the edge of the image."""
    touching: AnyArray = (pieces.boxes[:, :2] == 0).any(axis=1)
    touching |= (pieces.boxes[:, 2:] == pieces.labels.shape).any(axis=1)
    return touching


def _could_be_whole(pieces: Pieces, height: float) -> AnyArray:
    """Say of each piece whether it may be a whole digit that touches the edge."""
    tall, wide = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).T
    whole: AnyArray = (
        (tall >= _LOWEST_WHOLE * height)
        & (tall <= _TALLEST_WHOLE * height)
        & (wide <= _WIDEST_WHOLE * height)
        & (pieces.areas <= _MOST_INK * tall * wide)
    )
    return whole


def _count_pixels(box: IntArray) -> int:
    """Count the pixels of the image that is cut out for a digit."""
    sides = box[2:] - box[:2]
    height, width = (sides + 2 * _margin(sides.tolist())).tolist()
    return int(height * width)


def _margin(shape: Sequence[int]) -> int:
    """Find the margin around a digit."""
    return _REACH + max(shape) // 10
