"""Neighbours within each picture of a stack, for scipy.ndimage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: The eight pixels around a pixel, and the four beside it, but none of another picture.
_AROUND = np.zeros((3, 3, 3), bool)
_AROUND[1] = True
BESIDE = _AROUND & ndimage.generate_binary_structure(3, 1)


def blur(pictures: FloatArray, sigma: float) -> FloatArray:
    """Blur each picture.

    Parameters
    ----------
    pictures : ndarray of shape (n, height, width)
        Pictures.
    sigma : float
        Standard deviation of the Gaussian, in pixels.

    Returns
    -------
    blurred : ndarray of shape (n, height, width)
        New pictures.
    """
    blurred: FloatArray = ndimage.gaussian_filter(pictures, (0, sigma, sigma))
    return blurred


def label(mask: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Number the connected pieces, through all pictures.

    Parameters
    ----------
    mask : ndarray of bool of shape (n, height, width)
        Which pixels belong to pieces.

    Returns
    -------
    labels : ndarray of int of shape (n, height, width)
        The number of the piece at each pixel, from 1; 0 is none.
    picture : ndarray of int of shape (n_pieces + 1,)
        The picture that each piece is in; that of number 0 means nothing.
    """
    labels, n_pieces = ndimage.label(mask, _AROUND)
    picture = np.zeros(n_pieces + 1, np.intp)
    picture[labels.ravel()] = np.repeat(np.arange(len(mask)), mask[0].size)
    return labels, picture
