"""Height, width and channels of an image, also of one that is passed as a flat sample."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np

from .._plurals import counted
from .._warnings import warn_user
from ..exceptions import NetworkShapeError

Shape: TypeAlias = tuple[int, ...]
ImageShape: TypeAlias = tuple[int, int, int]


def find_image_shape(sample_shape: Shape) -> ImageShape | None:
    """Find the image that a sample is.

    Parameters
    ----------
    sample_shape : tuple of int
        Shape of one sample: (height, width[, channels]), or flat for a square image.

    Returns
    -------
    image_shape : tuple of int or None
        ``(height, width, channels)``, with one channel unless the sample has an axis for
        channels. None for a flat sample that does not form a square.
    """
    if len(sample_shape) > 1:
        return _with_channels(sample_shape)
    side = math.isqrt(sample_shape[0])
    return (side, side, 1) if side * side == sample_shape[0] else None


def require_image_shape(sample_shape: Shape, parameter: str) -> ImageShape:
    """Find the image that a sample is, for a parameter that needs one.

    Parameters
    ----------
    sample_shape : tuple of int
        Shape of one sample: (height, width[, channels]), or flat for a square image.
    parameter : str
        What needs images, for the error.

    Returns
    -------
    image_shape : tuple of int
        ``(height, width, channels)``.

    Raises
    ------
    NetworkShapeError
        If a flat sample does not form a square image.
    """
    shape = find_image_shape(sample_shape)
    if shape is None:
        raise NetworkShapeError(
            f"{parameter} needs images, but {sample_shape[0]} features do not form a square "
            f"image. Pass samples of shape (height, width), or leave {parameter} out."
        )
    return shape


def check_image_shape(image_shape: Any) -> None:
    """Refuse anything but None, (height, width) and (height, width, channels)."""
    if image_shape is None:
        return
    sides = tuple(image_shape) if np.iterable(image_shape) else ()
    whole = all(isinstance(side, Integral) and int(side) >= 1 for side in sides)
    if len(sides) not in (2, 3) or not whole:
        raise ValueError(
            "image_shape must be None, (height, width) or (height, width, channels), such as "
            f"(28, 28), got {image_shape!r}."
        )


def choose_image_shape(
    image_shape: Any,
    sample_shape: Shape,
    advice: str = "Pass image_shape=(height, width) if they are images of another shape.",
) -> ImageShape:
    """Find the image that a sample is: as a parameter says, by its own axes, or as a square.

    Parameters
    ----------
    image_shape : sequence of int or None
        The parameter.
    sample_shape : tuple of int
        Shape of one sample.
    advice : str
        What to do about flat samples that do not form a square image, for the warning.

    Returns
    -------
    image_shape : tuple of int
        ``(height, width, channels)``.

    Raises
    ------
    ValueError
        If ``image_shape`` is not the shape of an image, or has another number of values
        than a sample.

    Warns
    -----
    UserWarning
        If flat samples do not form a square image, and are treated as one row of pixels.
    """
    check_image_shape(image_shape)
    n_features = math.prod(sample_shape)
    if image_shape is not None:
        shape = tuple(int(n) for n in image_shape)
        check_n_values("image_shape", shape, sample_shape)
        return _with_channels(shape)
    found = find_image_shape(sample_shape)
    if found is None:
        warn_user(
            f"{n_features} features do not form a square image, so each sample is treated as one "
            f"row of {n_features} pixels. {advice}"
        )
    return found or (1, n_features, 1)


def check_n_values(parameter: str, shape: Shape, sample_shape: Shape) -> None:
    """Refuse the shape in a parameter if it holds another number of values than a sample."""
    n_features = math.prod(sample_shape)
    if math.prod(shape) != n_features:
        raise ValueError(
            f"{parameter}={shape} holds {counted(math.prod(shape), 'value')}, but samples of "
            f"shape {sample_shape} have {n_features}. Pass a shape whose product is {n_features}."
        )


def check_same_image_shape(image_shape: Shape, *known: Shape) -> None:
    """Refuse images of another shape than the first known shape that is an image's.

    An axis for a single channel makes no difference. `image_shape` is ``()`` for flat samples,
    which pass.
    """
    expected = next((each for each in known if len(each) > 1), ())
    if image_shape and expected and _name_channel(image_shape) != _name_channel(expected):
        raise ValueError(
            f"Expected images of shape {expected}, got images of shape {image_shape}. Pass "
            f"images of that shape or flat samples of {counted(math.prod(expected), 'value')}, or "
            "fit again."
        )


def _with_channels(shape: Shape) -> ImageShape:
    """Complete the shape of an image by its single channel where it names none."""
    height, width, channels = (*shape, 1)[:3]
    return height, width, channels


def _name_channel(shape: Shape) -> Shape:
    """Complete a shape only where it is (height, width)."""
    return (*shape, 1) if len(shape) == 2 else shape
