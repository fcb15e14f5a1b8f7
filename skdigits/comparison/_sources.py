"""The source code of a model: results of changed code must not be reused."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

from sklearn.base import BaseEstimator

from ._setting import LIBRARIES

#: Packages whose versions are part of a folder's configuration.
_VERSIONED = {"sklearn" if name == "scikit-learn" else name for name in LIBRARIES}


def find_sources(*things: Any) -> list[str]:
    """Find the source code of the classes and functions that a model consists of.

    Parameters
    ----------
    *things : object
        Estimators, their parameters, and collections of these.

    Returns
    -------
    sources : list of str
        The code of each class or function once, sorted. Without the standard library,
        the libraries whose versions are compared anyway, and code without a file.
    """
    return sorted({_read(thing) for thing in _named(things) if not _is_versioned(thing)} - {""})


def _named(things: Iterable[Any]) -> Iterator[type | types.FunctionType]:
    """List the classes and functions of estimators, parameters and collections."""
    for thing in things:
        if isinstance(thing, (list, tuple, set)):
            yield from _named(thing)
        elif isinstance(thing, dict):
            yield from _named(thing.values())
        elif isinstance(thing, types.FunctionType):
            yield thing
        else:
            yield from thing.__mro__ if isinstance(thing, type) else type(thing).__mro__
            if isinstance(thing, BaseEstimator):
                yield from _named(thing.get_params(deep=False).values())


def _is_versioned(thing: type | types.FunctionType) -> bool:
    """Say whether it belongs to the standard library or to a library with a known version."""
    package = thing.__module__.partition(".")[0]
    return package in _VERSIONED or package in sys.stdlib_module_names


def _read(thing: type | types.FunctionType) -> str:
    """Read the code of a class or function; empty if it has no file."""
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return ""
