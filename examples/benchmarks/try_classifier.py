"""Try a classifier on a split of MNIST's training images, where recipes are chosen.

50,000 of them train it and the other 10,000 score it once, after its last epoch, without and
with the mean over one-pixel shifts. The test images are not read. Each run is a line of
``docs/results/trials.csv``; with several seeds, one more is the vote of their networks by
mean probability.

    python examples/benchmarks/try_classifier.py fast-cnn \\
        "KerasCNNClassifier(filters=(24, 32), epochs=1, learning_rate_schedule='one_cycle')" \\
        --seeds 0 1 2
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from filelock import FileLock
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

import skdigits
from skdigits import ImageScaler, load_mnist

RESULTS = Path(__file__).parents[2] / "docs" / "results" / "trials.csv"
HEADER = (
    "for",
    "classifier",
    "seed",
    "error",
    "log loss",
    "error with shifts",
    "log loss with shifts",
    "fit seconds",
    "weights",
)


def make(expression: str) -> skdigits.BaseKerasClassifier:
    """Evaluate an expression in which skdigits' names and ``keras`` are known."""
    names = {name: getattr(skdigits, name) for name in skdigits.__all__} | {"keras": keras}
    return eval(expression, names)


def count(classifier: skdigits.BaseKerasClassifier) -> int:
    """Count the weights of a trained network."""
    return int(classifier.model_.count_params())


def score(y: np.ndarray, probabilities: Sequence[np.ndarray]) -> list[str]:
    """Give the error in per cent and the log loss, without and with shifts."""
    figures = []
    for each in probabilities:
        figures += [f"{100 * np.mean(each.argmax(axis=1) != y):.2f}", f"{log_loss(y, each):.5f}"]
    return figures


def write(row: tuple[object, ...]) -> None:
    """Print a run and append its line; others may be doing the same."""
    print(*row, sep="  ", flush=True)
    with FileLock(RESULTS.with_suffix(".lock")):
        is_new = not RESULTS.exists()
        with RESULTS.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([HEADER, row] if is_new else [row])


def main() -> None:
    """Train with each seed, print and write down what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("purpose", help="the recipe that it may become")
    parser.add_argument("classifier", help="a Python expression")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    options = parser.parse_args()
    classifier = make(options.classifier)
    X, y = load_mnist(subset="train", return_X_y=True)
    X = ImageScaler().fit_transform(X)
    X, X_held, y, y_held = train_test_split(X, y, test_size=10_000, stratify=y, random_state=0)
    expression = " ".join(options.classifier.split())
    runs = []
    for seed in options.seeds:
        classifier.set_params(random_state=seed, test_time_shift=0)
        begin = time.perf_counter()
        classifier.fit(X, y)
        seconds = time.perf_counter() - begin
        probabilities = [
            classifier.set_params(test_time_shift=shift).predict_proba(X_held) for shift in (0, 1)
        ]
        runs.append(probabilities)
        figures = score(y_held, probabilities)
        write((options.purpose, expression, seed, *figures, f"{seconds:.1f}", count(classifier)))
    if len(runs) > 1:
        voters = f"vote of {len(runs)}"
        figures = score(y_held, np.mean(runs, axis=0))
        write((options.purpose, expression, voters, *figures, "", len(runs) * count(classifier)))


if __name__ == "__main__":
    main()
