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
from sklearn.pipeline import Pipeline

from skdigits import load_mnist

from ._data import load_digits
from .skdigits_short_recipe import fit

_MODEL, _WEIGHTS = "model.joblib", "weights.joblib"
_SCORES, _LABELS = "scores.npy", "labels.npy"
_FEW_ROWS = 300


def start(
    side: ModuleType, *, architecture: str, before: str, rows: int, epochs: int
) -> Callable[[bool], dict[str, float]]:
    """Do nothing yet; ``architecture`` is the name of the recipe."""

    def measure(first: bool) -> dict[str, float]:
        with TemporaryDirectory() as folder:
            _train_in(before, architecture, folder, str(rows), str(epochs))
            X, y = load_mnist(subset="test", return_X_y=True)
            model, loads = _load(architecture, folder, X[:1])
            scores, labels = _scores(model, X), model.predict(X)
            old_scores, old_labels = (np.load(Path(folder, name)) for name in (_SCORES, _LABELS))
        return {
            "joblib files that load": float(loads),
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


def _load(recipe: str, folder: str, image: np.ndarray) -> tuple[Pipeline, bool]:
    """Load the joblib file or, if that fails, put its weights into a model that is made here."""
    try:
        model = joblib.load(Path(folder, _MODEL))
        model.predict(image)
    except Exception:
        model = fit(recipe, *load_digits(_FEW_ROWS))
        for network, weights in zip(
            _networks(model), joblib.load(Path(folder, _WEIGHTS)), strict=True
        ):
            network.model_.set_weights(weights)
        return model, False
    return model, True


def _networks(model: Pipeline) -> list:
    """The fitted classifiers: one, or those of an ensemble."""
    return getattr(model[-1], "estimators_", [model[-1]])


def _scores(model, X: np.ndarray) -> np.ndarray:
    """The logits; an ensemble only has probabilities."""
    return (getattr(model, "decision_function", None) or model.predict_proba)(X)


def _train_and_save(recipe: str, folder: str, rows: int, epochs: int) -> None:
    """Train a recipe and write the model, its scores and its labels of the test images."""
    model = fit(recipe, *load_digits(rows), epochs)
    X, _ = load_mnist(subset="test", return_X_y=True)
    joblib.dump(model, Path(folder, _MODEL))
    weights = [network.model_.get_weights() for network in _networks(model)]
    joblib.dump(weights, Path(folder, _WEIGHTS))
    np.save(Path(folder, _SCORES), _scores(model, X))
    np.save(Path(folder, _LABELS), model.predict(X))


if __name__ == "__main__":
    _, name, where, n_rows, n_epochs = sys.argv
    _train_and_save(name, where, int(n_rows), int(n_epochs))
