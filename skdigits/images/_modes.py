"""From each of Pillow's modes to 8-bit grey or RGB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from .._image import NEARLY_WHITE
from .._typing import AnyArray

if TYPE_CHECKING:
    from PIL.Image import Image

#: So many pixels, or one row, are converted at a time: copies of all could fill the memory.
_AT_ONCE = 1 << 18


def to_uint8(image: Image) -> AnyArray:
    """Convert an image that is loaded to an array.

    Parameters
    ----------
    image : PIL.Image.Image
        An image of any mode.

    Returns
    -------
    values : ndarray of shape (height, width) or (height, width, 3)
        Grey or RGB levels from 0 to 255, of dtype uint8: a new array.

    Raises
    ------
    ValueError
        If a floating point image has values that are not finite.
    """
    convert = _choose(image)
    values, row = np.empty(0, np.uint8), 0
    for strip in _strips(image):
        converted = convert(strip)
        if row == 0:
            values = np.empty((image.height, *converted.shape[1:]), np.uint8)
        values[row : row + len(converted)] = converted
        row += len(converted)
    return values


def _strips(image: Image) -> Iterator[Image]:
    """Cut an image into strips, from the top."""
    n_rows = max(_AT_ONCE // image.width, 1)
    for row in range(0, image.height, n_rows):
        yield image.crop((0, row, image.width, min(row + n_rows, image.height)))


def _choose(image: Image) -> Callable[[Image], AnyArray]:
    """Choose how to convert each strip of an image to an array."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        low, high = _find_range(image)
        return partial(_scale_wide, low=low, high=high)
    if image.has_transparency_data:
        return partial(_put_on_ground, ground="black" if _is_nearly_white(image) else "white")
    if image.mode in ("L", "RGB"):
        return np.asarray
    mode = "L" if image.mode == "1" else "RGB"
    return lambda strip: np.asarray(strip.convert(mode))


def _find_range(image: Image) -> tuple[float, float]:
    """Find the values that become 0 and 255, of wide integers or floating point numbers."""
    if image.mode.startswith("I;16"):
        return 0.0, 65535.0
    extremes = [(values.min(), values.max()) for values in map(np.asarray, _strips(image))]
    low, high = float(np.min(extremes)), float(np.max(extremes))
    if not np.isfinite(high - low):
        raise ValueError("a floating point image with values that are not finite")
    tops = (255.0, 65535.0) if image.mode == "I" else (1.0, 255.0, 65535.0)
    top = next((top for top in tops if low >= 0 and high <= top), None)
    return (low, high) if top is None else (0.0, top)


def _scale_wide(strip: Image, low: float, high: float) -> AnyArray:
    """Map wide integers or floating point numbers to bytes."""
    scale = 255 / (high - low) if high > low else 0.0
    values: AnyArray = np.asarray(strip).astype(np.float32) - np.float32(low)
    return np.rint(values * scale).astype(np.uint8)


def _split_alpha(image: Image) -> tuple[Image, Image]:
    """Split an image with transparency into colours and alpha."""
    grey = image.mode in ("L", "LA", "La")
    image = image.convert("LA" if grey else "RGBA")
    return image.convert("L" if grey else "RGB"), image.getchannel("A")


def _is_nearly_white(image: Image) -> bool:
    """Say whether the visible part of an image with transparency is nearly white."""
    counts = np.zeros(256, np.int64)
    for strip in _strips(image):
        colour, alpha = _split_alpha(strip)
        # Fully transparent pixels do not count.
        counts += colour.convert("L").histogram(alpha)
    return bool(counts @ np.arange(256) > NEARLY_WHITE * 256 * counts.sum())


def _put_on_ground(strip: Image, ground: str) -> AnyArray:
    """Put a strip of an image with transparency on a background."""
    import PIL.Image

    colour, alpha = _split_alpha(strip)
    laid = PIL.Image.new(colour.mode, colour.size, ground)
    laid.paste(colour, mask=alpha)
    return np.asarray(laid)
