"""Transformers that prepare images of digits for a classifier."""

from __future__ import annotations

from ._deskewer import Deskewer
from ._image_scaler import ImageScaler
from ._mnist_normalizer import MNISTNormalizer

__all__ = ["Deskewer", "ImageScaler", "MNISTNormalizer"]
