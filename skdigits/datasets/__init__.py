"""MNIST, which is part of the package, and readers of images in the formats of data sets."""

from __future__ import annotations

from ._idx import read_idx
from ._load_images import load_images
from ._mnist import load_mnist

__all__ = ["load_images", "load_mnist", "read_idx"]
