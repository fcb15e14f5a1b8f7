"""A bright sheet of paper that does not fill the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from .._image import reduction_factor, shrink
from ._contrast import edge_pixels

if TYPE_CHECKING:
    from .._typing import FloatArray

#: A copy with about this many pixels per side shows a sheet; smaller images show none.
_SIDE = 64
#: The table is darker than this share of the paper.
_DARKER = 0.6
#: A sheet has at least this share of each side of the image, covers this share of its box,
#: and reaches this near to each corner of it.
_LEAST_SIDE, _FILLED, _CORNER = 0.3, 0.6, 0.12
#: This share of its box is cut off at each side, where paper and table blend.
_INSET = 0.03


def find_sheet(grey: FloatArray, scale: int = 1) -> tuple[slice, slice] | None:
    """Find the sheet of paper on a darker table.

    Parameters
    ----------
    grey : ndarray of shape (height, width)
        An image on a scale on which black is 0.
    scale : int, default=1
        How many times larger the image is to which the window refers.

    Returns
    -------
    window : tuple of slice or None
        The rows and columns of a sheet; None where paper fills the image.
    """
    factor = reduction_factor(grey.shape, _SIDE, at_least=True)
    if min(grey.shape) < _SIDE // 2 or grey.min() < 0:
        return None
    small = shrink(grey, factor)[np.newaxis]
    table, paper = np.median(edge_pixels(small)), np.percentile(small, 95)
    if table >= _DARKER * paper:
        return None
    labels, n = ndimage.label(small[0] > (table + paper) / 2)
    if n == 0:
        return None
    largest = int(np.argmax(np.bincount(labels.ravel())[1:]))
    rows, columns = ndimage.find_objects(labels)[largest]
    sheet = labels[rows, columns] == largest + 1
    if min(np.divide(sheet.shape, labels.shape)) < _LEAST_SIDE or sheet.mean() < _FILLED:
        return None
    near = [int(_CORNER * length) for length in sheet.shape]
    if not sheet[np.ix_([near[0], -1 - near[0]], [near[1], -1 - near[1]])].all():
        return None
    window = _inner(rows, factor * scale), _inner(columns, factor * scale)
    # Of a narrow image, nothing may be left inside.
    return window if all(side.start < side.stop for side in window) else None


def _inner(side: slice, factor: int) -> slice:
    """Cut off the ends of a side, and convert it from the copy to the image."""
    inset = _INSET * (side.stop - side.start) + 1
    return slice(int((side.start + inset) * factor), int((side.stop - inset) * factor))
