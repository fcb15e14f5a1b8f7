"""Task: what a fit costs, in seconds and in memory, after many in the same process."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import psutil

from ._architecture import Architecture
from ._data import load_digits

MB = 2**20
SETTLED = 5  # fits after which what is loaded once is loaded


def start(
    side: ModuleType, *, architecture: Architecture, rows: int, marks: list[int]
) -> Callable[[bool], dict[str, float]]:
    """Prepare the data; a measurement fits as often as the last mark says."""
    X, y = side.prepare(*load_digits(rows), architecture)

    def measure(first: bool) -> dict[str, float]:
        measured, settled = {}, 0.0
        for i in range(1, marks[-1] + 1):
            # Another learning rate each time, as in a search.
            changed = replace(architecture, learning_rate=0.001 * (1 + i / 1000))
            begin = time.perf_counter()
            side.fit(changed, X, y, 1)
            seconds = time.perf_counter() - begin
            if i in marks:
                measured[f"seconds of fit {i}"] = seconds
                measured[f"MB after fit {i}"] = _resident_mb()
            if i == SETTLED:
                settled = _resident_mb()
        if marks[-1] > SETTLED:
            growth = measured[f"MB after fit {marks[-1]}"] - settled
            measured[f"MB grown from fit {SETTLED} to {marks[-1]}"] = growth
        return measured

    return measure


def _resident_mb() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / MB
