"""Keras' own optimisers, schedules, losses and initialisers by name and settings."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from .._archive import shown
from ..exceptions import ModelFileError

#: Where Keras has them, and those that are made from plain values alone.
_GROUPS = {
    "optimizers": (
        keras.optimizers,
        "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lion Nadam RMSprop SGD",
    ),
    "optimizers.schedules": (
        keras.optimizers.schedules,
        "CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay "
        "PiecewiseConstantDecay PolynomialDecay",
    ),
    "losses": (
        keras.losses,
        "BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy "
        "CategoricalFocalCrossentropy CategoricalHinge CosineSimilarity Huber KLDivergence "
        "LogCosh MeanAbsoluteError MeanSquaredError Poisson SparseCategoricalCrossentropy "
        "SquaredHinge",
    ),
    "initializers": (
        keras.initializers,
        "Constant GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform "
        "Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros",
    ),
}
#: What a setting may be, or a list of.
_PLAIN = (type(None), bool, int, float, str, np.generic)

CLASSES: dict[str, Any] = {
    f"{group}.{name}": getattr(module, name)
    for group, (module, names) in _GROUPS.items()
    for name in names.split()
}


def describe_keras_object(thing: Any) -> dict[str, Any] | None:
    """Describe one of Keras' own objects.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    described : dict or None
        ``"class"`` and ``"config"``, the arguments that make it again; a schedule
        within it is an object. None for all else, and if a setting is not a plain value.
    """
    for name, known in CLASSES.items():
        if type(thing) is known:
            config = {key: _made(value) for key, value in thing.get_config().items()}
            is_plain = all(map(_is_plain, config.values()))
            return {"class": name, "config": config} if is_plain else None
    return None


def make_keras_object(name: str, config: dict[str, Any]) -> Any:
    """Make an object that was described, by its constructor alone.

    Parameters
    ----------
    name : str
        What a file says.
    config : dict
        Arguments, of which none is Keras' own description of an object: Keras would
        import what that names.

    Returns
    -------
    made : object
        Of the class of that name in `CLASSES`.

    Raises
    ------
    ModelFileError
        If there is none, or an argument is not plain.
    """
    if not isinstance(name, str) or name not in CLASSES:
        raise ModelFileError(f"it names the Keras class {shown(name)}, which cannot be loaded.")
    for key, value in config.items():
        if not _is_plain(value):
            raise ModelFileError(
                f"the setting {shown(key)} of Keras' {name} is not a plain value."
            )
    return CLASSES[name](**config)


def _is_plain(value: Any) -> bool:
    """Whether a setting is a number, a text, nothing, a list of such, or a schedule."""
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, _PLAIN) for item in value)
    return isinstance(value, (*_PLAIN, keras.optimizers.schedules.LearningRateSchedule))


def _made(value: Any) -> Any:
    """Make the schedule that Keras describes within an optimiser."""
    name = f"optimizers.schedules.{value.get('class_name')}" if isinstance(value, dict) else ""
    return make_keras_object(name, value["config"]) if name in CLASSES else value
