"""Resampling as products of small matrices: exact areas downwards, straight lines upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray


def resampling_matrix(
    n_in: int, n_out: int, start: FloatArray | float = 0.0, stop: FloatArray | float | None = None
) -> FloatArray:
    """Make the matrix that resamples a stretch of a row of pixels.

    Parameters
    ----------
    n_in : int
        Number of pixels in the row.
    n_out : int
        Number of pixels of the result.
    start, stop : float or ndarray of shape (n,), default=0.0, None
        Where the stretch begins and ends, in pixels; pixel 0 covers 0 to 1. It may
        reach beyond the row, where there is nothing. None is the end of the row.

    Returns
    -------
    matrix : ndarray of shape (n_out, n_in) or (n, n_out, n_in)
        In float32. Where pixels become larger, the share of each new pixel that each
        old one covers; where they become smaller, linear interpolation.
    """
    start = np.asarray(start, np.float32)[..., np.newaxis, np.newaxis]
    stop = np.asarray(n_in if stop is None else stop, np.float32)[..., np.newaxis, np.newaxis]
    size = (stop - start) / n_out
    old = np.arange(n_in, dtype=np.float32)
    new = np.arange(n_out, dtype=np.float32)[:, np.newaxis]
    edge = start + new * size
    covered = np.minimum(old + 1, edge + size) - np.maximum(old, edge)
    matrix = np.maximum(covered, 0) / size
    if np.any(size < 1):
        centre = edge + size / 2 - np.float32(0.5)
        matrix = np.where(size < 1, _cubic(np.abs(centre - old)), matrix)
    return matrix


def _cubic(distance: FloatArray) -> FloatArray:
    """Weight pixels for cubic interpolation (Keys' kernel, as Pillow's BICUBIC)."""
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0)).astype(np.float32)


def enlarge(pictures: FloatArray, factor: int, shape: tuple[int, ...]) -> FloatArray:
    """Enlarge pictures smoothly; at its border each goes on as it ends.

    Parameters
    ----------
    pictures : ndarray of shape (n, small_height, small_width)
        Grey pictures, such as `shrink` makes by that factor.
    factor : int
        How many times larger a pixel becomes.
    shape : tuple of int
        Height and width of the result; a little more than the factor gives is allowed.

    Returns
    -------
    large : ndarray of shape (n, height, width)
        Linear interpolation between the centres of the old pixels.
    """
    if pictures.shape[1:] == shape:
        return pictures
    for axis, n in enumerate(shape, start=1):
        last = pictures.shape[axis] - 1
        place = np.clip((np.arange(n, dtype=np.float32) + 0.5) / factor - 0.5, 0, last)
        before = place.astype(np.intp)
        part = (place - before).reshape((-1, 1) if axis == 1 else (1, -1))
        low = pictures.take(before, axis)
        pictures = low + part * (pictures.take(np.minimum(before + 1, last), axis) - low)
    return pictures


def shrinking_factor(shape: tuple[int, ...], longest: int) -> int:
    """Find by how much a picture is shrunk to be looked at.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the picture, and perhaps its channels.
    longest : int
        The longest side of the copy that is wanted.

    Returns
    -------
    factor : int
        For `shrink`, at least 1. The copy is longer than `longest` where the picture is so
        thin that nothing would be left of its shorter side.
    """
    height, width = shape[:2]
    return min(-(-max(height, width) // longest), height, width)


def shrink(picture: AnyArray, factor: int) -> FloatArray:
    """Replace each block of `factor` times `factor` pixels by its mean.

    Parameters
    ----------
    picture : ndarray of shape (height, width, channels)
        Any real numbers. Rows and columns that fill no block are left out.
    factor : int
        Side of a block, from 1 to the shorter side of the picture.

    Returns
    -------
    small : ndarray of shape (height // factor, width // factor, channels)
        The means, in float32.
    """
    if factor == 1:
        return picture.astype(np.float32)
    height, width = (n // factor * factor for n in picture.shape[:2])
    # One slice after the other goes through memory in its order, unlike a sum over an inner axis.
    dtype = np.uint32 if picture.dtype.kind in "bu" and picture.dtype.itemsize < 3 else np.float64
    rows: AnyArray = picture[0:height:factor].astype(dtype)
    for offset in range(1, factor):
        rows += picture[offset:height:factor]
    blocks: AnyArray = rows[:, 0:width:factor].copy()
    for offset in range(1, factor):
        blocks += rows[:, offset:width:factor]
    return (blocks / factor**2).astype(np.float32)
