"""Options of the commands for images of the user's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ._arguments import image_size, share

#: Share of the images that is held out by default.
_TEST_SIZE = 0.2
#: Options that say how files are read; each is a parameter of `load_images` too.
_READING = ("resize", "normalize", "inverted", "transposed", "label_column", "image_shape")


def add_data_options(parser: argparse.ArgumentParser, *, held_out: bool = True) -> None:
    """Declare the options for images of the user's own.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The parser of a command.
    held_out : bool, default=True
        Whether the command divides images into those for training and for testing.
    """
    group = parser.add_argument_group("images of your own")
    group.add_argument(
        "--data",
        metavar="PATH",
        type=Path,
        help="a folder with one sub-folder of pictures for each label, an .npz file, IDX files, "
        "or a CSV file, instead of MNIST",
    )
    if held_out:
        group.add_argument(
            "--test-data",
            metavar="PATH",
            type=Path,
            help="the same, with the images to test on (default: the test part of --data, or a "
            "share of its images)",
        )
        group.add_argument(
            "--test-size",
            metavar="SHARE",
            type=share,
            default=_TEST_SIZE,
            help="share of the images to hold out as test images, sampled at random by --seed "
            "with the same proportions of the classes (default: %(default)s)",
        )
    add_reading_options(group)


def add_reading_options(parser: Any) -> None:
    """Declare the options that say how files of images are read."""
    parser.add_argument(
        "--resize",
        metavar="SIZE",
        type=image_size,
        help="resize each image, to 32x24 (height x width) or, with a single number, to a square",
    )
    parser.add_argument(
        "--normalize",
        action="store_true",
        help="frame each image like MNIST's: for single characters of any size on any paper",
    )
    parser.add_argument(
        "--inverted",
        action="store_true",
        help="exchange dark and bright, for dark ink on bright paper",
    )
    parser.add_argument(
        "--transposed",
        action="store_true",
        help="exchange rows and columns, for EMNIST's files",
    )
    parser.add_argument(
        "--label-column",
        metavar="NAME",
        help="column of the labels in a CSV file (default: the only one without a number at the "
        "end of its name)",
    )
    parser.add_argument(
        "--image-shape",
        metavar="SHAPE",
        type=image_size,
        help="shape of images that are flat in the file, such as 20x30 or 32x32x3 (default: grey "
        "squares)",
    )


def check_data_options(options: argparse.Namespace) -> None:
    """Refuse options that have no effect on MNIST.

    Parameters
    ----------
    options : argparse.Namespace
        Parsed options.

    Raises
    ------
    ValueError
        If there is one, but no ``--data``.
    """
    given = ["--test-data"] if options.test_data is not None else []
    given += given_reading_options(options)
    if options.test_size != _TEST_SIZE:
        given.append("--test-size")
    if options.data is None and given:
        raise ValueError(f"{given[0]} needs --data PATH, the images to use instead of MNIST's")


def given_reading_options(options: argparse.Namespace) -> list[str]:
    """List the options of `add_reading_options` that are given."""
    return [
        f"--{name.replace('_', '-')}"
        for name, value in reading_parameters(options).items()
        if value
    ]


def reading_parameters(options: argparse.Namespace) -> dict[str, Any]:
    """Collect how files are read: parameters of `load_images`."""
    return {name: getattr(options, name) for name in _READING}
