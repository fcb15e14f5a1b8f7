"""Keras' losses and optimisers among a classifier's parameters, copied and pickled as they are.

Keras itself copies and pickles them by the names of their classes, and so does not find a class
that is not registered with it. Here the user's classes go as Python's own pickle has them.
"""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator, _clone_parametrized

from ._loading import load_keras

#: What an object is described by: plain values, so that no class of ours has to be trusted.
_DESCRIPTION = {"keras object", "class", "custom objects"}
#: Where a classifier keeps the parameters that its network was made with.
_FITTED = "_network_params"


def clone_classifier(classifier: BaseEstimator) -> Any:
    """Clone a classifier as scikit-learn does, also where Keras cannot copy a parameter.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        Fitted or not.

    Returns
    -------
    clone : BaseKerasClassifier
        Unfitted, with the same parameters.
    """
    # In the place of the classifier, as scikit-learn asks each parameter for its own clone.
    stand_in = object.__new__(type(classifier))
    vars(stand_in).update(_each(vars(classifier), _Cloned))
    return _clone_parametrized(stand_in)


class _Cloned:
    """Stands for a Keras object, and gives scikit-learn a copy of it."""

    def __init__(self, thing: Any) -> None:
        self._description = _describe(thing)

    def __sklearn_clone__(self) -> Any:
        return _make(self._description)


def pack_params(state: dict[str, Any]) -> dict[str, Any]:
    """Put a description in the place of each loss and optimiser.

    Parameters
    ----------
    state : dict
        Attributes of a classifier; not written into.

    Returns
    -------
    packed : dict
        The same with other values; what is one object in two places still is.
    """
    return _each(state, _describe)


def unpack_params(state: dict[str, Any]) -> dict[str, Any]:
    """Make the losses and optimisers again that `pack_params` has described.

    Parameters
    ----------
    state : dict
        Attributes of a classifier, as they were packed or as somebody made them up: no code
        of a file runs. Not written into.

    Returns
    -------
    unpacked : dict
        The same with Keras' objects; an optimiser has taken no step yet.

    Raises
    ------
    pickle.UnpicklingError
        If one is described by classes that are neither Keras' own nor in the state.
    """
    made: dict[int, Any] = {}

    def unpack(value: Any) -> Any:
        if not isinstance(value, dict) or set(value) != _DESCRIPTION:
            return value
        if id(value) not in made:
            made[id(value)] = _make(value)
        return made[id(value)]

    return _change(state, unpack)


def _each(state: dict[str, Any], replace: Callable[[Any], Any]) -> dict[str, Any]:
    """Put something in the place of each loss and optimiser, one for each."""
    if "keras" not in sys.modules:
        return state
    import keras

    replaced: dict[int, Any] = {}

    def change(value: Any) -> Any:
        if not isinstance(value, (keras.losses.Loss, keras.optimizers.Optimizer)):
            return value
        if id(value) not in replaced:
            replaced[id(value)] = replace(value)
        return replaced[id(value)]

    return _change(state, change)


def _change(state: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Change the values of a state, and those that the network of the last fit was made with."""
    changed = {name: change(value) for name, value in state.items()}
    if isinstance(state.get(_FITTED), dict):
        changed[_FITTED] = {name: change(value) for name, value in state[_FITTED].items()}
    return changed


def _describe(thing: Any) -> dict[str, Any]:
    """Describe a loss or an optimiser by its settings and the user's classes in it."""
    import keras

    from ._custom_objects import custom_objects_by_name, named_in

    custom = custom_objects_by_name(thing)
    is_loss = isinstance(thing, keras.losses.Loss)
    if is_loss and custom:
        # A user's class may have no `get_config`; all of a loss is in its attributes.
        kind, settings = type(thing), pack_params(vars(thing))
    else:
        kind, settings = None, keras.saving.serialize_keras_object(thing)
        custom = named_in(settings, custom)
        if is_loss:
            settings["config"]["dtype"] = thing.dtype
    return {"keras object": settings, "class": kind, "custom objects": custom}


def _make(description: dict[str, Any]) -> Any:
    """Make a loss or an optimiser of its description."""
    load_keras()
    import keras

    from ._custom_objects import check_config

    settings = copy.deepcopy(description["keras object"])
    kind, custom = description["class"], description["custom objects"]
    if kind is None:
        check_config(settings, custom)
        return keras.saving.deserialize_keras_object(
            settings, custom_objects=custom, safe_mode=True
        )
    if not (isinstance(kind, type) and issubclass(kind, keras.losses.Loss)):
        raise pickle.UnpicklingError(f"{kind!r} is no class of a loss. Do not use the file.")
    thing: Any = object.__new__(kind)
    vars(thing).update(unpack_params(settings))
    return thing
