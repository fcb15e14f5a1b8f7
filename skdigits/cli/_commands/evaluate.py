"""``skdigits evaluate``: score a saved model on MNIST's test images."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from .._dataset import load_test_images
from .._model_file import check_is_file, load_classifier
from .._predictions import printable
from .._streams import make_console


def add_parser(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "evaluate",
        help="score a saved model on MNIST's test images",
        description="Load a classifier that was saved with save_model or joblib and score it on "
        "MNIST's test images. Loading a joblib file runs the code in it: only use files from "
        "people you trust.",
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .skdigits or .joblib file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Load, predict and print precision and recall for each digit."""
    from sklearn.metrics import classification_report

    check_is_file(options.model)
    model = load_classifier(options.model)
    X, y = load_test_images()
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
