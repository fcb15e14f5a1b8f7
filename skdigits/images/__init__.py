"""Reading of pictures, and what is written on them as separate digits."""

from __future__ import annotations

from ._read import read_image
from ._segment import DigitSegment, segment_digits

__all__ = ["DigitSegment", "read_image", "segment_digits"]
