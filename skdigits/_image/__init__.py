"""What an image is: its shape, its grey values, and a smaller copy of it."""

from __future__ import annotations

from ._sample_arrays import (
    Shape,
    flatten_samples,
    list_objects,
    put_channels_last,
    refuse_single_picture,
    refuse_stream,
)

__all__ = [
    "Shape",
    "flatten_samples",
    "list_objects",
    "put_channels_last",
    "refuse_single_picture",
    "refuse_stream",
]
