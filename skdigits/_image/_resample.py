"""Smaller, larger and blurred copies of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray, IntArray

#: So many lines of an image mostly show whether it was enlarged, and so many rows and columns
#: have to differ from the next.
_FEW_LINES, _LEAST_CHANGES = 16, 4
#: So many values are compared at a time: all of a large image could fill the memory.
_AT_ONCE = 1 << 20


def resampling_matrix(
    n_in: int, n_out: int, start: FloatArray | float = 0.0, stop: FloatArray | float | None = None
) -> FloatArray:
    """Make the matrix that resamples a part of a row of pixels.

    Parameters
    ----------
    n_in : int
        Number of pixels in the row.
    n_out : int
        Number of pixels of the result.
    start, stop : float or ndarray of shape (n,), default=0.0, None
        Where the part begins and ends, in pixels; pixel 0 covers 0 to 1. It may
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
    matrix: FloatArray = np.maximum(covered, 0) / size
    if np.any(size < 1):
        centre = edge + size / 2 - np.float32(0.5)
        matrix = np.where(size < 1, _cubic(np.abs(centre - old)), matrix)
    return matrix


def _cubic(distance: FloatArray) -> FloatArray:
    """Weight pixels for cubic interpolation (Keys' kernel, as Pillow's BICUBIC)."""
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0)).astype(np.float32)


def enlarge(images: FloatArray, factor: int, shape: tuple[int, ...]) -> FloatArray:
    """Enlarge images smoothly; beyond its border each continues as it ends.

    Parameters
    ----------
    images : ndarray of shape (n, small_height, small_width)
        Grey images, as `shrink` makes by that factor.
    factor : int
        How many times larger a pixel becomes.
    shape : tuple of int
        Height and width of the result; a little more than the factor gives is allowed.

    Returns
    -------
    large : ndarray of shape (n, height, width)
        Linear interpolation between the centres of the old pixels.
    """
    if images.shape[1:] == shape:
        return images
    for axis, n in enumerate(shape, start=1):
        last = images.shape[axis] - 1
        place = np.clip((np.arange(n, dtype=np.float32) + 0.5) / factor - 0.5, 0, last)
        before = place.astype(np.intp)
        part = (place - before).reshape((-1, 1) if axis == 1 else (1, -1))
        low = images.take(before, axis)
        images = low + part * (images.take(np.minimum(before + 1, last), axis) - low)
    return images


def reduction_factor(shape: tuple[int, ...], side: int, *, at_least: bool = False) -> int:
    """Find by how much to shrink an image, so that a copy has about a given size.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the image, and perhaps its channels.
    side : int
        Number of pixels along the longer side of the copy.
    at_least : bool, default=False
        Whether the copy has at least so many pixels, unless the image has fewer, or at
        most so many.

    Returns
    -------
    factor : int
        For `shrink`, at least 1 and at most the shorter side of the image: a very long
        and narrow one keeps a copy of more pixels, because nothing would be left of its
        shorter side.
    """
    height, width = shape[:2]
    longer = max(height, width)
    factor = max(longer // side, 1) if at_least else -(-longer // side)
    return min(factor, height, width)


def shrink(image: AnyArray, factor: int) -> FloatArray:
    """Replace each block of `factor` times `factor` pixels by its mean.

    Parameters
    ----------
    image : ndarray of shape (height, width[, channels])
        Any real numbers. Rows and columns that fill no block are left out.
    factor : int
        Side of a block, from 1 to the shorter side of the image.

    Returns
    -------
    small : ndarray of shape (height // factor, width // factor[, channels])
        The means, in float32.
    """
    if factor == 1:
        return image.astype(np.float32)
    height, width = (n // factor * factor for n in image.shape[:2])
    # One slice after the other goes through memory in its order, unlike a sum over an inner axis.
    dtype = np.uint32 if image.dtype.kind in "bu" and image.dtype.itemsize < 3 else np.float64
    rows: AnyArray = image[0:height:factor].astype(dtype)
    for offset in range(1, factor):
        rows += image[offset:height:factor]
    blocks: AnyArray = rows[:, 0:width:factor].copy()
    for offset in range(1, factor):
        blocks += rows[:, offset:width:factor]
    return (blocks / factor**2).astype(np.float32)


def pixel_sizes(images: AnyArray) -> IntArray:
    """Find by how much images were enlarged by repeating their rows and columns.

    Parameters
    ----------
    images : ndarray of shape (n, height, width, channels)
        Any real numbers.

    Returns
    -------
    sizes : ndarray of int of shape (n,)
        The shortest run of equal rows or columns between two changes; 1 also where there
        are too few changes to say. An uneven factor is rounded down.
    """
    sizes = np.ones(len(images), int)
    # In most images, a few of their lines show neighbours that differ twice in a row.
    maybe = np.flatnonzero(~_are_apart_by(_changes(images, _FEW_LINES), 1))
    if len(maybe) == 0:
        return sizes
    changes = _changes(images if len(maybe) == len(images) else images[maybe])
    enough = np.all([each.sum(axis=1) >= _LEAST_CHANGES for each in changes], axis=0)
    distance = 1
    while enough.any():
        enough &= ~_are_apart_by(changes, distance)
        distance += 1
        sizes[maybe[enough]] = distance
    return sizes


def _changes(images: AnyArray, n_lines: int | None = None) -> list[AnyArray]:
    """Say which rows, and which columns, differ from the next, perhaps only on a few lines."""
    steps = [1 if n_lines is None else max(n // n_lines, 1) for n in images.shape[1:3]]
    down, across = images[:, :, :: steps[1]], images[:, :: steps[0]]
    n, height, width = images.shape[:3]
    changed_down, changed_across = np.zeros((n, height - 1), bool), np.zeros((n, width - 1), bool)
    at_once = max(_AT_ONCE // down[:, 0].size, 1)
    for row in range(0, height - 1, at_once):
        part = down[:, row : row + at_once + 1]
        changed_down[:, row : row + at_once] = (part[:, 1:] != part[:, :-1]).any(axis=(2, 3))
    at_once = max(_AT_ONCE // across[:, 0].size, 1)
    for row in range(0, across.shape[1], at_once):
        part = across[:, row : row + at_once]
        changed_across |= (part[:, :, 1:] != part[:, :, :-1]).any(axis=(1, 3))
    return [changed_down, changed_across]


def _are_apart_by(changes: list[AnyArray], distance: int) -> AnyArray:
    """Say of each image whether two changes are exactly this far from each other."""
    near: AnyArray = np.any(
        [(each[:, distance:] & each[:, :-distance]).any(axis=1) for each in changes], axis=0
    )
    return near


def shrink_each(images: AnyArray, factor: int) -> FloatArray:
    """Shrink grey images of shape (n, height, width), each as `shrink` does."""
    return np.moveaxis(shrink(np.moveaxis(images, 0, -1), factor), -1, 0)


def blur_each(images: FloatArray, sigma: float) -> FloatArray:
    """Blur each image of shape (n, height, width), by a Gaussian of a standard deviation."""
    blurred: FloatArray = ndimage.gaussian_filter(images, (0, sigma, sigma))
    return blurred
