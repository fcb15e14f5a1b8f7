"""What a callback is set to: trainings of other settings are other trainings."""

from __future__ import annotations

import functools
import inspect
import marshal
import types
from typing import Any

import keras
import numpy as np

#: What Keras' callbacks gather from epoch to epoch; the others' is not known.
_GATHERED = {
    keras.callbacks.EarlyStopping: ("wait", "best", "best_epoch", "best_weights"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
}

#: Integers from here on fit into no tensor.
_MOST = 2**31


def describe_callback(callback: keras.callbacks.Callback) -> list[Any]:
    """Describe a callback, for a comparison with another.

    Parameters
    ----------
    callback : keras.callbacks.Callback
        Not in use yet.

    Returns
    -------
    description : list
        Its class and its attributes: numbers, texts, arrays and collections of them by
        their values, functions by what they do, and all else by its class.
    """
    if type(callback).__module__.split(".")[0] == "skdigits":
        return [_name(type(callback))]  # ours only listen
    return [_name(type(callback)), _describe(vars(callback))]


def gathered_by(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """Collect what a callback remembers of the epochs behind it.

    Parameters
    ----------
    callback : keras.callbacks.Callback
        In use.

    Returns
    -------
    gathered : dict
        Numbers, None, and under ``"best_weights"`` a list of arrays, by attribute; empty
        for all but Keras' `EarlyStopping` and `ReduceLROnPlateau`.
    """
    return {name: getattr(callback, name) for name in _gathered_names(callback)}


def is_gathered_by(callback: keras.callbacks.Callback, attributes: Any, *, has_best: bool) -> bool:
    """Whether a callback can have gathered such attributes.

    Parameters
    ----------
    callback : keras.callbacks.Callback
        Not in use yet.
    attributes : object
        What should be numbers and None by attribute, without ``"best_weights"``.
    has_best : bool
        Whether there are best weights beside them.

    Returns
    -------
    gathered : bool
        If so, they are as `gathered_by` gives them.
    """
    names = set(_gathered_names(callback))
    if not isinstance(attributes, dict) or names - {"best_weights"} != set(attributes):
        return False
    best = attributes.get("best")
    counts = [value for name, value in attributes.items() if name != "best"]
    return (
        (not has_best or "best_weights" in names)
        and (best is None or type(best) is float or (type(best) is int and abs(best) < _MOST))
        and all(type(count) is int and 0 <= count < _MOST for count in counts)
    )


def _gathered_names(callback: keras.callbacks.Callback) -> list[str]:
    """Name the attributes in which a callback gathers something."""
    return [name for kind in _GATHERED if isinstance(callback, kind) for name in _GATHERED[kind]]


def _describe(value: Any) -> Any:
    """Describe a setting."""
    if value is None or isinstance(value, (bool, int, float, str, bytes, np.generic, np.ndarray)):
        return value
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    if isinstance(value, (list, tuple)):
        return [_describe(item) for item in value]
    if isinstance(value, dict):
        return [[str(name), _describe(item)] for name, item in value.items()]
    if isinstance(value, functools.partial):
        return [_describe(part) for part in (value.func, value.args, value.keywords)]
    if isinstance(value, types.FunctionType):
        return _describe_function(value)
    return _name(type(value))


def _describe_function(function: types.FunctionType) -> Any:
    """Describe what a function does: its program, its defaults and the values it refers to."""
    if str(function.__module__).split(".")[0] == "keras":
        return _name(function)
    code = function.__code__.replace(co_filename="", co_firstlineno=1, co_linetable=b"")
    outside = inspect.getclosurevars(function)
    values = [function.__defaults__, outside.nonlocals, outside.globals]
    # The older format does not depend on how often a constant is referred to.
    return [marshal.dumps(code, 2), *map(_describe_plain, values)]


def _describe_plain(value: Any) -> Any:
    """Describe what a function refers to; other functions by their names."""
    if isinstance(value, dict):
        return [[name, _describe_plain(item)] for name, item in value.items()]
    return _name(value) if isinstance(value, types.FunctionType) else _describe(value)


def _name(thing: Any) -> str:
    """Name a class or a function."""
    return f"{thing.__module__}.{thing.__qualname__}"
