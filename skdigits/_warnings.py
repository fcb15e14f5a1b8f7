"""Warnings that point to the user's own line."""

from __future__ import annotations

import inspect
import warnings

#: Between the user's line and a warning there may be calls within these packages.
_PACKAGES = {"skdigits", "sklearn", "joblib"}


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line that called skdigits, directly or through scikit-learn.

    Parameters
    ----------
    message : str
        What to say.
    category : type, default=UserWarning
        Class of the warning.
    """
    frame, level = inspect.currentframe(), 1
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] in _PACKAGES:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
