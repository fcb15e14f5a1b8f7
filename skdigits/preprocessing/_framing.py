"""MNIST's frame: the ink in 20 x 20 pixels, its centre of mass in the middle of 28 x 28."""

from __future__ import annotations

import numpy as np

from .._image import resampling_matrix
from .._typing import AnyArray, FloatArray, IntArray

#: Side of the finished image, and of the square into which the ink is fitted.
SIDE, INNER = 28, 20
#: Smaller ink is not enlarged to fill the square, unless the whole image is smaller.
_LEAST_INK = 10


def ink_boxes(ink: FloatArray) -> IntArray:
    """Find the tight box of the ink of each image.

    Parameters
    ----------
    ink : ndarray of shape (n, height, width)
        Ink on a background of 0, at least one pixel of it in each image.

    Returns
    -------
    boxes : ndarray of shape (n, 4)
        Top, left, bottom and right; the latter two are just outside.
    """
    rows, columns = np.any(ink > 0, axis=2), np.any(ink > 0, axis=1)
    height, width = ink.shape[1:]
    return np.stack(
        [
            rows.argmax(axis=1),
            columns.argmax(axis=1),
            height - rows[:, ::-1].argmax(axis=1),
            width - columns[:, ::-1].argmax(axis=1),
        ],
        axis=1,
    )


def frame(ink: FloatArray) -> AnyArray:
    """Frame ink like MNIST.

    Parameters
    ----------
    ink : ndarray of shape (n, height, width)
        Ink on a background of 0, at least one pixel of it in each image.

    Returns
    -------
    framed : ndarray of shape (n, 28, 28)
        Images from 0 to 255, of dtype uint8.

    Notes
    -----
    The steps are those by which C. Yadav and L. Bottou reconstructed MNIST ("Cold case:
    the lost MNIST digits", arXiv 1905.10498): the tight box is grown to a square of a
    side of at least 10 pixels with the ink in its middle, resampled by area to 20 x 20,
    made so bright that its maximum is 255, and moved by whole pixels.
    """
    top, left, bottom, right = ink_boxes(ink).T
    height, width = ink.shape[1:]
    least = min(_LEAST_INK, max(height, width))
    side = np.maximum(np.maximum(bottom - top, right - left), least)
    # Whole pixels, so that ink with a side of 20 is copied exactly.
    first_row = top - (side - (bottom - top)) // 2
    first_column = left - (side - (right - left)) // 2
    # Enlarged ink fades out beyond its box, over half a pixel at most.
    fade = np.maximum(1 - side / INNER, 0) / 2
    rows = resampling_matrix(height, INNER, first_row - fade, first_row + side + fade)
    columns = resampling_matrix(width, INNER, first_column - fade, first_column + side + fade)
    # Cubic interpolation overshoots a little.
    inner = np.clip(rows @ ink @ columns.swapaxes(1, 2), 0, 1)
    inner *= 255 / inner.max(axis=(1, 2), keepdims=True)
    return _place(np.rint(inner).astype(np.uint8))


def _place(inner: AnyArray) -> AnyArray:
    """Move squares by whole pixels so that their centres of mass come to the middle."""
    n, height, width = inner.shape
    mass = inner.astype(np.float32)
    total = mass.sum(axis=(1, 2))
    boxes = ink_boxes(inner)
    canvas = np.zeros((n, SIDE + 2 * INNER, SIDE + 2 * INNER), np.uint8)
    places = []
    for axis, length in enumerate((height, width)):
        centre = mass.sum(axis=2 - axis) @ np.arange(length, dtype=np.float32) / total
        shift = np.rint(SIDE / 2 - centre).astype(int)
        # Otherwise ink far to one side would be cut off.
        shift = np.clip(shift, -boxes[:, axis], SIDE - boxes[:, axis + 2])
        places.append(INNER + shift[:, np.newaxis] + np.arange(length))
    rows, columns = places
    canvas[
        np.arange(n)[:, np.newaxis, np.newaxis], rows[:, :, np.newaxis], columns[:, np.newaxis]
    ] = inner
    return np.ascontiguousarray(canvas[:, INNER:-INNER, INNER:-INNER])
