"""Warnings that point to the user's own line."""

from __future__ import annotations

import inspect
import warnings

#: Calls in these packages are skipped.
_SKIPPED = {"skdigits", "sklearn", "joblib"}
#: A worker's thread or process begins in these, and no line of the user's is above.
_WORKERS = {"concurrent", "multiprocessing", "threading"}


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line that called skdigits, directly or through scikit-learn.

    In a worker, where there is no such line, warn at the call of skdigits.

    Parameters
    ----------
    message : str
        Text of the warning.
    category : type, default=UserWarning
        Class of the warning.
    """
    frame, level, in_worker = inspect.currentframe(), 1, 0
    while frame is not None:
        package = (frame.f_globals.get("__name__") or "").partition(".")[0]
        if package in _WORKERS:
            break
        if package not in _SKIPPED:
            warnings.warn(message, category, stacklevel=level)
            return
        if package != "skdigits" and not in_worker:
            in_worker = level
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=in_worker or level)
