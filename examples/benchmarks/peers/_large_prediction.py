"""Task: the memory that predicting very many rows takes beside them."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from types import ModuleType

import psutil

from ._architecture import Architecture
from ._data import load_digits

MB = 2**20
_FIRST_ROWS = 1_000


def start(
    side: ModuleType, *, architecture: Architecture, fit_rows: int, rows: int
) -> Callable[[bool], dict[str, float]]:
    """Train, predict a little so that everything is loaded, and load the rows."""
    X, y = side.prepare(*load_digits(fit_rows), architecture)
    model = side.fit(architecture, X, y, 1)
    side.predict(model, X[:_FIRST_ROWS])
    X, _ = side.prepare(*load_digits(rows), architecture)

    def measure(first: bool) -> dict[str, float]:
        before = psutil.Process().memory_info().rss
        begin = time.perf_counter()
        side.predict(model, X)
        seconds = time.perf_counter() - begin
        return {"MB beyond the input": (_peak() - before) / MB, "seconds": seconds}

    return measure


def _peak() -> int:
    """Most memory that this process ever had resident, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
