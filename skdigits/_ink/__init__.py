"""Ink and ground of pictures, for the rooms that normalise and that segment."""

from __future__ import annotations

from ._find import SOLID, find_ink
from ._grey import to_grey
from ._polarity import check_invert, is_ink_dark
from ._resample import resampling_matrix, shrink

__all__ = [
    "SOLID",
    "check_invert",
    "find_ink",
    "is_ink_dark",
    "resampling_matrix",
    "shrink",
    "to_grey",
]
