"""Import of optional dependencies, with an error that says what to install."""

from __future__ import annotations

import importlib
from types import ModuleType


def import_optional(name: str, *, extra: str, purpose: str) -> ModuleType:
    """Import an optional dependency when it is needed.

    Parameters
    ----------
    name : str
        Module to import, such as ``"distributed"``.
    extra : str
        Extra of skdigits that installs it, such as ``"dask"``.
    purpose : str
        What needs it, such as ``"compare --dask"``.

    Returns
    -------
    module : module
        The imported module.

    Raises
    ------
    ImportError
        If it is not installed; the message names the command that installs it.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.split(".")[0]
        if (error.name or "").split(".")[0] != package:
            raise
        raise ImportError(
            f"{purpose} needs {package}, which is not installed. "
            f'Install it with: pip install "skdigits[{extra}]"'
        ) from error
