"""One brightness a pixel, out of grey, coloured and transparent pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: How bright red, green and blue are to the eye (ITU-R BT.601).
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
#: Luminance shows less than this share of what the colours vary: ink and paper are equally bright.
_HIDDEN = 0.2
#: Ink this light, from 0 to 1, is drawn for a dark ground.
_LIGHT = 0.75


def to_grey(pictures: AnyArray) -> FloatArray:
    """Make pictures grey.

    Parameters
    ----------
    pictures : ndarray of shape (n, height, width, channels)
        1 channel is grey, 2 grey and alpha, 3 colours, 4 colours and alpha. Unsigned
        integers are on the scale of their type; anything else is on the scale from 0 to
        1, or to the highest value where that is more.

    Returns
    -------
    grey : ndarray of shape (n, height, width)
        In float32, on any scale. Transparent parts are white, or black where the rest is
        nearly white. Colours of equal brightness are told apart by their hue.
    """
    n_channels = pictures.shape[-1]
    if n_channels == 1:
        return pictures[..., 0].astype(np.float32)
    # Squares of the largest numbers would overflow.
    values = (pictures / _white(pictures)).astype(np.float32)
    if n_channels in (2, 4):
        values = _on_ground(values[..., :-1], values[..., -1:])
    return values[..., 0] if n_channels == 2 else _most_telling(values)


def _white(pictures: AnyArray) -> FloatArray:
    """Find the value of white in each picture."""
    if pictures.dtype.kind == "u":
        return np.array(np.iinfo(pictures.dtype).max, np.float32)
    return np.maximum(np.abs(pictures).max(axis=(1, 2, 3), keepdims=True), 1)


def _on_ground(colour: FloatArray, alpha: FloatArray) -> FloatArray:
    """Lay each picture on white, or on black if it is itself nearly white."""
    axes = (1, 2, 3)
    opaque = np.maximum(alpha.sum(axis=axes, keepdims=True) * colour.shape[-1], 1e-6)
    mean = (colour * alpha).sum(axis=axes, keepdims=True) / opaque
    ground = np.where(mean > _LIGHT, np.float32(0), np.float32(1))
    return colour * alpha + ground * (1 - alpha)


def _most_telling(colour: FloatArray) -> FloatArray:
    """Take the luminance, or where it hides the ink, the axis along which colours vary most."""
    grey = colour @ _LUMINANCE
    flat = colour.reshape(len(colour), -1, 3)
    centred = flat - flat.mean(axis=1, keepdims=True)
    covariance = centred.swapaxes(1, 2) @ centred / flat.shape[1]
    variance = _LUMINANCE @ covariance @ _LUMINANCE / (_LUMINANCE @ _LUMINANCE)
    values, vectors = np.linalg.eigh(covariance)
    for row in np.flatnonzero(variance < _HIDDEN * values[:, -1]):
        axis = vectors[row, :, -1]
        grey[row] = colour[row] @ (axis if axis @ _LUMINANCE >= 0 else -axis)
    return grey
