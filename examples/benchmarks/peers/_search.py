"""Task: seconds of a GridSearchCV."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType

from sklearn.model_selection import GridSearchCV

from ._architecture import Architecture
from ._data import load_digits
from ._failures import NotApplicableError


def start(
    side: ModuleType,
    *,
    architecture: Architecture,
    rows: int,
    epochs: int,
    rates: list[float],
    hidden: list[tuple[int, ...]],
    n_jobs: int,
) -> Callable[[bool], dict[str, float]]:
    """Prepare the data and the search; the processes of the search start in its timing."""
    if not hasattr(side, "search"):
        raise NotApplicableError("no estimator to search with")
    X, y = side.prepare(*load_digits(rows), architecture)
    estimator, grid, fit_parameters = side.search(architecture, epochs, rates, hidden)
    search = GridSearchCV(
        estimator, grid, cv=3, refit=False, n_jobs=n_jobs, scoring="accuracy", error_score="raise"
    )

    def measure(first: bool) -> dict[str, float]:
        begin = time.perf_counter()
        search.fit(X, y, **fit_parameters)
        return {"seconds": time.perf_counter() - begin}

    return measure
