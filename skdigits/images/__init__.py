"""Reading of images and of the digits that are written on them."""

from __future__ import annotations

from ._predict_digits import DigitPrediction, predict_digits
from ._read import read_image
from ._segment import DigitSegment, segment_digits

__all__ = ["DigitPrediction", "DigitSegment", "predict_digits", "read_image", "segment_digits"]
