"""The one digit on an image that is larger than MNIST's: cut out, with strokes like MNIST's."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .._image import reduction_factor, shrink, to_grey
from .._ink import (
    SOLID,
    Pieces,
    beside,
    find_ink,
    find_pieces,
    find_sheet,
    is_ink_dark,
    outline_steps,
    stroke_width,
    without_edge,
    without_rules,
)
from .._typing import AnyArray, FloatArray, IntArray
from ._framing import INNER, ink_boxes

#: Large images are analysed in a copy whose longer side has at most the first number of pixels.
#: While nothing is found there, as with a thin pen, it is made larger, up to the second number.
_LONGEST, _LONGEST_AGAIN = 256, 1024
#: If the box of the ink is smaller than this in the copy, a less reduced copy is analysed.
_NEAR_ENOUGH = 80
#: What is smaller than this share of the image is not a digit.
_LEAST_SIDE = 0.02
#: A piece with less than this share of the ink of the largest is dirt.
_DIRT = 0.04
#: Ink of this share of full ink connects strokes and is part of them, unless it makes a piece
#: longer by the second factor: then it is lines of the paper that go on beyond the digit.
_LINK, _LONGER = 0.15, 1.5
#: If without such ink a digit would fall apart, or lose this share of itself, all of its ink is
#: made so many times as dark.
_LOST, _DARKER = 0.05, 2.0
#: If the largest piece fills this share of the image, others at the edge may be parts of it: on a
#: tight image the edge may cut the bar off a 5.
_TIGHT = 0.7
#: Beside a piece with this share of the image's side, what fills a side of it is the table.
_LEAST_BESIDE = 0.1
#: If ink fades within one pixel of the result, or hardly less than that, the image has no finer
#: ones: grey is where ink covers a part of them. With more such steps in a pixel, ink is solid.
_COARSE = 1.5
_HIGHEST_GAIN = 4.0
#: Of an enlarged image, ink fades out half a pixel beyond its border.
_LEAST_GAIN = 2.0
#: Pieces that begin and end within these shares of the image from its edge are lines of a table, a
#: margin or parts of a neighbour. In small images, where they may be dots of the digit, they have
#: the third share of its length; with nothing else in the image they have that or touch the edge.
_MARGIN, _REACH, _LEAST_LINE = 0.1, 0.15, 0.25
#: Gaps in a thin stroke are up to this share of the image long.
_GAP = 0.04
#: Widths in pixels of the result between which nearly all of MNIST's strokes lie, and one below
#: which none of them is.
_THINNEST, _WIDEST, _HAIRLINE = 2.0, 3.2, 1.2
#: Of the steps from pixel to pixel at outlines, all that are higher than this, nearly the highest
#: says how sharp they are.
_STEP, _SHARPEST = 0.02, 90


def find_digit(image: AnyArray, invert: bool | str) -> FloatArray:
    """Find the digit on an image.

    Parameters
    ----------
    image : ndarray of shape (height, width, channels)
        An image of one digit.
    invert : {"auto", True, False}
        Whether the ink is darker than the background; "auto" detects it.

    Returns
    -------
    ink : ndarray of shape (box_height, box_width)
        The ink of the digit, from 0 to 1, cropped and no larger than needed, with solid
        strokes; all 0 where none is found.
    """
    digit = _search(image, invert)
    if isinstance(invert, str) and not digit.any() and not _is_ink_dark(image):
        # In deep shadows, thin dark ink may be taken for bright.
        digit = _search(image, True)
    return digit


def _search(image: AnyArray, invert: bool | str) -> FloatArray:
    """Find the digit in ever larger copies of an image, until there is ink."""
    longest = _LONGEST
    digit = _analyse(image, invert, longest)
    while not digit.any() and longest < min(max(image.shape[:2]), _LONGEST_AGAIN):
        longest *= 2
        digit = _analyse(image, invert, longest)
    return digit


def _is_ink_dark(image: AnyArray) -> bool:
    """Say what the polarity of an image is taken for in the first copy."""
    grey = to_grey(shrink(image, reduction_factor(image.shape, _LONGEST))[np.newaxis])
    return bool(is_ink_dark(grey)[0])


def _analyse(image: AnyArray, invert: bool | str, longest: int) -> FloatArray:
    """Find the digit in a reduced copy of an image, and in a larger copy if it is small."""
    factor = reduction_factor(image.shape, longest)
    grey = to_grey(shrink(image, factor)[np.newaxis])
    sheet = find_sheet(grey[0], factor) if invert in ("auto", True) else None
    if sheet is not None and (digit := _analyse(image[sheet], invert, longest)).any():
        return digit
    # What looks like an empty sheet may be a bold 1, so that all of the image is analysed.
    ink = find_ink(grey, is_ink_dark(grey, invert))[0]
    ink = without_rules(ink, _height, one_digit=True)
    ink, box = _without_dirt(ink)
    side = _length(box)
    if side == 0 or side < _LEAST_SIDE * max(ink.shape):
        return np.zeros_like(ink)
    if factor > 1 and side < _NEAR_ENOUGH:
        part = image[_window(box * factor, side * factor // 2)]
        if max(part.shape[:2]) <= _LONGEST * (factor - 1):
            return _analyse(part, invert, _LONGEST)
    return solid_strokes(ink[_window(box, _reach(side))], side)


def without_borders(ink: FloatArray) -> FloatArray:
    """Leave out of the images of a stack what is at their edge and not the digit."""
    solid = ink > SOLID
    height, width = ink.shape[1:]
    n_near, n_at_edge = (
        solid.sum(axis=(1, 2)) - solid[:, n : height - n, n : width - n].sum(axis=(1, 2))
        for n in (int(_MARGIN * min(height, width)) + 1, 1)
    )
    ink = ink.copy()
    # Few digits of MNIST, of which there may be many, come as near.
    for row in np.flatnonzero((n_at_edge > 0) | (n_near >= _LEAST_LINE * min(height, width))):
        pieces, mass = _weigh_pieces(ink[row])
        border = _is_border(pieces, mass, short=False)
        at_edge = np.concatenate([[False], border])[pieces.labels]
        if at_edge.any():
            near = ndimage.binary_dilation(at_edge) & (at_edge | (pieces.labels == 0))
            ink[row] = np.where(near, 0, ink[row])
    return ink


def _without_dirt(ink: FloatArray) -> tuple[FloatArray, IntArray]:
    """Keep the ink of the digit, without dirt and what is at the edge, and find its solid box."""
    pieces, mass = _weigh_pieces(ink)
    gap = _gap(min(ink.shape))
    mass = without_edge(
        pieces, mass, least_side=_LEAST_BESIDE, one_piece=True, tight=_TIGHT, gap=gap
    )
    mass = np.where(_is_border(pieces, mass, short=True), 0, mass)
    kept = (mass >= _DIRT * mass.max(initial=0)) & (mass > 0)
    if not kept.any():
        return np.zeros_like(ink), np.zeros(4, int)
    box = pieces.box_around(kept)
    digit = np.concatenate([[False], kept])[pieces.labels]
    reach = _reach(_length(box))
    if _falls_apart(ink * digit, reach, int(kept.sum())):
        ink = np.minimum(_DARKER * ink, 1)
    # Fainter ink belongs to the digit only right beside it.
    near = ndimage.binary_dilation(digit, iterations=reach) & (digit | (pieces.labels == 0))
    ink = np.where(near, ink, 0)
    solid = np.where(ink > SOLID, ink, 0)
    return ink, ink_boxes(solid[np.newaxis])[0]


def _falls_apart(digit: FloatArray, reach: int, n_pieces: int) -> bool:
    """Say whether the solid ink of a digit is in more pieces, or leaves out a part of it."""
    solid = find_pieces(digit)
    if np.count_nonzero(solid.areas >= _DIRT * solid.areas.max()) > n_pieces:
        return True
    far = (digit > _LINK) & ~ndimage.binary_dilation(solid.labels > 0, iterations=reach)
    return bool(far.sum() >= _LOST * (digit > _LINK).sum())


def _height(pieces: Pieces) -> float:
    """Measure how high the digit is that consists of the pieces that do not touch the edge."""
    counted = pieces.areas >= _DIRT * pieces.areas.max()
    free = counted & (pieces.boxes[:, :2] > 0).all(axis=1)
    free &= (pieces.boxes[:, 2:] < pieces.labels.shape).all(axis=1)
    top, _, bottom, _ = pieces.box_around(free if free.any() else counted)
    return float(bottom - top)


def _weigh_pieces(ink: FloatArray) -> tuple[Pieces, AnyArray]:
    """Find the pieces of ink and how much of it each has."""
    pieces, mass = _weigh(ink, find_pieces(ink, _LINK))
    if len(mass):
        heaviest = int(np.argmax(mass))
        solid = find_pieces(np.where(pieces.labels == heaviest + 1, ink, 0))
        box = solid.box_around(solid.areas >= _DIRT * solid.areas.max())
        if _length(pieces.boxes[heaviest]) > _LONGER * _length(box):
            return _weigh(ink, find_pieces(ink))
    return pieces, mass


def _weigh(ink: FloatArray, pieces: Pieces) -> tuple[Pieces, AnyArray]:
    """Measure how much ink each piece has."""
    return pieces, np.bincount(pieces.labels.ravel(), ink.ravel(), len(pieces.boxes) + 1)[1:]


def _length(box: IntArray) -> int:
    """Measure the longer side of a box."""
    return int((box[2:] - box[:2]).max())


def _reach(side: int) -> int:
    """Find how many pixels faint ink reaches around a digit of a size."""
    return side // INNER + 1


def _is_border(pieces: Pieces, mass: AnyArray, *, short: bool) -> AnyArray:
    """Say of each piece whether all of it lies along the edge; perhaps also of short ones."""
    height, width = pieces.labels.shape
    side = min(height, width)
    rows, columns = np.arange(height), np.arange(width)
    depth = np.minimum.outer(np.minimum(rows, rows[::-1]), np.minimum(columns, columns[::-1]))
    numbers = np.arange(1, len(mass) + 1)
    begin = ndimage.minimum(depth, pieces.labels, numbers)
    end = ndimage.maximum(depth, pieces.labels, numbers)
    sizes = pieces.boxes[:, 2:] - pieces.boxes[:, :2]
    border: AnyArray = (begin <= _MARGIN * side) & (end <= _REACH * side) & (end < depth.max() / 3)
    inside = np.where(border, 0, mass)
    long = sizes.max(axis=1) >= _LEAST_LINE * side
    if inside.any():
        digit = np.argmax(inside)
        is_large = np.max(sizes[digit] / pieces.labels.shape) >= _TIGHT
        # On a tight image they may be parts of the digit.
        border &= not (is_large and begin[digit] <= _MARGIN / 2 * side)
        border &= long | short
        # Nor is what only a gap in a stroke separates from the digit.
        border &= (begin == 0) | ~beside(pieces, inside > 0, _gap(side))
    else:
        border &= long | (short & (begin == 0))
    return border


def _gap(side: int) -> int:
    """Find how many pixels the gaps in a stroke are long on an image of a size."""
    return max(int(_GAP * side), 1)


def _window(box: IntArray, margin: int) -> tuple[slice, slice]:
    """Select a box with a margin around it."""
    top, left, bottom, right = box.tolist()
    rows = slice(max(top - margin, 0), bottom + margin)
    return rows, slice(max(left - margin, 0), right + margin)


def solid_strokes(ink: FloatArray, side: int) -> FloatArray:
    """Make strokes solid, and thicken or thin them if MNIST has none of their width.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1 on a background of 0.
    side : int
        The longer side of the box of the ink, in pixels.

    Returns
    -------
    solid : ndarray of shape (height, width)
        Ink from 0 to 1. Unless a pen is very thin, images that are small, or were enlarged
        from small ones, are returned unchanged: there, grey is where ink covers a part.
    """
    scale = side / INNER
    n_steps, width = scale * sharpness(ink), stroke_width(ink)
    own_pixels = n_steps <= _COARSE and width >= _HAIRLINE * scale
    if own_pixels and scale <= _COARSE:
        return ink
    gain = np.clip(1 + 2 * (n_steps - _COARSE), _LEAST_GAIN, _HIGHEST_GAIN)
    solid: FloatArray = np.clip(0.5 + gain * (ink - 0.5), 0, 1) * (ink > 0)
    if own_pixels:
        return solid
    width = stroke_width(solid)
    wanted = np.clip(width, _THINNEST * scale, _WIDEST * scale)
    if wanted == width:
        return solid
    # A wider stroke makes the box larger too.
    ratio = wanted / side
    growth = (wanted - width) / (1 - ratio)
    return _grow(solid, growth / 2, wanted)


def sharpness(ink: FloatArray) -> float:
    """Measure by how much ink changes from pixel to pixel at its outline."""
    steps = outline_steps(ink)
    return float(np.percentile(steps[steps > _STEP], _SHARPEST))


def _grow(ink: FloatArray, distance: float, thinnest: float) -> FloatArray:
    """Move the outline outwards, or inwards as long as its broadest part stays this wide."""
    margin = int(np.ceil(max(distance, 0))) + 1
    ink = np.pad(ink, margin)
    inside = ink > 0.5
    outwards = ndimage.distance_transform_edt(~inside) - ndimage.distance_transform_edt(inside)
    # Both distances are to the centre of a pixel on the other side of the outline.
    outwards -= np.sign(outwards) * 0.5
    if distance < 0:
        distance = max(distance, thinnest / 2 + outwards.min())
    grown: FloatArray = np.clip(0.5 + distance - outwards, 0, 1).astype(np.float32)
    return grown
