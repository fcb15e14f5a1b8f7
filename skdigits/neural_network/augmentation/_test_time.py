"""Shifted and rotated copies of images, whose predictions are averaged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from scipy import ndimage, sparse, special

from ..._image import require_image_shape
from ..._typing import AnyArray, FloatArray

#: Images of more pixels are rotated one by one: a full matrix of weights would take over 67 MB.
MOST_PIXELS_OF_MATRIX = 64 * 64
#: Each step of the arithmetic on a block of this many values stays in the cache.
_BLOCK_VALUES = 1 << 16


def copies_at_test_time(x: AnyArray, *, shift: int, rotation: float) -> Iterator[AnyArray]:
    """Make the copies of images whose predictions are averaged.

    Parameters
    ----------
    x : ndarray, shape (n_samples, ...)
        Images, also flat ones; not modified.
    shift : int
        Pixels by which each is moved up, down, left and right; 0 for no shift.
    rotation : float
        Degrees by which each is turned to the left and to the right; 0 for no rotation.

    Yields
    ------
    copy : ndarray
        Of the shape of ``x``; the first is ``x`` itself. Each rotation is shifted too.

    Raises
    ------
    NetworkShapeError
        If a flat sample does not form a square image.
    """
    for degrees in (0.0, -rotation, rotation) if rotation else (0.0,):
        turned = turn(x, degrees) if degrees else x
        yield turned
        if shift:
            yield from shifted_copies(turned, shift)


def shifted_copies(x: AnyArray, pixels: int) -> Iterator[AnyArray]:
    """Move images, also flat ones, up, down, left and right by at least one pixel.

    Pixels that come in get the smallest value of their image.
    """
    images = _as_images(x, "test_time_shift")
    _, height, width, _ = images.shape
    background = _smallest(images)
    down, right = min(pixels, height), min(pixels, width)
    for rows, columns in ((-down, 0), (down, 0), (0, -right), (0, right)):
        moved = np.empty_like(images)
        moved[:] = background
        moved[:, _target(rows), _target(columns)] = images[:, _target(-rows), _target(-columns)]
        yield moved.reshape(x.shape)


def turn(x: AnyArray, degrees: float) -> FloatArray:
    """Turn images, also flat ones, about their middle, to the left if `degrees` is positive.

    Interpolated by cubic splines, within the range of each image. Pixels that come in get its
    smallest value.
    """
    images = _as_images(x, "test_time_rotation").astype(np.float32)
    background = _smallest(images)
    images -= background
    turned = _rotate(images, degrees)
    np.clip(turned, 0, images.max(axis=(1, 2, 3), keepdims=True), out=turned)
    turned += background
    return turned.reshape(x.shape)


def _rotate(images: FloatArray, degrees: float) -> FloatArray:
    """Rotate images as `scipy.ndimage.rotate` does, which weights the pixels anew for each."""
    _, height, width, channels = images.shape
    if height * width > MOST_PIXELS_OF_MATRIX:
        rotated: FloatArray = ndimage.rotate(images, degrees, axes=(2, 1), reshape=False)
        return rotated
    weights = _rotation_weights(height, width, degrees)
    rotated = np.empty_like(images)
    n_images = max(1, _BLOCK_VALUES // math.prod(images.shape[1:]))
    for start in range(0, len(images), n_images):
        block = images[start : start + n_images]
        for axis in (1, 2):
            block = ndimage.spline_filter1d(block, axis=axis, output=np.float32)
        pixels = block.transpose(1, 2, 0, 3).reshape(height * width, -1)
        # A sparse product adds in the same order for one image and for many.
        moved = (weights @ pixels).reshape(height, width, -1, channels)
        rotated[start : start + n_images] = moved.transpose(2, 0, 1, 3)
    return rotated


@lru_cache(maxsize=8)
def _rotation_weights(height: int, width: int, degrees: float) -> sparse.csr_array:
    """Find the weight that each coefficient of a cubic spline has for each rotated pixel."""
    cos, sin = special.cosdg(degrees), special.sindg(degrees)
    turn_back = np.array([[cos, sin], [-sin, cos]])
    middle = (np.array([height, width]) - 1) / 2
    origin = middle - turn_back @ middle
    row, column = np.indices((height, width)).reshape(2, -1)
    y = origin[0] + row * cos + column * sin
    x = origin[1] - row * sin + column * cos
    inside = (y >= 0) & (y <= height - 1) & (x >= 0) & (x <= width - 1)
    (near_y, weight_y), (near_x, weight_x) = _spline(y, height), _spline(x, width)
    near = near_y[:, :, np.newaxis] * width + near_x[:, np.newaxis]
    weight = (
        weight_y[:, :, np.newaxis] * weight_x[:, np.newaxis] * inside[:, np.newaxis, np.newaxis]
    )
    n_pixels = height * width
    places = np.repeat(np.arange(n_pixels), 16), near.ravel()
    weights = sparse.csr_array((weight.ravel(), places), shape=(n_pixels, n_pixels))
    weights.eliminate_zeros()
    return weights.astype(np.float32)


def _spline(places: FloatArray, side: int) -> tuple[AnyArray, FloatArray]:
    """Find the four coefficients around each place along an axis, mirrored, and their weights."""
    before = np.floor(places)
    near = np.abs(before.astype(np.intp)[:, np.newaxis] + np.arange(-1, 3))
    near %= max(2 * (side - 1), 1)
    right = places - before
    left = 1 - right
    weights = [
        left**3 / 6,
        (3 * right**2 * (right - 2) + 4) / 6,
        (3 * left**2 * (left - 2) + 4) / 6,
        right**3 / 6,
    ]
    return np.minimum(near, 2 * (side - 1) - near), np.stack(weights, axis=1)


def _as_images(x: AnyArray, parameter: str) -> AnyArray:
    """View samples as images."""
    return x.reshape(-1, *require_image_shape(x.shape[1:], parameter))


def _smallest(images: AnyArray) -> AnyArray:
    """Find the smallest value of each image."""
    smallest: AnyArray = images.min(axis=(1, 2, 3), keepdims=True)
    return smallest


def _target(move: int) -> slice:
    """Select the pixels that a shift along an axis moves others to."""
    return slice(move, None) if move >= 0 else slice(None, move)
