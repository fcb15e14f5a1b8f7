"""What becomes of one picture on the way to MNIST's frame."""

from __future__ import annotations

import numpy as np

from .._ink import find_ink, is_ink_dark, shrink, shrinking_factor, to_grey
from .._typing import AnyArray
from ._isolation import find_digit
from ._normalization import SMALL_SIDE, normalize

#: Grey and ink of large pictures are those of a copy of at most this side.
_LONGEST = 256


def trace_steps(picture: AnyArray, invert: bool | str) -> dict[str, AnyArray]:
    """Take the steps of `normalize` one by one.

    Parameters
    ----------
    picture : ndarray of shape (height, width, channels)
        A picture of one digit.
    invert : {"auto", True, False}
        Whether the ink is darker than the ground; "auto" finds out.

    Returns
    -------
    steps : dict of str to ndarray
        What there is after each step, in their order: ``"picture"``, without an axis for
        a single channel; ``"grey"``; ``"ink"``, all of it, from 0 to 1; ``"digit"``, the
        ink of the digit alone and from near, but for small pictures, of which all ink is
        framed; ``"framed"``, of shape (28, 28).
    """
    factor = shrinking_factor(picture.shape, _LONGEST)
    grey = to_grey(shrink(picture, factor)[np.newaxis] if factor > 1 else picture[np.newaxis])
    ink = find_ink(grey, is_ink_dark(grey, invert))
    steps = {
        "picture": picture[..., 0] if picture.shape[2] == 1 else picture,
        "grey": grey[0],
        "ink": ink[0],
    }
    if max(picture.shape[:2]) > SMALL_SIDE:
        steps["digit"] = find_digit(picture, invert)
    return steps | {"framed": normalize(picture[np.newaxis], invert)[0]}
