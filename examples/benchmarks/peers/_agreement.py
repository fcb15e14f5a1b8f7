"""Task: whether a model that another checkout has trained and saved predicts here as it did there.

``python -m peers._agreement RECIPE FOLDER ROWS EPOCHS`` is the part in the other checkout.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import joblib
import numpy as np

from skdigits import load_mnist

from ._data import load_digits
from .skdigits_short_recipe import fit

_MODEL, _SCORES, _LABELS = "model.joblib", "scores.npy", "labels.npy"


def start(
    side: ModuleType, *, architecture: str, before: str, rows: int, epochs: int
) -> Callable[[bool], dict[str, float]]:
    """Do nothing yet; ``architecture`` is the name of the recipe."""

    def measure(first: bool) -> dict[str, float]:
        with TemporaryDirectory() as folder:
            _train_in(before, architecture, folder, str(rows), str(epochs))
            model = joblib.load(Path(folder, _MODEL))
            X, y = load_mnist(subset="test", return_X_y=True)
            scores, labels = _scores(model, X), model.predict(X)
            old_scores, old_labels = (np.load(Path(folder, name)) for name in (_SCORES, _LABELS))
        return {
            "largest score": float(np.abs(old_scores).max()),
            "largest difference": float(np.abs(scores - old_scores).max()),
            "labels that differ": float(np.sum(labels != old_labels)),
            "test error, %": 100 * float(np.mean(labels != y)),
        }

    return measure


def _train_in(checkout: str, *arguments: str) -> None:
    """Train and save with the skdigits of a checkout."""
    here = Path(__file__).parents[1]
    subprocess.run(
        [sys.executable, "-P", "-m", f"{__package__}._agreement", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([checkout, str(here)])},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _scores(model, X: np.ndarray) -> np.ndarray:
    """The logits; an ensemble only has probabilities."""
    return (getattr(model, "decision_function", None) or model.predict_proba)(X)


def _train_and_save(recipe: str, folder: str, rows: int, epochs: int) -> None:
    """Train a recipe and write the model, its scores and its labels of the test images."""
    model = fit(recipe, *load_digits(rows), epochs)
    X, _ = load_mnist(subset="test", return_X_y=True)
    joblib.dump(model, Path(folder, _MODEL))
    np.save(Path(folder, _SCORES), _scores(model, X))
    np.save(Path(folder, _LABELS), model.predict(X))


if __name__ == "__main__":
    _, name, where, n_rows, n_epochs = sys.argv
    _train_and_save(name, where, int(n_rows), int(n_epochs))
