"""Task: seconds per epoch of a fit."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType

from ._architecture import Architecture
from ._data import load_digits


def start(
    side: ModuleType, *, architecture: Architecture, rows: int, epochs: int
) -> Callable[[bool], dict[str, float]]:
    """Prepare the data; every measurement is a new fit."""
    X, y = side.prepare(*load_digits(rows), architecture)

    def measure(first: bool) -> dict[str, float]:
        begin = time.perf_counter()
        side.fit(architecture, X, y, epochs)
        return {"seconds": (time.perf_counter() - begin) / epochs}

    return measure
