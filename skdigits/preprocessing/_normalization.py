"""From pictures as they come to pictures framed as MNIST's."""

from __future__ import annotations

import numpy as np
from sklearn.utils import gen_batches

from .._ink import find_ink, is_ink_dark, to_grey
from .._typing import AnyArray, FloatArray
from ._framing import SIDE, frame
from ._isolation import find_digit

#: Pictures up to this side are framed as they are, many at a time.
SMALL_SIDE = 30
#: Every step of the arithmetic on a block of this many values stays in the cache.
_BLOCK_VALUES = 1 << 18
#: Fewer pixels of ink than this, in a picture of at least so many, are no digit.
_LEAST_INK, _LEAST_PICTURE = 8, 100


def normalize(pictures: AnyArray, invert: bool | str) -> AnyArray:
    """Frame pictures of one size as MNIST's are.

    Parameters
    ----------
    pictures : ndarray of shape (n, height, width, channels)
        Pictures of one digit each.
    invert : {"auto", True, False}
        Whether the ink is darker than the ground; "auto" finds out.

    Returns
    -------
    framed : ndarray of shape (n, 28, 28)
        Pictures from 0 to 255, of dtype uint8; all 0 where no ink was found.
    """
    framed = np.zeros((len(pictures), SIDE, SIDE), np.uint8)
    height, width = pictures.shape[1:3]
    if max(height, width) > SMALL_SIDE:
        for row, picture in enumerate(pictures):
            framed[row] = _frame_inked(find_digit(picture, invert)[np.newaxis])[0]
        return framed
    for block in gen_batches(len(pictures), max(_BLOCK_VALUES // (height * width), 1)):
        grey = to_grey(pictures[block])
        framed[block] = _frame_inked(find_ink(grey, is_ink_dark(grey, invert)))
    return framed


def _frame_inked(ink: FloatArray) -> AnyArray:
    """Frame those pictures of a stack that have enough ink, and leave the others blank."""
    framed = np.zeros((len(ink), SIDE, SIDE), np.uint8)
    least = _LEAST_INK if ink[0].size >= _LEAST_PICTURE else 1
    inked = np.count_nonzero(ink, axis=(1, 2)) >= least
    if inked.any():
        framed[inked] = frame(ink[inked])
    return framed
