"""Pictures of different sizes, checked, and put into stacks of one size each."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_array

from .._image import put_channels_last
from .._typing import AnyArray, ArrayLike

#: Unsigned integers are on the scale of their type, and stay; all else becomes float32.
DTYPES = [np.float32, np.uint8, np.uint16]
_SHAPES = "(height, width) or (height, width, channels) with 1 to 4 channels"
#: An array of three axes whose last is this short is one colour picture by mistake.
_COLOURS = (3, 4)
#: Of more pixels on one side than this, that side may be at most so many times the other.
_LONG, _LONGEST_FORM = 1000, 50


class Stack(NamedTuple):
    """Pictures of one size and type.

    Parameters
    ----------
    rows : ndarray of shape (n,)
        Which samples they are.
    pictures : ndarray of shape (n, height, width, channels)
        The pictures.
    """

    rows: AnyArray
    pictures: AnyArray


def is_flat(X: ArrayLike) -> bool:
    """Tell rows of pixels, and what is no picture at all, from pictures.

    Parameters
    ----------
    X : array-like
        What a user has given for pictures.

    Returns
    -------
    flat : bool
        True unless it is an array of three or more axes, or a sequence whose first
        item has two or more: a list may hold pictures of different sizes.
    """
    if _is_list(X):
        return len(X) > 0 and _count_axes(X[0]) < 2
    return len(X.shape if hasattr(X, "shape") else np.asarray(X).shape) < 3


def _is_list(X: Any) -> bool:
    """Say whether pictures come one by one: in a list, or in an array of objects."""
    return isinstance(X, Sequence) or (isinstance(X, np.ndarray) and X.dtype.kind == "O")


def _count_axes(values: Any) -> int:
    """Count axes by first items, for lists may be ragged."""
    if isinstance(values, Sequence) and not isinstance(values, str):
        return 1 + (_count_axes(values[0]) if len(values) else 0)
    return np.ndim(values)


def square_pictures(rows: AnyArray) -> AnyArray:
    """Give rows of pixels the shape of pictures.

    Parameters
    ----------
    rows : ndarray of shape (n, n_pixels)
        Flat grey pictures.

    Returns
    -------
    pictures : ndarray of shape (n, side, side, 1) or (n, 1, n_pixels, 1)
        A view. Where the number of pixels is no square number, pictures of one row,
        with a warning.

    Warns
    -----
    UserWarning
        If the number of pixels is no square number.
    """
    n, n_pixels = rows.shape
    side = math.isqrt(n_pixels)
    if side * side == n_pixels:
        return rows.reshape(n, side, side, 1)
    warnings.warn(
        f"{n_pixels} features are no square picture, so each sample is taken as one row of "
        f"{n_pixels} pixels. Pass pictures of their own height and width: "
        "X.reshape(-1, height, width), or X[None] for a single picture.",
        UserWarning,
        stacklevel=3,
    )
    return rows.reshape(n, 1, n_pixels, 1)


def stack_pictures(X: ArrayLike, estimator: Any) -> list[Stack]:
    """Check pictures and stack those of one size and type.

    Parameters
    ----------
    X : array-like of shape (n, height, width[, channels]) or sequence of array-likes
        Pictures, each of shape (height, width) or (height, width, channels).
    estimator : estimator
        Named by the messages.

    Returns
    -------
    stacks : list of Stack
        Every picture in one of them.

    Raises
    ------
    ValueError
        If there is no picture, or if one has another number of axes or channels, no
        pixels, or values that are missing, infinite or no real numbers.
    """
    if not _is_list(X):
        pictures = np.asarray(X)
        _refuse_one_colour_picture(pictures.shape)
        if pictures.ndim == 4:
            pictures = put_channels_last(pictures)
        return [_check_stack(np.arange(len(pictures)), pictures, estimator)]
    if len(X) == 0:
        raise ValueError(
            "Found a list of 0 sample(s) while a minimum of 1 is required by "
            f"{type(estimator).__name__}. Pass a list of pictures."
        )
    groups: dict[Any, list[int]] = defaultdict(list)
    arrays = [_to_array(picture, row) for row, picture in enumerate(X)]
    for row, picture in enumerate(arrays):
        groups[picture.shape, picture.dtype].append(row)
    return [
        _check_stack(np.array(rows), np.stack([arrays[row] for row in rows]), estimator)
        for rows in groups.values()
    ]


def _to_array(picture: ArrayLike, row: int) -> AnyArray:
    """Make an array of one picture, with an error that says which one is none."""
    try:
        array = np.asarray(picture)
    except ValueError as error:
        raise ValueError(
            f"Expected pictures of shape {_SHAPES}, got rows of different lengths in picture "
            f"{row}. Make all rows of a picture equally long."
        ) from error
    return put_channels_last(array[np.newaxis])[0] if array.ndim == 3 else array


def _refuse_one_colour_picture(shape: tuple[int, ...]) -> None:
    """Refuse a colour picture that would be taken for many very narrow ones."""
    if len(shape) == 3 and shape[2] in _COLOURS and min(shape[:2]) > _COLOURS[-1]:
        raise ValueError(
            "Expected pictures of shape (n_samples, height, width), got what looks like one "
            f"colour picture, of shape {shape}. Pass it in a list: [X]."
        )


def _check_stack(rows: AnyArray, pictures: AnyArray, estimator: Any) -> Stack:
    """Check shape and values of pictures of one size."""
    shape = pictures.shape[1:]
    if len(shape) not in (2, 3) or (len(shape) == 3 and not 1 <= shape[2] <= 4):
        raise ValueError(
            f"Expected pictures of shape {_SHAPES}, got shape {shape} for picture {rows[0]}. "
            "Reshape it, or pass a list of pictures."
        )
    if math.prod(shape) == 0 and len(rows):
        raise ValueError(
            f"Expected pictures with pixels, got picture {rows[0]} of shape {shape}. Leave it out."
        )
    if _is_strip(*shape[:2]):
        raise ValueError(
            f"Expected pictures of a digit, got picture {rows[0]} of {shape[0]} x {shape[1]} "
            f"pixels: one side is more than {_LONGEST_FORM} times the other. Cut out the digit."
        )
    flat = _check_values(rows, pictures.reshape(len(rows), math.prod(shape)), estimator)
    return Stack(rows, flat.reshape(len(rows), *shape, *([1] if len(shape) == 2 else [])))


def _is_strip(height: int, width: int) -> bool:
    """Say whether a picture is so long that squares of its side would fill the memory."""
    longer, shorter = max(height, width), min(height, width)
    return longer > _LONG and longer > _LONGEST_FORM * shorter


def _check_values(rows: AnyArray, flat: AnyArray, estimator: Any) -> AnyArray:
    """Check values as scikit-learn does, and say which picture is wrong."""
    options = {"dtype": DTYPES, "estimator": estimator, "input_name": "X"}
    try:
        return check_array(flat, **options)
    except ValueError:
        for row, picture in zip(rows, flat, strict=True):
            try:
                check_array(picture.reshape(1, -1), **options)
            except ValueError as error:
                raise ValueError(f"In picture {row}: {error}") from error
        raise
