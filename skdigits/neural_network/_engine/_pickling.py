"""Keras' losses, optimisers, metrics, schedules and initialisers as plain values.

Keras itself pickles them by the names of their classes, and so does not find a class that is
not registered with it. Here the user's classes go as Python's own pickle has them.
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import keras

from ._custom_objects import check_config, custom_objects_by_name, named_in
from ._losses import SoftmaxLoss

#: What an object is described by: plain values, so that no class of ours has to be trusted.
_DESCRIPTION = {"keras object", "class", "custom objects"}
_KINDS = (
    keras.Loss,
    keras.Optimizer,
    keras.Initializer,
    keras.Metric,
    keras.optimizers.schedules.LearningRateSchedule,
)
#: Stands for the class of a loss that takes the softmax of the logits.
_SOFTMAX = "softmax"


def describe_object(thing: Any) -> Any:
    """Describe a Keras object by its settings and the user's classes in it.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    description : dict or object
        Of a loss, an optimiser, a metric, a schedule or an initialiser; all else is returned as
        it is.

    Raises
    ------
    pickle.PicklingError
        If Keras would not find a part of it again.
    """
    if not isinstance(thing, _KINDS):
        return thing
    if isinstance(thing, SoftmaxLoss):
        # Without its class: a file should name no module of ours that may move.
        inner = describe_object(thing.loss)
        return {"keras object": inner, "class": _SOFTMAX, "custom objects": {}}
    custom = custom_objects_by_name(thing)
    is_loss = isinstance(thing, keras.losses.Loss)
    kind: type | None = None
    settings: dict[str, Any]
    if is_loss and custom:
        # A user's class may have no `get_config`; all of a loss is in its attributes.
        kind = type(thing)
        settings = {name: describe_object(value) for name, value in vars(thing).items()}
    else:
        settings = keras.saving.serialize_keras_object(thing)
        custom = named_in(settings, custom)
        if is_loss:
            settings["config"]["dtype"] = thing.dtype
    return {"keras object": settings, "class": kind, "custom objects": custom}


def make_object(description: Any) -> Any:
    """Make a Keras object of its description.

    Parameters
    ----------
    description : object
        From `describe_object`, or made up by an attacker: no code of it runs.

    Returns
    -------
    thing : object
        An optimiser has taken no step yet. Anything but a description is returned as it is.

    Raises
    ------
    pickle.UnpicklingError
        If it names classes that are neither Keras' own nor in it.
    """
    if not isinstance(description, dict) or set(description) != _DESCRIPTION:
        return description
    settings = copy.deepcopy(description["keras object"])
    kind, custom = description["class"], description["custom objects"]
    if kind == _SOFTMAX:
        return SoftmaxLoss(make_object(settings))
    if kind is None:
        check_config(settings, custom)
        return keras.saving.deserialize_keras_object(
            settings, custom_objects=custom, safe_mode=True
        )
    if not (isinstance(kind, type) and issubclass(kind, keras.losses.Loss)):
        raise pickle.UnpicklingError(f"{kind!r} is not the class of a loss. Do not use the file.")
    thing: Any = object.__new__(kind)
    vars(thing).update({name: make_object(value) for name, value in settings.items()})
    return thing
