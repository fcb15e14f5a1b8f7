"""Ink and ground of pictures, for the rooms that normalise and that segment."""

from __future__ import annotations

from ._find import SOLID, find_ink
from ._grey import to_grey
from ._planes import at_edge
from ._polarity import check_invert, is_ink_dark
from ._resample import resampling_matrix, shrink, shrinking_factor
from ._sheet import find_sheet

__all__ = [
    "SOLID",
    "at_edge",
    "check_invert",
    "find_ink",
    "find_sheet",
    "is_ink_dark",
    "resampling_matrix",
    "shrink",
    "shrinking_factor",
    "to_grey",
]
