"""One brightness per pixel, from grey, coloured and transparent images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: How bright red, green and blue are to the eye (ITU-R BT.601).
_LUMINANCE = np.array([0.299, 0.587, 0.114])
_LUMINANCE_32 = _LUMINANCE.astype(np.float32)
#: Unsigned integers are on the scale of their type, and stay; all else becomes float32.
IMAGE_DTYPES = (np.float32, np.uint8, np.uint16)
#: What is opaque is on average brighter than this, from 0 to 1, if it was drawn for a dark ground.
NEARLY_WHITE = 0.75
#: Luminance shows less than this share of what the colours vary: ink and paper are equally bright.
_HIDDEN = 0.2


def luminance(colours: AnyArray) -> FloatArray:
    """Measure how bright colours of shape (..., 3) are to the eye, on their own scale."""
    brightness: FloatArray = colours @ _LUMINANCE
    return brightness


def to_grey(images: AnyArray) -> FloatArray:
    """Convert images to grey.

    Parameters
    ----------
    images : ndarray of shape (n, height, width, channels)
        1 channel is grey, 2 grey and alpha, 3 colours, 4 colours and alpha. Unsigned
        integers are on the scale of their type; anything else is on the scale from 0 to
        1, or to the highest value if that is larger.

    Returns
    -------
    grey : ndarray of shape (n, height, width)
        In float32, on any scale. Transparent parts are white, or black where the rest is
        nearly white. Colours of equal brightness are told apart by their hue.
    """
    n_channels = images.shape[-1]
    if n_channels == 1:
        return images[..., 0].astype(np.float32)
    # Squares of the largest numbers would overflow.
    values = (images / _white(images)).astype(np.float32)
    if n_channels in (2, 4):
        values = _on_ground(values[..., :-1], values[..., -1:])
    return values[..., 0] if n_channels == 2 else _most_telling(values)


def _white(images: AnyArray) -> FloatArray:
    """Find the value of white in each image."""
    if images.dtype.kind == "u":
        return np.array(np.iinfo(images.dtype).max, np.float32)
    white: FloatArray = np.maximum(np.abs(images).max(axis=(1, 2, 3), keepdims=True), 1)
    return white


def _on_ground(colour: FloatArray, alpha: FloatArray) -> FloatArray:
    """Put each image on white, or on black if it is itself nearly white."""
    axes = (1, 2, 3)
    opaque = np.maximum(alpha.sum(axis=axes, keepdims=True) * colour.shape[-1], 1e-6)
    mean = (colour * alpha).sum(axis=axes, keepdims=True) / opaque
    ground = np.where(mean > NEARLY_WHITE, np.float32(0), np.float32(1))
    laid: FloatArray = colour * alpha + ground * (1 - alpha)
    return laid


def _most_telling(colour: FloatArray) -> FloatArray:
    """Take the luminance, or where it hides the ink, the axis along which colours vary most."""
    grey = colour @ _LUMINANCE_32
    flat = colour.reshape(len(colour), -1, 3)
    centred = flat - flat.mean(axis=1, keepdims=True)
    covariance = centred.swapaxes(1, 2) @ centred / flat.shape[1]
    variance = _LUMINANCE_32 @ covariance @ _LUMINANCE_32 / (_LUMINANCE_32 @ _LUMINANCE_32)
    values, vectors = np.linalg.eigh(covariance)
    for row in np.flatnonzero(variance < _HIDDEN * values[:, -1]):
        axis = vectors[row, :, -1]
        grey[row] = colour[row] @ (axis if axis @ _LUMINANCE_32 >= 0 else -axis)
    return grey
