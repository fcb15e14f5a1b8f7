"""Random changes of training images, and the copies of images that prediction averages."""

from __future__ import annotations

from ._random_changes import PRESETS, ImageAugmentation, find_augmentation, make_augment
from ._test_time import MOST_PIXELS_OF_MATRIX, copies_at_test_time

__all__ = [
    "MOST_PIXELS_OF_MATRIX",
    "PRESETS",
    "ImageAugmentation",
    "copies_at_test_time",
    "find_augmentation",
    "make_augment",
]
