"""Images of different sizes, checked and put into stacks of one size each."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_array

from .._image import IMAGE_DTYPES, is_list, put_channels_last
from .._typing import AnyArray, ArrayLike

_SHAPES = "(height, width) or (height, width, channels) with 1 to 4 channels"
#: An array of three axes whose last has this length is a single colour image by mistake.
_COLOURS = (3, 4)
#: A side of more pixels than this may be at most so many times as long as the other side.
_LONG, _LONGEST_FORM = 1000, 50


class Stack(NamedTuple):
    """Images of one size and type.

    Parameters
    ----------
    rows : ndarray of shape (n,)
        Which samples they are.
    images : ndarray of shape (n, height, width, channels)
        The images.
    """

    rows: AnyArray
    images: AnyArray


def is_flat(X: ArrayLike) -> bool:
    """Tell flat images, and what is not an image at all, from other images.

    Parameters
    ----------
    X : array-like
        What a user has passed for images.

    Returns
    -------
    flat : bool
        True unless it is an array of three or more axes, or a sequence whose first
        item has two or more: a list may hold images of different sizes.
    """
    if is_list(X):
        return len(X) > 0 and _count_axes(X[0]) < 2
    return len(X.shape if hasattr(X, "shape") else np.asarray(X).shape) < 3


def _count_axes(values: Any) -> int:
    """Count axes by first items, because lists may be ragged."""
    if isinstance(values, Sequence) and not isinstance(values, str):
        return 1 + (_count_axes(values[0]) if len(values) else 0)
    return np.ndim(values)


def stack_images(X: ArrayLike, estimator: Any) -> list[Stack]:
    """Check images and stack those of one size and type.

    Parameters
    ----------
    X : array-like of shape (n, height, width[, channels]) or sequence of array-likes
        Images, each of shape (height, width) or (height, width, channels).
    estimator : estimator
        Whose name the errors give.

    Returns
    -------
    stacks : list of Stack
        Every image in one of them.

    Raises
    ------
    ValueError
        If there is no image, or if one has another number of axes or channels, no
        pixels, or values that are missing, infinite or not real numbers.
    """
    if not is_list(X):
        images = np.asarray(X)
        _refuse_one_colour_image(images.shape)
        if images.ndim == 4:
            images = put_channels_last(images)
        return [_check_stack(np.arange(len(images)), images, estimator)]
    if len(X) == 0:
        raise ValueError(
            "Found a list of 0 sample(s) while a minimum of 1 is required by "
            f"{type(estimator).__name__}. Pass a list of images."
        )
    groups: dict[Any, list[int]] = defaultdict(list)
    arrays = [_to_array(image, row) for row, image in enumerate(X)]
    for row, image in enumerate(arrays):
        groups[image.shape, image.dtype].append(row)
    return [
        _check_stack(np.array(rows), np.stack([arrays[row] for row in rows]), estimator)
        for rows in groups.values()
    ]


def _to_array(image: ArrayLike, row: int) -> AnyArray:
    """Make an array of one image, with an error that says which one is invalid."""
    try:
        array = np.asarray(image)
    except ValueError as error:
        raise ValueError(
            f"Expected images of shape {_SHAPES}, got rows of different lengths in image "
            f"{row}. Make all rows of an image equally long."
        ) from error
    return put_channels_last(array[np.newaxis])[0] if array.ndim == 3 else array


def _refuse_one_colour_image(shape: tuple[int, ...]) -> None:
    """Refuse a single colour image that would be treated as many very narrow ones."""
    if len(shape) == 3 and shape[2] in _COLOURS and min(shape[:2]) > _COLOURS[-1]:
        raise ValueError(
            "Expected images of shape (n_samples, height, width), got what looks like one "
            f"colour image, of shape {shape}. Pass it in a list: [X]."
        )


def _check_stack(rows: AnyArray, images: AnyArray, estimator: Any) -> Stack:
    """Check shape and values of images of one size."""
    shape = images.shape[1:]
    if len(shape) not in (2, 3) or (len(shape) == 3 and not 1 <= shape[2] <= 4):
        raise ValueError(
            f"Expected images of shape {_SHAPES}, got shape {shape} for image {rows[0]}. "
            "Reshape it, or pass a list of images."
        )
    if math.prod(shape) == 0 and len(rows):
        raise ValueError(
            f"Expected images with pixels, got image {rows[0]} of shape {shape}. Remove it."
        )
    if _is_strip(*shape[:2]):
        raise ValueError(
            f"Expected images of a digit, got image {rows[0]} of {shape[0]} x {shape[1]} pixels: "
            f"one side is more than {_LONGEST_FORM} times as long as the other. Cut out the digit."
        )
    flat = _check_values(rows, images.reshape(len(rows), math.prod(shape)), estimator)
    return Stack(rows, flat.reshape(len(rows), *shape, *([1] if len(shape) == 2 else [])))


def _is_strip(height: int, width: int) -> bool:
    """Say whether an image is so long that squares of its longer side would fill the memory."""
    longer, shorter = max(height, width), min(height, width)
    return longer > _LONG and longer > _LONGEST_FORM * shorter


def _check_values(rows: AnyArray, flat: AnyArray, estimator: Any) -> AnyArray:
    """Check values as scikit-learn does, and say which image is wrong."""
    options = {"dtype": list(IMAGE_DTYPES), "estimator": estimator, "input_name": "X"}
    try:
        checked: AnyArray = check_array(flat, **options)
    except ValueError:
        for row, image in zip(rows, flat, strict=True):
            try:
                check_array(image.reshape(1, -1), **options)
            except ValueError as error:
                raise ValueError(f"In image {row}: {error}") from error
        raise
    return checked
