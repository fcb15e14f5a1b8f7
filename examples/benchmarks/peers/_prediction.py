"""Task: seconds of one call that predicts."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from types import ModuleType

from ._architecture import Architecture
from ._data import load_digits


def start(
    side: ModuleType,
    *,
    architecture: Architecture,
    fit_rows: int,
    rows: int,
    calls: int,
    method: str,
) -> Callable[[bool], dict[str, float]]:
    """Train for an epoch; every measurement is the median of several calls.

    The first one is a single call, to see what is built in it.
    """
    images, labels = load_digits(max(fit_rows, rows))
    X, y = side.prepare(images[:fit_rows], labels[:fit_rows], architecture)
    model = side.fit(architecture, X, y, 1)
    X, _ = side.prepare(images[:rows], labels[:rows], architecture)
    predict = getattr(side, method)

    def measure(first: bool) -> dict[str, float]:
        seconds = []
        for _ in range(1 if first else calls):
            begin = time.perf_counter()
            predicted = predict(model, X)
            seconds.append(time.perf_counter() - begin)
            if len(predicted) != rows:
                raise ValueError(f"{len(predicted)} predictions for {rows} rows")
        return {"seconds": median(seconds)}

    return measure
