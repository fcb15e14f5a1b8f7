"""``skdigits evaluate``: score a saved model on test images."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from ..._plurals import counted
from .._arguments import whole_number
from .._data_options import add_data_options
from .._dataset import load_test_data
from .._model_file import check_is_file, load_classifier
from .._predictions import printable
from .._streams import make_console


def add_parser(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "evaluate",
        help="score a saved model on MNIST's test images or on images of your own",
        description="Load a classifier that was saved with save_model or joblib and score it on "
        "MNIST's test images, on the images of --data that train holds out with the same options, "
        "or on all images of --test-data. Loading a joblib file runs the code in it: only use "
        "files from people you trust.",
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .skdigits or .joblib file")
    parser.add_argument(
        "--seed",
        metavar="S",
        type=whole_number(0),
        default=0,
        help="random seed of the images that are held out (default: %(default)s)",
    )
    add_data_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Load, predict and print precision and recall for each class."""
    from sklearn.metrics import classification_report

    check_is_file(options.model)
    model = load_classifier(options.model)
    test = load_test_data(options, model)
    start = time.perf_counter()
    predicted = model.predict(test.X)
    seconds = time.perf_counter() - start
    console = make_console()
    if test.name is not None:
        console.print(
            f"{test.name}: {counted(len(test.y), 'image')}", markup=False, soft_wrap=True
        )
    report = classification_report(test.y, predicted, digits=4, zero_division=0)
    for line in report.splitlines():
        console.print(printable(line), markup=False, highlight=False)
    wrong = int((predicted != test.y).sum())
    n_images = len(test.y)
    console.print(
        f"Test error {wrong / n_images:.2%}: {wrong} of {n_images:,} wrong, {seconds:.2f} s"
    )
    return 0
