"""Height, width and channels of a sample, also of a flat one."""

from __future__ import annotations

import math

from ...exceptions import NetworkShapeError


def picture_sides(input_shape: tuple[int, ...], parameter: str) -> tuple[int, int, int]:
    """Find the picture that a sample is.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of one sample: (height, width[, channels]), or flat for a square.
    parameter : str
        What needs a picture, for the error.

    Returns
    -------
    sides : tuple of int
        Height, width and channels.

    Raises
    ------
    NetworkShapeError
        If a flat sample is no square picture.
    """
    if len(input_shape) > 1:
        height, width, channels = (*input_shape, 1)[:3]
        return height, width, channels
    side = math.isqrt(input_shape[0])
    if side * side != input_shape[0]:
        raise NetworkShapeError(
            f"{parameter} needs square pictures, but {input_shape[0]} features are no square. "
            f"Pass samples of shape (height, width), or leave {parameter} out."
        )
    return side, side, 1
