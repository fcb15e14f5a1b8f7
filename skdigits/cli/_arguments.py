"""Types of arguments that several commands take."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

#: Height, width and channels.
_MOST_AXES = 3


def whole_number(at_least: int) -> Callable[[str], int]:
    """Make the type of a whole number with a lower bound.

    Parameters
    ----------
    at_least : int
        The bound.

    Returns
    -------
    parse : callable
        For argparse's ``type``.
    """

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = at_least - 1
        if number < at_least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number of at least {at_least}, found {text!r}"
            )
        return number

    return parse


def share(text: str) -> float:
    """Read a share between 0 and 1, both excluded.

    Parameters
    ----------
    text : str
        A number, such as "0.2".

    Returns
    -------
    share : float
        The number.
    """
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(
            f"expected a number between 0 and 1, such as 0.2, found {text!r}"
        )
    return number


def image_size(text: str) -> tuple[int, ...]:
    """Read the size of an image: one number for a square, or several with an x between.

    Parameters
    ----------
    text : str
        Such as "28", "20x30" or "32x32x3".

    Returns
    -------
    size : tuple of int
        Height, width and perhaps channels.
    """
    parts = text.lower().split("x")
    if len(parts) > _MOST_AXES or not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(
            f"expected height and width in pixels, such as 28x28, found {text!r}"
        )
    sides = tuple(map(int, parts))
    return sides if len(sides) > 1 else sides * 2


def writable_folder(text: str) -> Path:
    """Create a folder before hours of work whose results go into it.

    Parameters
    ----------
    text : str
        Its path.

    Returns
    -------
    folder : pathlib.Path
        The folder, which exists.
    """
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"cannot write into folder {text!r} ({error.strerror}); choose another one"
        ) from error
    return folder
