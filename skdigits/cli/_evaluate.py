"""``skdigits evaluate``: score a saved model on MNIST's test images."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from ._model_file import check_is_file, load_classifier
from ._predictions import printable
from ._streams import make_console


def add_parser(commands: Any) -> None:
    """Describe the command's arguments.

    Parameters
    ----------
    commands : argparse subparsers
        The parser to add to.
    """
    parser = commands.add_parser(
        "evaluate",
        help="score a saved model on MNIST's test images",
        description="Load a classifier that was saved with save_model or joblib and score it on "
        "MNIST's 10,000 test images. Loading a joblib file runs code that is in it: open only "
        "files of people you trust.",
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .skdigits or .joblib file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Load, predict and print what is right and wrong for each digit.

    Parameters
    ----------
    options : argparse.Namespace
        The parsed arguments.

    Returns
    -------
    status : int
        0.
    """
    from sklearn.metrics import classification_report

    from ..datasets import load_mnist
    from ..neural_network._loading import load_quietly

    check_is_file(options.model)
    load_quietly()
    model = load_classifier(options.model)
    X, y = load_mnist(subset="test", return_X_y=True)
    start = time.perf_counter()
    predicted = model.predict(X)
    seconds = time.perf_counter() - start
    console = make_console()
    report = classification_report(y, predicted, digits=4)
    for line in report.splitlines():
        console.print(printable(line), markup=False, highlight=False)
    wrong = int((predicted != y).sum())
    console.print(f"Test error {wrong / len(y):.2%}: {wrong} of {len(y):,} wrong, {seconds:.2f} s")
    return 0
