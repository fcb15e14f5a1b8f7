"""Types of arguments that several commands take."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path


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
