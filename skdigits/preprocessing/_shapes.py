"""Shapes of pictures: from samples to rows, and from rows to the shape asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any

from .._image import Shape


def check_output_shape(output_shape: Any) -> None:
    """Refuse anything but the two words and a shape."""
    if isinstance(output_shape, str):
        valid = output_shape in ("flat", "image")
    else:
        valid = isinstance(output_shape, Sequence) and len(output_shape) > 0
        valid = valid and all(isinstance(n, Integral) and int(n) > 0 for n in output_shape)
    if not valid:
        raise ValueError(
            'output_shape must be "flat", "image" or a tuple of positive integers, such as '
            f"(28, 28, 1), got {output_shape!r}."
        )


def resolve_output_shape(output_shape: str | Shape, sample_shape: Shape) -> Shape:
    """Find the shape of one output sample from that of one input sample."""
    n_features = math.prod(sample_shape)
    if isinstance(output_shape, str):
        return (n_features,) if output_shape == "flat" else _image_shape(sample_shape)
    shape = tuple(int(n) for n in output_shape)
    if math.prod(shape) != n_features:
        raise ValueError(
            f"output_shape={shape} holds {math.prod(shape)} values, but samples of shape "
            f"{sample_shape} have {n_features}. Pass a shape whose product is {n_features}."
        )
    return shape


def _image_shape(sample_shape: Shape) -> Shape:
    """Find height, width and channels of a sample."""
    if len(sample_shape) > 1:
        return sample_shape if len(sample_shape) == 3 else (*sample_shape, 1)
    side = math.isqrt(sample_shape[0])
    if side * side != sample_shape[0]:
        raise ValueError(
            'output_shape="image" takes flat samples as square pictures with one channel, but '
            f"samples of shape {sample_shape} hold {sample_shape[0]} values, not a square "
            "number. Pass the height and width of the pictures: output_shape=(h, w, 1)."
        )
    return (side, side, 1)


def check_picture_shape(shape: Shape, *known: Shape) -> None:
    """Refuse pictures of another height or width than the first known shape that is one."""
    expected = next((each for each in known if len(each) > 1), ())
    if shape and expected and _without_single_channel(shape) != _without_single_channel(expected):
        raise ValueError(
            f"Expected pictures of shape {expected}, got pictures of shape {shape}. Pass "
            f"pictures of that shape or flat samples of {math.prod(expected)} values, or fit "
            "again."
        )


def _without_single_channel(shape: Shape) -> Shape:
    """Drop a last axis of one channel, which changes nothing about a picture."""
    return shape[:2] if len(shape) == 3 and shape[2] == 1 else shape
