"""Task: seconds of a whole training, and its error on the test images."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType

import numpy as np

from skdigits import load_mnist

from ._architecture import Architecture
from ._data import load_digits


def start(
    side: ModuleType,
    *,
    architecture: Architecture,
    rows: int,
    epochs: int,
    recipe: str | None = None,
) -> Callable[[bool], dict[str, float]]:
    """Prepare the data; a side that is given a recipe trains that. No seed is fixed."""
    X, y = side.prepare(*load_digits(rows), architecture)
    test_images, labels = load_mnist(subset="test", return_X_y=True)
    X_test, _ = side.prepare(test_images, labels, architecture)
    fit = (architecture, X, y, epochs) if recipe is None else (recipe, X, y)

    def measure(first: bool) -> dict[str, float]:
        begin = time.perf_counter()
        model = side.fit(*fit)
        seconds = time.perf_counter() - begin
        wrong = np.mean(side.predict(model, X_test) != labels)
        return {"seconds": seconds, "test error, %": 100 * wrong}

    return measure
