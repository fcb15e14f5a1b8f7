"""Keras' own objects among parameters and settings of layers, by name and plain settings."""

from __future__ import annotations

import math
import sys
from operator import attrgetter
from typing import Any

import numpy as np

from .._archive import shown
from ..exceptions import ModelFileError

_SCHEDULES = "optimizers.schedules"
#: Where Keras has them, and those that are made from plain values alone.
NAMES = {
    "optimizers": "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lion Nadam RMSprop SGD",
    _SCHEDULES: "CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay "
    "PiecewiseConstantDecay PolynomialDecay",
    "losses": "BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy "
    "CategoricalFocalCrossentropy CategoricalHinge CosineSimilarity Huber KLDivergence "
    "LogCosh MeanAbsoluteError MeanSquaredError Poisson SparseCategoricalCrossentropy "
    "SquaredHinge",
    "initializers": "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity "
    "LecunNormal LecunUniform Ones Orthogonal RandomNormal RandomUniform TruncatedNormal "
    "VarianceScaling Zeros",
    "regularizers": "L1 L1L2 L2 OrthogonalRegularizer",
    "constraints": "MaxNorm MinMaxNorm NonNeg UnitNorm",
}
#: Which of them each parameter of a classifier may be.
_GROUPS = {
    "kernel_initializer": "initializers",
    "learning_rate_schedule": _SCHEDULES,
    "loss": "losses",
    "optimizer": "optimizers",
}
#: Keras makes a tensor of each number of a schedule.
_MAX_SETTINGS = 1000
#: A name that a variable of Keras repeats.
MAX_TEXT = 1000


def describe_keras_object(thing: Any) -> dict[str, Any] | None:
    """Describe one of Keras' own objects.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    described : dict or None
        What Keras makes it of again. None for all else, and if a setting is neither a plain value
        nor a schedule.
    """
    keras, name = sys.modules.get("keras"), type(thing).__name__
    if keras is None:
        return None
    for group, names in NAMES.items():
        if name in names.split() and type(thing) is attrgetter(f"{group}.{name}")(keras):
            described = _description(group, name, _plain(thing.get_config()))
            return described if find_fault(described, group) is None else None
    return None


def keras_parameter(name: str, described: Any) -> dict[str, Any]:
    """Check what describes a parameter that is a Keras object.

    Parameters
    ----------
    name : str
        The parameter's name.
    described : object
        What a file says.

    Returns
    -------
    description : dict
        What a classifier makes the object of when somebody reads it.

    Raises
    ------
    ModelFileError
        If the parameter is none of Keras' own objects of this kind with plain settings. A
        description within them would be imported by Keras.
    """
    if name not in _GROUPS:
        raise ModelFileError(f"{shown(name)} is no parameter for a Keras object. Do not use it.")
    fault = find_fault(described, _GROUPS[name])
    if fault is not None:
        raise ModelFileError(f"{fault} Do not use it.")
    return {"keras object": described, "class": None, "custom objects": {}}


def _description(group: str, name: str, config: Any) -> dict[str, Any]:
    """Describe an object as Keras does."""
    return {
        "module": f"keras.{group}",
        "class_name": name,
        "config": config,
        "registered_name": None,
    }


def find_fault(described: Any, group: str) -> str | None:
    """Find out why Keras should not make an object of a description.

    Parameters
    ----------
    described : object
        What a file says.
    group : str
        A key of `NAMES`.

    Returns
    -------
    fault : str or None
        None for one of Keras' own objects of that group with plain settings.
    """
    if not isinstance(described, dict):
        return f"{shown(described)} does not describe one of Keras' objects."
    name, config = described["class_name"], described["config"]
    is_known = isinstance(name, str) and name in NAMES[group].split()
    if not is_known or described != _description(group, name, config):
        return (
            f"it names the Keras class {shown(name)}, which cannot be loaded from keras.{group}."
        )
    for key, value in config.items():
        if group == "optimizers" and isinstance(value, dict):
            fault = find_fault(value, _SCHEDULES)
            if fault is not None:
                return fault
            continue
        values = value if isinstance(value, list) else [value]
        if len(values) > _MAX_SETTINGS:
            return (
                f"the setting {shown(key)} of a Keras object has {len(values):,} values; "
                f"at most {_MAX_SETTINGS:,} are allowed."
            )
        if not all(map(_is_plain, values)):
            return f"the setting {shown(key)} of Keras' {name} is not a plain value."
    return None


def _is_plain(value: Any) -> bool:
    """Whether a setting, or an item of a list, is a finite number, a short text or nothing."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return len(value) <= MAX_TEXT
    return value is None or isinstance(value, (bool, int))


def _plain(value: Any) -> Any:
    """Replace tuples and NumPy's numbers by what JSON has."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
