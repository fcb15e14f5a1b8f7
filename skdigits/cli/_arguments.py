"""Types of arguments that several commands take."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

_N_TRAINING_IMAGES = 60_000


def whole_number(at_least: int) -> object:
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


def check_train_size(n_samples: int | None) -> None:
    """Refuse more training images than there are, before anything is loaded.

    Parameters
    ----------
    n_samples : int or None
        What was asked for; None for all.

    Raises
    ------
    ValueError
        If it is above 60,000.
    """
    if n_samples is not None and n_samples > _N_TRAINING_IMAGES:
        raise ValueError(
            f"--train-size is at most {_N_TRAINING_IMAGES}, the training images; got {n_samples}"
        )


def writable_folder(text: str) -> Path:
    """Make a folder, before hours of work that end in it.

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
            f"cannot write into folder {text!r} ({error.strerror}); name another one"
        ) from error
    return folder
