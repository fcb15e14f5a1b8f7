"""Shifted and rotated copies of images, whose predictions are averaged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from ..._image import require_image_shape
from ..._typing import AnyArray, FloatArray


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
    turned: AnyArray = ndimage.rotate(images, degrees, axes=(2, 1), reshape=False)
    largest = images.max(axis=(1, 2, 3), keepdims=True)
    return (np.clip(turned, 0, largest) + background).reshape(x.shape)


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
