"""The matrix products and convolutions that a network cannot do without."""

from __future__ import annotations

from typing import NamedTuple

from ._architecture import N_CLASSES, POOL, SIDE, Architecture


class Convolution(NamedTuple):
    """A convolution of square images, without padding."""

    side: int
    channels: int
    kernel: int
    filters: int


class Product(NamedTuple):
    """A product of samples and weights."""

    inputs: int
    outputs: int


def list_products(architecture: Architecture) -> list[Convolution | Product]:
    """List the layers that multiply, with their sizes, first layer first."""
    layers: list[Convolution | Product] = []
    side, channels = SIDE, 1
    for kernel, stack in zip(architecture.kernel_sizes, architecture.stacks, strict=True):
        for filters in stack:
            layers.append(Convolution(side, channels, kernel, filters))
            side, channels = side - kernel + 1, filters
        side //= POOL
    inputs = side * side * channels
    for outputs in (*architecture.hidden, N_CLASSES):
        layers.append(Product(inputs, outputs))
        inputs = outputs
    return layers
