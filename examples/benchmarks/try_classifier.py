"""Try classifiers on a split of MNIST's training images, to choose recipes.

50,000 images train each classifier, and the other 10,000 evaluate it once, after its last epoch:
alone, with the mean over one-pixel shifts, and with the mean over shifts and rotations. The test
images are not used. Each run is a line of ``docs/results/trials.csv``. If there are several runs,
of other seeds or classifiers, one more line is the voting ensemble of their networks, by mean
probability.

The training images are ordered by writer, two such sequences interleaved (every second image is
similar in its amount of ink, neighbours are not), and the test images were written by other people
than the training images. So contiguous blocks of 2,000 images are held out, which have their own
writers; ``--split random`` holds out images of writers who also train.

    python examples/benchmarks/try_classifier.py fast-cnn \\
        "KerasCNNClassifier(filters=(24, 32), epochs=1, learning_rate_schedule='one_cycle')" \\
        --seeds 0 1 2

The predictions of a run are saved in ``.trials/``, so that an ensemble of networks that were tried
before needs no training. Delete that folder after a change of the package's training.
"""

from __future__ import annotations

import argparse
import csv
import functools
import itertools
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from filelock import FileLock
from joblib import Memory
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, train_test_split

import skdigits
from skdigits import ImageScaler, load_mnist

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "results" / "trials.csv"
memory = Memory(ROOT / ".trials", verbose=0)
STRETCH = 2_000
HEADER = (
    "for",
    "classifier",
    "seed",
    "error",
    "log loss",
    "error with shifts",
    "log loss with shifts",
    "error with turns",
    "log loss with turns",
    "fit seconds",
    "weights",
    "split",
)
#: What the classifier looks at: the picture alone, moved by a pixel, also turned.
VIEWS = (
    {"test_time_shift": 0, "test_time_rotation": 0.0},
    {"test_time_shift": 1, "test_time_rotation": 0.0},
    {"test_time_shift": 1, "test_time_rotation": 5.0},
)


def make(expression: str) -> skdigits.BaseKerasClassifier:
    """Evaluate an expression in which skdigits' names and ``keras`` are known."""
    names = {name: getattr(skdigits, name) for name in skdigits.__all__} | {"keras": keras}
    return eval(expression, names)


@memory.cache
def run(expression: str, seed: int, held: str) -> tuple[np.ndarray, float, int]:
    """Train on a split; give what it predicts with each of the views, seconds and weights."""
    X, X_held, y, _ = split(held)
    classifier = make(expression).set_params(random_state=seed)
    begin = time.perf_counter()
    classifier.fit(X, y)
    seconds = time.perf_counter() - begin
    probabilities = [classifier.set_params(**view).predict_proba(X_held) for view in VIEWS]
    return np.array(probabilities), seconds, int(classifier.model_.count_params())


@functools.cache
def split(held: str) -> list[np.ndarray]:
    """Give the images that train, those that score, and the labels of both."""
    X, y = load_mnist(subset="train", return_X_y=True)
    X = ImageScaler().fit_transform(X)
    if held == "random":
        return train_test_split(X, y, test_size=10_000, stratify=y, random_state=0)
    stretches = np.arange(len(y)) // STRETCH
    train, test = next(GroupKFold(n_splits=6).split(X, y, stretches))
    return [X[train], X[test], y[train], y[test]]


def score(y: np.ndarray, probabilities: Sequence[np.ndarray]) -> list[str]:
    """Give the error in per cent and the log loss, with each of the views."""
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
    """Train each classifier with each seed, print and write down what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("purpose", help="recipe that it may become")
    parser.add_argument("classifiers", nargs="+", help="Python expressions")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--split", choices=("writers", "random"), default="writers")
    options = parser.parse_args()
    *_, y_held = split(options.split)
    expressions = [" ".join(classifier.split()) for classifier in options.classifiers]
    votes, weights = [], 0
    for expression, seed in itertools.product(expressions, options.seeds):
        was_tried = run.check_call_in_cache(expression, seed, options.split)
        probabilities, seconds, n_weights = run(expression, seed, options.split)
        votes.append(probabilities)
        weights += n_weights
        if not was_tried:
            figures = score(y_held, probabilities)
            what = (f"{seconds:.1f}", n_weights, options.split)
            write((options.purpose, expression, seed, *figures, *what))
    if len(votes) > 1:
        voters = f"vote of {len(votes)}"
        figures = score(y_held, np.mean(votes, axis=0))
        what = ("", weights, options.split)
        write((options.purpose, " | ".join(expressions), voters, *figures, *what))


if __name__ == "__main__":
    main()
