"""From each of Pillow's kinds of picture to 8-bit grey or RGB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._typing import AnyArray

if TYPE_CHECKING:
    from PIL.Image import Image

#: What is opaque is, on average, this bright: it was drawn for a dark ground.
_NEARLY_WHITE = 192


def to_uint8(image: Image) -> AnyArray:
    """Turn a picture that is loaded into an array.

    Parameters
    ----------
    image : PIL.Image.Image
        A picture of any mode.

    Returns
    -------
    values : ndarray of shape (height, width) or (height, width, 3)
        Grey or RGB levels from 0 to 255, of dtype uint8: a new array.

    Raises
    ------
    ValueError
        If a floating point picture has values that are not finite.
    """
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _scale_wide(np.asarray(image))
    if image.has_transparency_data:
        return np.array(_on_ground(image))
    if image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    return np.array(image)


def _scale_wide(values: AnyArray) -> AnyArray:
    """Map integers of 16 or 32 bits and floating point numbers to bytes."""
    if values.dtype.itemsize == 2:
        low, high = 0.0, 65535.0
    else:
        low, high = float(values.min()), float(values.max())
        if not np.isfinite(high - low):
            raise ValueError("a floating point picture with values that are not finite")
        tops = (255.0, 65535.0) if values.dtype.kind == "i" else (1.0, 255.0, 65535.0)
        top = next((top for top in tops if low >= 0 and high <= top), None)
        if top is not None:
            low, high = 0.0, top
    scale = 255 / (high - low) if high > low else 0.0
    return np.rint((values.astype(np.float32) - np.float32(low)) * scale).astype(np.uint8)


def _on_ground(image: Image) -> Image:
    """Lay a picture with transparent parts on white, or on black if it is itself nearly white."""
    import PIL.Image
    import PIL.ImageStat

    grey = image.mode in ("L", "LA", "La")
    image = image.convert("LA" if grey else "RGBA")
    alpha = image.getchannel("A")
    colour = image.convert("L" if grey else "RGB")
    light = False
    if alpha.getextrema() != (0, 0):
        # Weighted by how opaque each pixel is, as it will be seen.
        light = PIL.ImageStat.Stat(image.convert("L"), alpha).mean[0] > _NEARLY_WHITE
    ground = PIL.Image.new(colour.mode, image.size, "black" if light else "white")
    ground.paste(colour, mask=alpha)
    return ground
