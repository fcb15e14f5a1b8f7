"""MNIST, which is part of the package, and a reader of the IDX files that it consists of."""

from __future__ import annotations

from ._idx import read_idx
from ._mnist import load_mnist

__all__ = ["load_mnist", "read_idx"]
