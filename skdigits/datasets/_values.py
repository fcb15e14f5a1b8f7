"""Pixels and labels of any type as the two types that `load_images` returns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from skdigits._image import put_channels_last, resampling_matrix
from skdigits._plurals import counted
from skdigits._typing import AnyArray, ArrayLike
from skdigits.exceptions import DatasetFormatError

#: Highest value of a byte.
WHITE = 255
#: Highest values of a pixel: of black and white images, of scikit-learn's digits, and of a byte.
_HIGHEST = (1, 16, WHITE)
#: Every step works on a block of about this many values, because all of them could fill the
#: memory.
_BLOCK_VALUES = 1 << 20
#: So many wrong labels, files or columns are named in an error.
MOST_NAMED = 5


def rows_at_a_time(n_values: int) -> int:
    """Find how many images of so many values are in a block."""
    return max(_BLOCK_VALUES // max(n_values, 1), 1)


def to_bytes(values: AnyArray, name: str) -> AnyArray:
    """Convert pixels to uint8, or say why they cannot be.

    Parameters
    ----------
    values : ndarray of shape (n_samples, ...)
        Pixels of any type: whole numbers from 0 to 255, or fractions from 0 to 1.
    name : str
        Where they are from, for the errors.

    Returns
    -------
    pixels : ndarray of uint8
        `values` itself if they are uint8. Fractions are multiplied by 255 and rounded.

    Raises
    ------
    DatasetFormatError
        If they are neither.
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind not in "biuf":
        raise DatasetFormatError(
            f"{name}: expected numbers as pixels, found values of type {values.dtype}. Save the "
            "images as numbers from 0 to 255"
        )
    pixels = np.empty(values.shape, np.uint8)
    writer = PixelWriter(pixels, name, fractions=values.dtype.kind == "f" and _is_share(values))
    step = rows_at_a_time(math.prod(values.shape[1:]))
    for start in range(0, len(values), step):
        writer.write(values[start : start + step])
    return pixels


def _is_share(values: AnyArray) -> bool:
    """Say whether no number is above 1."""
    return bool(values.size == 0 or values.max() <= 1)


class PixelWriter:
    """Writes blocks of numbers into an array of bytes.

    Parameters
    ----------
    pixels : ndarray of uint8
        The array; it is filled from its start.
    name : str
        Where the numbers are from, for the errors.
    fractions : bool, default=False
        Whether they are fractions of 255. If False, they are from the first block on with a
        number that is not whole.
    """

    def __init__(self, pixels: AnyArray, name: str, *, fractions: bool = False) -> None:
        self._pixels, self._name, self._fractions = pixels, name, fractions
        self.n_written = 0

    def write(self, block: AnyArray) -> None:
        """Convert a block and write it after the earlier ones.

        Raises
        ------
        DatasetFormatError
            If a number is missing or outside the range of pixels.
        """
        low, high = (block.min(), block.max()) if block.size else (0, 0)
        if not math.isfinite(low) or not math.isfinite(high):
            row = int(np.flatnonzero(~np.isfinite(block).reshape(len(block), -1).all(axis=1))[0])
            raise DatasetFormatError(
                f"{self._name}: expected a number for each pixel, found a missing or infinite "
                f"value in image {self.n_written + row + 1}. Correct or remove this image"
            )
        if block.dtype.kind == "f" and not self._fractions:
            self._find_fractions(block)
        if low < 0 or high > (1 if self._fractions else WHITE):
            raise self._refuse(low, high)
        if self._fractions:
            block = np.rint(block * np.float32(WHITE))
        self._pixels[self.n_written : self.n_written + len(block)] = block
        self.n_written += len(block)

    def _find_fractions(self, block: AnyArray) -> None:
        """Notice numbers that are not whole: then all numbers are from 0 to 1."""
        if np.array_equal(block, np.rint(block)):
            return
        written = self._pixels[: self.n_written]
        if written.size and written.max() > 1:
            raise self._refuse(block.min(), written.max())
        self._fractions = True
        written *= WHITE

    def _refuse(self, low: float, high: float) -> DatasetFormatError:
        """Make the error about numbers in another range."""
        return DatasetFormatError(
            f"{self._name}: expected pixels that are whole numbers from 0 to {WHITE}, or "
            f"fractions from 0 to 1, found numbers from {low:g} to {high:g}. Scale them to one of "
            "these ranges first"
        )


def find_data_range(pixels: AnyArray) -> tuple[int, int]:
    """Find the smallest of the ranges [0, 1], [0, 16] and [0, 255] that contains all pixels."""
    highest = int(pixels.max()) if pixels.size else 0
    return 0, next(each for each in _HIGHEST if highest <= each) if highest else WHITE


def to_labels(values: ArrayLike, name: str) -> AnyArray:
    """Convert labels to int64 if all of them are whole numbers, and to str otherwise.

    Parameters
    ----------
    values : array-like of shape (n_samples,) or (n_samples, 1)
        Numbers, or texts such as the names of folders.
    name : str
        Where they are from, for the errors.

    Returns
    -------
    labels : ndarray of shape (n_samples,)
        Of type int64 or str.

    Raises
    ------
    DatasetFormatError
        If they are not one label for each image.
    """
    labels = np.asarray(values)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DatasetFormatError(
            f"{name}: expected one label for each image, found labels of shape {labels.shape}. "
            "If they are one-hot encoded, save y.argmax(axis=1) instead"
        )
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    if labels.dtype.kind in "UO":
        return _number_texts(labels.astype(str))
    if labels.dtype.kind not in "biuf":
        raise DatasetFormatError(
            f"{name}: expected labels that are whole numbers or texts, found values of type "
            f"{labels.dtype}. Save them with y.astype(str)"
        )
    with np.errstate(invalid="ignore"):  # of numbers that no integer can hold
        whole = labels.astype(np.int64)
    if not np.array_equal(whole, labels):
        raise DatasetFormatError(
            f"{name}: expected labels that are whole numbers or texts, found other numbers, such "
            f"as {labels[whole != labels][0]:g}. Check which values are the labels"
        )
    return whole


def _number_texts(texts: AnyArray) -> AnyArray:
    """Read texts as whole numbers if all are, and remain different."""
    distinct = np.unique(texts)
    if not all(re.fullmatch(r"[+-]?[0-9]{1,18}", text) for text in distinct):
        return texts
    if len({int(text) for text in distinct}) < len(distinct):
        return texts
    return texts.astype(np.int64)


def as_images(
    pixels: AnyArray, image_shape: tuple[int, ...] | None, name: str, option: str
) -> AnyArray:
    """View pixels as images of shape (n, height, width) or (n, height, width, 3).

    Parameters
    ----------
    pixels : ndarray of shape (n_samples, ...)
        Pixels, perhaps flat. Channels that come first are moved to the end in place.
    image_shape : tuple of int or None
        Shape of an image; None to find out.
    name : str
        Where they are from, for the errors.
    option : str
        What to say of passing the shape.

    Returns
    -------
    images : ndarray
        A view of `pixels`.

    Raises
    ------
    DatasetFormatError
        If they do not form images of one or three channels.
    """
    n_values = math.prod(pixels.shape[1:])
    shape = image_shape or _guess_shape(pixels.shape[1:], n_values)
    if shape is None or math.prod(shape) != n_values:
        wanted = "a square image" if shape is None else f"images of shape {shape}"
        raise DatasetFormatError(
            f"{name}: expected {wanted}, found {counted(n_values, 'pixel')} for each image. "
            f"{option}"
        )
    images = pixels.reshape(len(pixels), *shape)
    if images.ndim == 4 and image_shape is None:
        moved = put_channels_last(images[:1]).shape[1:]
        if moved != images.shape[1:]:
            images = rearrange(images, lambda block: np.moveaxis(block, 1, -1))
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    is_known = images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)
    if not is_known or 0 in images.shape[1:]:
        raise DatasetFormatError(
            f"{name}: expected images of shape (height, width) or (height, width, 3), found shape "
            f"{images.shape[1:]}. {option}"
        )
    return images


def _guess_shape(shape: tuple[int, ...], n_values: int) -> tuple[int, ...] | None:
    """Find the shape of an image: its own, or a square."""
    if len(shape) != 1:
        return shape
    side = math.isqrt(n_values)
    return (side, side) if side * side == n_values and side else None


def rearrange(images: AnyArray, move: Callable[[AnyArray], AnyArray]) -> AnyArray:
    """Change the order of the axes of each image in place, block by block.

    Parameters
    ----------
    images : ndarray of shape (n_samples, ...)
        A contiguous array, which is overwritten.
    move : callable
        Reorders the axes of a block, but not its first one.

    Returns
    -------
    moved : ndarray
        The memory of `images` in its new shape.
    """
    flat = images.reshape(len(images), -1)
    step = rows_at_a_time(flat.shape[1])
    for start in range(0, len(images), step):
        block = move(images[start : start + step])
        flat[start : start + step] = block.copy().reshape(len(block), -1)
    return flat.reshape(len(images), *move(images[:1]).shape[1:])


def resize(images: AnyArray, size: tuple[int, int]) -> AnyArray:
    """Resize images: by area where pixels become larger, else by cubic interpolation.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width) or (n, height, width, 3)
        A block of images.
    size : tuple of int
        Height and width of the result.

    Returns
    -------
    resized : ndarray of uint8
        New images, each as a whole: the proportions may change.
    """
    if images.shape[1:3] == size:
        return images
    rows, columns = map(_weights, images.shape[1:3], size)
    planes = images if images.ndim == 3 else np.moveaxis(images, -1, 1)
    resized = rows @ planes.astype(np.float32) @ columns.T
    pixels = np.clip(np.rint(resized), 0, WHITE).astype(np.uint8)
    return pixels if images.ndim == 3 else np.moveaxis(pixels, 1, -1)


def _weights(n_in: int, n_out: int) -> AnyArray:
    """Weight old pixels for each new one; at an edge, only those that there are count."""
    weights = resampling_matrix(n_in, n_out)
    normalized: AnyArray = weights / weights.sum(axis=1, keepdims=True)
    return normalized
