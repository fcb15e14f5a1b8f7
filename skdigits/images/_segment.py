"""Find the digits on an image of handwriting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from sklearn.utils import check_array

from .._image import IMAGE_DTYPES, reduction_factor, shrink, to_grey
from .._ink import (
    Pieces,
    check_invert,
    find_ink,
    find_sheet,
    is_ink_dark,
    without_edge,
)
from .._typing import AnyArray, ArrayLike, FloatArray, IntArray
from ._grouping import join_pieces, typical_height
from ._lines import reading_order
from ._outlines import find_outlines
from ._rules import without_rules

#: Large images are analysed in a copy whose longer side has at most this many pixels.
_LONGEST = 1200
#: If digits are lower than this in the copy, a copy of up to that many pixels is analysed.
_LOWEST, _LARGEST = 30, 2500
#: Beside a piece with this share of the image's side, what fills a side of it is the table.
_LEAST_BESIDE = 0.02
#: Faint ink belongs to a digit up to this many pixels from its solid parts.
_REACH = 2
#: A strip that is this many times longer than wide has no digits, and could not be reduced.
_LONGEST_FORM = 10_000
#: If digits overlap so often that their images together have more pixels, they are not writing.
_MOST_PIXELS = 100_000_000


@dataclass(frozen=True, eq=False)
class DigitSegment:
    """A digit that was found on an image.

    Parameters
    ----------
    box : tuple of int
        ``(top, left, bottom, right)``, so that ``image[top:bottom, left:right]`` is where
        the digit stands.
    line : int
        The line of writing that it is in, counted from 0 at the top.
    picture : ndarray of shape (height, width)
        The digit alone, bright on a background of exactly 0, of dtype uint8. It has a margin
        around the ink, and is smaller than the box if a reduced copy of a large image was
        analysed.

    See Also
    --------
    segment_digits : Finds the digits on an image.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.images import segment_digits
    >>> image = np.full((60, 80), 250, dtype=np.uint8)
    >>> image[10:50, 30:34] = 20
    >>> digit = segment_digits(image)[0]
    >>> digit.box, digit.line
    ((10, 30, 50, 34), 0)
    """

    box: tuple[int, int, int, int]
    line: int
    picture: AnyArray


def segment_digits(image: ArrayLike, *, invert: bool | str = "auto") -> list[DigitSegment]:
    """Find the digits in an image, in reading order.

    Parameters
    ----------
    image : array-like of shape (height, width) or (height, width, channels)
        A photograph or scan of one or more lines of digits that do not touch, in dark ink
        on a bright background or the other way round. 1 channel is grey, 2 grey and alpha, 3
        colours, 4 colours and alpha.
    invert : {"auto", True, False}, default="auto"
        True if the ink is darker than the background, False if it is brighter; "auto"
        detects it.

    Returns
    -------
    digits : list of DigitSegment
        Line by line from top to bottom, and from left to right in each. Empty if no
        ink is found.

    Raises
    ------
    ValueError
        If `image` has another number of axes or channels, no pixels, or values that are
        missing, infinite or not real numbers, or if `invert` is not one of its values.

    See Also
    --------
    read_image : Reads an image from a file.
    skdigits.preprocessing.MNISTNormalizer : Frames the images of the digits like MNIST.

    Notes
    -----
    If the image shows a bright sheet on something darker, only the sheet is analysed.
    Connected ink forms a piece. Pieces above one another, such as the bar and the bow of a
    5, make one digit. Specks, pale ruled lines and shadows are left out, relative to the
    height of a typical digit of the image. Lines may slope by up to about 15 degrees.
    Digits that touch are found as one.

    To limit the time that any image takes, no digits are found on an image with more than
    2,000 pieces, such as gravel or cloth, with pieces that overlap hundreds of times, such
    as a pattern, or on a strip that is 10,000 times as long as wide.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.images import segment_digits
    >>> image = np.full((60, 120), 250, dtype=np.uint8)  # paper
    >>> image[10:50, 80:84] = 20  # a one
    >>> image[10:50, 20:44] = 20  # and a zero
    >>> image[18:42, 27:37] = 250
    >>> [digit.box for digit in segment_digits(image)]
    [(10, 20, 50, 44), (10, 80, 50, 84)]
    """
    check_invert(invert)
    image = _check_image(image)
    if max(image.shape[:2]) > _LONGEST_FORM * min(image.shape[:2]):
        return []
    rows, columns = _find_paper(image, invert)
    image = image[rows, columns]
    factor, ink, pieces = _analyse(image, invert)
    if not pieces.areas.any():
        return []
    groups = join_pieces(pieces, typical_height(pieces))
    boxes = np.array([pieces.box_around(group) for group in groups], int).reshape(-1, 4)
    if sum(_count_pixels(box) for box in boxes) > _MOST_PIXELS:
        return []
    return [
        DigitSegment(
            tuple((boxes[group] * factor + 2 * [rows.start, columns.start]).tolist()),
            line,
            _cut_out(ink, pieces, groups[group], boxes[group]),
        )
        for line, members in enumerate(reading_order(boxes))
        for group in members
    ]


def _check_image(image: ArrayLike) -> AnyArray:
    """Check an image and give it an axis of channels."""
    checked: AnyArray = check_array(
        image,
        dtype=list(IMAGE_DTYPES),
        ensure_2d=False,
        allow_nd=True,
        ensure_min_samples=0,
        input_name="image",
    )
    channels = checked.shape[2] if checked.ndim == 3 else 1
    if checked.ndim not in (2, 3) or not 1 <= channels <= 4 or checked.size == 0:
        raise ValueError(
            "Expected one image of shape (height, width) or (height, width, channels) with 1 "
            f"to 4 channels, got shape {checked.shape}. Call segment_digits for each image."
        )
    return checked.reshape(*checked.shape[:2], channels)


def _find_paper(image: AnyArray, invert: bool | str) -> tuple[slice, slice]:
    """Find the part of an image that is paper."""
    if invert in ("auto", True):
        factor = reduction_factor(image.shape, _LONGEST)
        sheet = find_sheet(to_grey(shrink(image, factor)[np.newaxis])[0], factor)
        if sheet is not None and all(part.start < part.stop for part in sheet):
            return sheet
    return slice(0, image.shape[0]), slice(0, image.shape[1])


def _analyse(image: AnyArray, invert: bool | str) -> tuple[int, FloatArray, Pieces]:
    """Find the ink and its pieces in a reduced copy in which digits are not too small."""
    factor = reduction_factor(image.shape, _LONGEST)
    ink, pieces = _find_pieces(image, factor, invert)
    if pieces.areas.any() and factor > 1:
        height = typical_height(pieces)
        finer = max(int(factor * height / _LOWEST), reduction_factor(image.shape, _LARGEST))
        if finer < factor:
            factor = finer
            ink, pieces = _find_pieces(image, factor, invert)
    return factor, ink, pieces


def _find_pieces(image: AnyArray, factor: int, invert: bool | str) -> tuple[FloatArray, Pieces]:
    """Find the ink and its pieces in a copy that is reduced by a factor."""
    grey = to_grey(shrink(image, factor)[np.newaxis])
    ink, pieces = without_rules(find_ink(grey, is_ink_dark(grey, invert))[0])
    areas = without_edge(pieces, pieces.areas, least_side=_LEAST_BESIDE)
    pieces = pieces._replace(areas=areas)
    return ink, pieces._replace(areas=areas * ~find_outlines(pieces))


def _count_pixels(box: IntArray) -> int:
    """Count the pixels of the image that is cut out for a digit."""
    height, width = (box[2:] - box[:2] + 2 * _margin(box)).tolist()
    return int(height * width)


def _margin(box: IntArray) -> int:
    """Find the margin around a digit."""
    return _REACH + int(max(box[2:] - box[:2])) // 10


def _cut_out(ink: FloatArray, pieces: Pieces, group: list[int], box: IntArray) -> AnyArray:
    """Cut out a digit, without its neighbours, with a margin around it."""
    top, left, bottom, right = box.tolist()
    margin = _margin(box)
    digit = np.zeros((bottom - top + 2 * margin, right - left + 2 * margin), np.uint8)
    first_row, first_column = max(top - _REACH, 0), max(left - _REACH, 0)
    window = slice(first_row, bottom + _REACH), slice(first_column, right + _REACH)
    numbers = pieces.labels[window]
    own = np.isin(numbers, np.add(group, 1))
    # Faint ink around the solid parts, but not that of another digit.
    near = ndimage.maximum_filter(own, 2 * _REACH + 1, mode="constant") & (own | (numbers == 0))
    height, width = near.shape
    down, across = first_row - top + margin, first_column - left + margin
    digit[down : down + height, across : across + width] = np.rint(
        np.where(near, ink[window], 0) * 255
    )
    return digit
