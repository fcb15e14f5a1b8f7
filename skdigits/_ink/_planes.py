"""Neighbours within each image of a stack, for scipy.ndimage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: The eight pixels around a pixel, and the four beside it, none of them in another image.
_AROUND = np.zeros((3, 3, 3), bool)
_AROUND[1] = True
BESIDE = _AROUND & ndimage.generate_binary_structure(3, 1)


def blur(images: FloatArray, sigma: float) -> FloatArray:
    """Blur each image of shape (n, height, width), by a Gaussian of a standard deviation."""
    blurred: FloatArray = ndimage.gaussian_filter(images, (0, sigma, sigma))
    return blurred


def label(mask: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Number the connected pieces, through all images.

    Parameters
    ----------
    mask : ndarray of bool of shape (n, height, width)
        Which pixels belong to pieces.

    Returns
    -------
    labels : ndarray of int of shape (n, height, width)
        The number of the piece at each pixel, from 1; 0 is none.
    image : ndarray of int of shape (n_pieces + 1,)
        The image that each piece is in; the entry of number 0 has no meaning.
    """
    labels, n_pieces = ndimage.label(mask, _AROUND)
    image = np.zeros(n_pieces + 1, np.intp)
    image[labels.ravel()] = np.repeat(np.arange(len(mask)), mask[0].size)
    return labels, image
