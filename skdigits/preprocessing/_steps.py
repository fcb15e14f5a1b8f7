"""The steps of MNISTNormalizer, from images as they come to images framed like MNIST's."""

from __future__ import annotations

import numpy as np
from sklearn.utils import gen_batches

from .._image import reduction_factor, shrink, to_grey
from .._ink import SOLID, edge_pixels, find_ink, is_ink_dark
from .._typing import AnyArray, FloatArray
from ._digit import find_digit, without_dirt
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
    height, width = images.shape[1:3]
    if max(height, width) > _SMALL_SIDE:
        for row, image in enumerate(images):
            framed[row] = _frame_inked(find_digit(image, invert)[np.newaxis])[0]
        return framed
    for block in gen_batches(len(images), max(_BLOCK_VALUES // (height * width), 1)):
        grey = to_grey(images[block])
        ink = find_ink(grey, is_ink_dark(grey, invert))
        for inked in np.flatnonzero((edge_pixels(ink) > SOLID).any(axis=1)):
            ink[inked] = without_dirt(ink[inked])[0]
        framed[block] = _frame_inked(ink)
    return framed


def _frame_inked(ink: FloatArray) -> AnyArray:
    """Frame the images of a stack that have enough ink, and leave the others blank."""
    framed = np.zeros((len(ink), SIDE, SIDE), np.uint8)
    least = _LEAST_INK if ink[0].size >= _LEAST_IMAGE else 1
    inked = np.count_nonzero(ink, axis=(1, 2)) >= least
    if inked.any():
        framed[inked] = frame(ink[inked])
    return framed


def trace_steps(image: AnyArray, invert: bool | str) -> dict[str, AnyArray]:
    """Take the steps of `normalize` one by one, as `MNISTNormalizer.trace` describes them."""
    factor = reduction_factor(image.shape, _LONGEST)
    grey = to_grey(shrink(image, factor)[np.newaxis] if factor > 1 else image[np.newaxis])
    ink = find_ink(grey, is_ink_dark(grey, invert))
    steps = {
        "picture": image[..., 0] if image.shape[2] == 1 else image,
        "grey": grey[0],
        "ink": ink[0],
    }
    if max(image.shape[:2]) > _SMALL_SIDE:
        steps["digit"] = find_digit(image, invert)
    return steps | {"framed": normalize(image[np.newaxis], invert)[0]}
