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

#: What covers this share of a side of a picture lies along its edge.
_ALONG = 0.9


def at_edge(labels: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Find the pieces that come in from the edge of a picture, and those that lie along it.

    Parameters
    ----------
    labels : ndarray of int of shape (height, width)
        The number of the piece at each pixel, from 1; 0 is none.

    Returns
    -------
    touching, along : ndarray of bool of shape (n_pieces + 1,)
        Whether each touches the edge, and whether it fills nearly all of a side, as a table
        does on which a sheet of paper lies. Both are True of number 0.
    """
    n = int(labels.max()) + 1
    touching, along = np.zeros(n, bool), np.zeros(n, bool)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        length = np.bincount(side, minlength=n)
        touching |= length > 0
        along |= length >= _ALONG * len(side)
    touching[0] = along[0] = True
    return touching, along


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
    return ndimage.gaussian_filter(pictures, (0, sigma, sigma))


def label(mask: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Number the pieces that hang together, through all pictures.

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
