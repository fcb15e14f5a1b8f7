"""Transformers that prepare pictures of digits for a classifier."""

from __future__ import annotations

from ._image_scaler import ImageScaler

__all__ = ["ImageScaler"]
