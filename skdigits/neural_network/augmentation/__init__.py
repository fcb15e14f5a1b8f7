"""Changes of pictures: at random in training, small shifts in prediction."""

from __future__ import annotations

from ._pictures import picture_sides
from ._random_changes import ImageAugmentation, find_augmentation, make_augment
from ._shifting import shifted_copies

__all__ = [
    "ImageAugmentation",
    "find_augmentation",
    "make_augment",
    "picture_sides",
    "shifted_copies",
]
