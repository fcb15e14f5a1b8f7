"""Where the ink is on an image, and what its ground is."""

from __future__ import annotations

from ._connected import SOLID, Pieces, find_pieces, without_edge
from ._evidence import outline_steps, stroke_width
from ._find import find_ink
from ._polarity import check_invert, is_ink_dark
from ._sheet import find_sheet

__all__ = [
    "SOLID",
    "Pieces",
    "check_invert",
    "find_ink",
    "find_pieces",
    "find_sheet",
    "is_ink_dark",
    "outline_steps",
    "stroke_width",
    "without_edge",
]
