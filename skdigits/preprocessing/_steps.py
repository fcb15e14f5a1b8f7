"""The steps of MNISTNormalizer, from images as they come to images framed like MNIST's."""

from __future__ import annotations

import numpy as np
from sklearn.utils import gen_batches

from .._image import pixel_sizes, reduction_factor, shrink_each, to_grey
from .._ink import SOLID, find_ink, is_ink_dark
from .._typing import AnyArray, FloatArray
from ._digit import find_digit, without_borders
from ._framing import SIDE, frame

#: Images up to this side are framed as they are, many at a time.
_SMALL_SIDE = 30
#: Of larger ones, `trace_steps` shows the grey values and ink of a copy of at most this side.
_LONGEST = 256
#: Every step of the arithmetic on a block of this many values stays in the cache.
_BLOCK_VALUES = 1 << 18
#: Fewer pixels of ink than this, in an image of at least so many, are not a digit.
_LEAST_INK, _LEAST_IMAGE = 8, 100


def normalize(images: AnyArray, invert: bool | str) -> AnyArray:
    """Frame images of one size like MNIST's.

    Parameters
    ----------
    images : ndarray of shape (n, height, width, channels)
        Images of one digit each.
    invert : {"auto", True, False}
        Whether the ink is darker than the background; "auto" detects it.

    Returns
    -------
    framed : ndarray of shape (n, 28, 28)
        Images from 0 to 255, of dtype uint8; all 0 if no ink is found.
    """
    framed = np.zeros((len(images), SIDE, SIDE), np.uint8)
    sizes = pixel_sizes(images)
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes == size)
        # A copy of large images could fill the memory.
        same = images if len(rows) == len(images) else images[rows]
        framed[rows] = _normalize(_original_pixels(same, size), invert)
    return framed


def _original_pixels(images: AnyArray, size: int) -> AnyArray:
    """Undo that images were enlarged by repeating their rows and columns."""
    if size == 1:
        return images
    small = shrink_each(images, size)
    return np.rint(small).astype(images.dtype) if images.dtype.kind == "u" else small


def _normalize(images: AnyArray, invert: bool | str) -> AnyArray:
    """Frame images that have their own pixels."""
    height, width = images.shape[1:3]
    if max(height, width) > _SMALL_SIDE:
        digits = [find_digit(image, invert)[np.newaxis] for image in images]
        return np.concatenate([_frame_inked(digit) for digit in digits])
    framed = np.zeros((len(images), SIDE, SIDE), np.uint8)
    for block in gen_batches(len(images), max(_BLOCK_VALUES // (height * width), 1)):
        grey = to_grey(images[block])
        ink = find_ink(grey, is_ink_dark(grey, invert))
        framed[block] = _frame_inked(without_borders(ink))
    return framed


def _frame_inked(ink: FloatArray) -> AnyArray:
    """Frame the images of a stack that have enough ink, and leave the others blank."""
    framed = np.zeros((len(ink), SIDE, SIDE), np.uint8)
    least = _LEAST_INK if ink[0].size >= _LEAST_IMAGE else 1
    inked = (np.count_nonzero(ink, axis=(1, 2)) >= least) & (ink > SOLID).any(axis=(1, 2))
    if inked.any():
        framed[inked] = frame(ink[inked])
    return framed


def trace_steps(image: AnyArray, invert: bool | str) -> dict[str, AnyArray]:
    """Take the steps of `normalize` one by one, as `MNISTNormalizer.trace` describes them."""
    original = image[np.newaxis]
    original = _original_pixels(original, pixel_sizes(original)[0])
    factor = reduction_factor(original.shape[1:], _LONGEST)
    grey = to_grey(shrink_each(original, factor) if factor > 1 else original)
    ink = find_ink(grey, is_ink_dark(grey, invert))
    steps = {
        "picture": image[..., 0] if image.shape[2] == 1 else image,
        "grey": grey[0],
        "ink": ink[0],
    }
    if max(original.shape[1:3]) > _SMALL_SIDE:
        steps["digit"] = find_digit(original[0], invert)
    return steps | {"framed": normalize(image[np.newaxis], invert)[0]}
