"""The key of a training: everything that its result depends on."""

from __future__ import annotations

import functools
import inspect
import marshal
import types
from typing import Any

import joblib
import keras
import numpy as np

from ...exceptions import CheckpointError
from ._custom_objects import is_keras_own
from ._metrics import metrics_key
from ._plan import Samples, TrainingPlan
from ._state import network_state
from ._structure import structure_key


def training_key(
    network: keras.Model, samples: Samples, validation: Samples | None, plan: TrainingPlan
) -> str:
    """Compute the key of a training from all that decides on its result.

    Parameters
    ----------
    network : keras.Model
        Compiled.
    samples : Samples
        What it is trained on.
    validation : Samples or None
        What it is evaluated on.
    plan : TrainingPlan
        How it is trained.

    Returns
    -------
    key : str
        Equal for trainings that give the same network.

    Raises
    ------
    CheckpointError
        If the network has parts that are not Keras' own.
    """
    structure = structure_key(network, network.loss, network.optimizer)
    metrics = metrics_key(plan.metrics)
    if structure is None or metrics is None:
        raise CheckpointError(
            "checkpoint_dir needs Keras' own layers, losses, metrics and functions: custom "
            "objects cannot be compared between runs. Set checkpoint_dir=None."
        )
    decisive: list[Any] = [
        keras.__version__,
        structure,
        str(network.optimizer.get_config().get("learning_rate")),
        [plan.batch_size, plan.initial_epoch, plan.epochs],
        [plan.augment_key, plan.weight_averaging, plan.checkpoint_key],
        [_describe_callback(callback) for callback in plan.callbacks],
        *([metrics] if plan.metrics else []),
        [*samples, *(validation or ())],
        # Initial weights may come from anywhere: from another network, or a file.
        [variable.numpy() for variable in network_state(network)],
    ]
    return str(joblib.hash(decisive))


def _describe_callback(callback: keras.callbacks.Callback) -> list[Any]:
    """Describe a callback that is not in use yet by its class and its attributes.

    Numbers, texts, arrays and collections of them count by their values, functions by what
    they do, and all else by its class.
    """
    if type(callback).__module__.startswith("skdigits."):
        return [type(callback).__qualname__]  # ours only listen
    return [_name(type(callback)), _describe(vars(callback))]


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
    if is_keras_own(function):
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
