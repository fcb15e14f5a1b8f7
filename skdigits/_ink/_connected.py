"""Connected pieces of ink, and those of them that come in from the edge of an image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from .._typing import AnyArray, FloatArray, IntArray

#: The eight pixels around a pixel, and the four beside it, none of them in another image.
_AROUND = np.zeros((3, 3, 3), bool)
_AROUND[1] = True
BESIDE = _AROUND & ndimage.generate_binary_structure(3, 1)
#: Ink, unlike a shadow or a pale line, has at least this share of full ink.
SOLID = 0.5
#: A piece that fills this share of a side of an image lies along its edge.
_ALONG = 0.9
#: Beside the writing, with this share of their ink, shadows and lines come in from the edge.
_MAIN = 0.5


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


class Pieces(NamedTuple):
    """Connected ink, piece by piece.

    Parameters
    ----------
    labels : ndarray of shape (height, width)
        The number of the piece at each pixel, from 1; 0 where there is no ink.
    boxes : ndarray of shape (n, 4)
        Top, left, bottom and right of each piece, the latter two just outside.
    areas : ndarray of shape (n,)
        Number of pixels of each piece.
    """

    labels: IntArray
    boxes: IntArray
    areas: IntArray

    def box_around(self, rows: AnyArray | list[int]) -> IntArray:
        """Find the box around at least one piece."""
        boxes = self.boxes[rows]
        return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def find_pieces(ink: FloatArray, faintest: float = SOLID) -> Pieces:
    """Find solid ink that is connected, side by side or corner to corner.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 1.
    faintest : float, default=SOLID
        Fainter ink than what is solid, down to this share, connects it and is part of a piece.

    Returns
    -------
    pieces : Pieces
        All of them, also specks.
    """
    labels, n = ndimage.label(ink > faintest, np.ones((3, 3)))
    if faintest < SOLID:
        is_piece = np.zeros(n + 1, bool)
        is_piece[labels[ink > SOLID]] = True
        labels, n = (np.cumsum(is_piece) * is_piece)[labels], int(is_piece.sum())
    # An object for each of perhaps a million pieces would fill the memory.
    boxes = np.empty((n + 1, 4), int)
    for axis, piece_numbers in enumerate((labels, labels.T)):
        lines, along = np.nonzero(piece_numbers)
        piece = piece_numbers[lines, along]
        # Where one piece is written to many times, the last value stays.
        boxes[piece[::-1], axis] = lines[::-1]
        boxes[piece, axis + 2] = lines + 1
    return Pieces(labels, boxes[1:], np.bincount(labels.ravel(), minlength=n + 1)[1:])


def without_edge(
    pieces: Pieces,
    weights: AnyArray,
    *,
    least_side: float,
    one_piece: bool = False,
    tight: float = np.inf,
    gap: int = 0,
) -> AnyArray:
    """Leave out the pieces at the edge of an image, if the writing does not touch it.

    A table beside a sheet of paper fills nearly all of a side; shadows and lines touch it.

    Parameters
    ----------
    pieces : Pieces
        All pieces of an image.
    weights : ndarray of shape (n,)
        How much ink each has.
    least_side : float
        What fills a side is left out beside a piece with at least this share of the longer
        side of the image.
    one_piece : bool, default=False
        Whether the writing is the heaviest piece that does not touch the edge, or all those
        that do not.
    tight : float, default=inf
        If the writing fills this share of the image, pieces that touch the edge may be parts
        of it, and stay.
    gap : int, default=0
        So do pieces that at most so many pixels separate from the writing.

    Returns
    -------
    weights : ndarray of shape (n,)
        0 for the pieces that are left out.
    """
    touching, along = _at_edge(pieces)
    free = np.flatnonzero(~touching)
    if len(free) == 0:
        return weights
    if one_piece:
        free = free[[np.argmax(weights[free])]]
    shape = pieces.labels.shape
    sides = pieces.boxes[free, 2:] - pieces.boxes[free, :2]
    if np.max(sides) >= least_side * max(shape):
        weights = weights * ~along
    # One piece stands beside each of the others, many beside all of them.
    total = np.max if one_piece else np.sum
    is_writing = total(weights[free]) >= _MAIN * total(weights)
    if is_writing and np.max(sides / shape) < tight:
        if gap:
            writing = np.zeros(len(weights), bool)
            writing[free] = True
            touching &= ~beside(pieces, writing, gap)
        weights = weights * ~touching
    return weights


def beside(pieces: Pieces, some: AnyArray, gap: int) -> AnyArray:
    """Say of each piece whether at most so many pixels separate it from some of them."""
    own = np.concatenate([[False], some])[pieces.labels]
    near = ndimage.binary_dilation(own, np.ones((3, 3)), gap)
    is_beside: AnyArray = np.bincount(pieces.labels[near], minlength=len(some) + 1)[1:] > 0
    return is_beside


def _at_edge(pieces: Pieces) -> tuple[AnyArray, AnyArray]:
    """Say of each piece whether it touches the edge, and whether it fills a side of it."""
    n = len(pieces.boxes) + 1
    touching, along = np.zeros(n, bool), np.zeros(n, bool)
    for side in (pieces.labels[0], pieces.labels[-1], pieces.labels[:, 0], pieces.labels[:, -1]):
        length = np.bincount(side, minlength=n)
        touching |= length > 0
        along |= length >= _ALONG * len(side)
    return touching[1:], along[1:]
