"""Where the ink is on an image, and what its ground is."""

from __future__ import annotations

from ._connected import SOLID, Pieces, beside, find_pieces, without_edge
from ._evidence import outline_steps, stroke_width
from ._find import find_ink
from ._polarity import check_invert, is_ink_dark
from ._rules import without_rules
from ._sheet import find_sheet
from ._thin_lines import find_lines

__all__ = [
    "SOLID",
    "Pieces",
    "beside",
    "check_invert",
    "find_ink",
    "find_lines",
    "find_pieces",
    "find_sheet",
    "is_ink_dark",
    "outline_steps",
    "stroke_width",
    "without_edge",
    "without_rules",
]
