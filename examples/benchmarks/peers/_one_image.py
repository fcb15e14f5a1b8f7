"""Task: seconds of one image through a recipe's Pipeline, and through scikit-learn's beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType

from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdigits import ImageScaler

from ._alternating import time_in_turn
from ._data import load_digits

_FEW_CALLS = 20


def start(
    side: ModuleType, *, architecture: str, fit_rows: int, calls: int
) -> Callable[[bool], dict[str, float]]:
    """Train briefly; ``architecture`` is the name of the recipe."""
    images, labels = load_digits(fit_rows)
    one = images[:1]
    ours = side.fit(architecture, images, labels)
    others = {
        "sklearn (64, 64)": make_pipeline(ImageScaler(), _sklearn((64, 64))),
        "sklearn (64, 64), MinMaxScaler": make_pipeline(MinMaxScaler(), _sklearn((64, 64))),
        "sklearn (128,)": make_pipeline(ImageScaler(), _sklearn((128,))),
    }
    run = {name: partial(model.fit(images, labels).predict, one) for name, model in others.items()}

    def measure(first: bool) -> dict[str, float]:
        return time_in_turn(partial(ours.predict, one), run, _FEW_CALLS if first else calls)

    return measure


def _sklearn(hidden: tuple[int, ...]) -> MLPClassifier:
    """Make a network that is trained until it no longer matters."""
    return MLPClassifier(hidden, early_stopping=True, n_iter_no_change=1)
