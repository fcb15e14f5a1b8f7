"""Keras' losses and optimisers among a classifier's parameters, copied and pickled as they are.

Keras itself copies and pickles them by the names of their classes, and so does not find a class
that is not registered with it. Here a class goes as Python's own pickle has it.
"""

from __future__ import annotations

import copy
import sys
from typing import Any

from sklearn.base import BaseEstimator, _clone_parametrized

_FITTED = "_network_params"


class KerasObject:
    """A loss or an optimiser in plain values, and the user's classes that it is made of.

    Parameters
    ----------
    thing : keras.losses.Loss or keras.optimizers.Optimizer
        The object.
    """

    def __init__(self, thing: Any) -> None:
        import keras

        from ._custom_objects import custom_objects_by_name

        self.custom_objects = custom_objects_by_name(thing)
        self.kind: type | None = None
        is_loss = isinstance(thing, keras.losses.Loss)
        if is_loss and self.custom_objects:
            # A user's class may have no `get_config`; all of a loss is in its attributes.
            self.kind = type(thing)
            self.settings = pack_params(vars(thing))
        else:
            self.settings = keras.saving.serialize_keras_object(thing)
            if is_loss:
                self.settings["config"]["dtype"] = thing.dtype

    def make(self) -> Any:
        """Make the object again, without code of a file that it may have come from.

        Returns
        -------
        thing : keras.losses.Loss or keras.optimizers.Optimizer
            A new one; an optimiser has taken no step yet.

        Raises
        ------
        pickle.UnpicklingError
            If it is described by classes that are neither Keras' own nor in it.
        """
        import keras

        from ._custom_objects import check_config

        settings = copy.deepcopy(self.settings)
        if self.kind is None:
            check_config(settings, self.custom_objects)
            return keras.saving.deserialize_keras_object(
                settings, custom_objects=self.custom_objects, safe_mode=True
            )
        thing: Any = object.__new__(self.kind)
        vars(thing).update(unpack_params(settings))
        return thing

    def __sklearn_clone__(self) -> Any:
        """Let scikit-learn's clone of a classifier get a new object."""
        return self.make()


def clone_classifier(classifier: BaseEstimator) -> Any:
    """Clone a classifier as scikit-learn does, with Keras' objects copied by `KerasObject`.

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
    vars(stand_in).update(pack_params(vars(classifier)))
    return _clone_parametrized(stand_in)


def pack_params(state: dict[str, Any]) -> dict[str, Any]:
    """Put a `KerasObject` in the place of each loss and optimiser.

    Parameters
    ----------
    state : dict
        Attributes of a classifier; not written into.

    Returns
    -------
    packed : dict
        The same with other values; what is one object in two places still is.
    """
    if "keras" not in sys.modules:
        return state
    import keras

    packed: dict[int, KerasObject] = {}

    def pack(value: Any) -> Any:
        if not isinstance(value, (keras.losses.Loss, keras.optimizers.Optimizer)):
            return value
        if id(value) not in packed:
            packed[id(value)] = KerasObject(value)
        return packed[id(value)]

    return _each(state, pack)


def unpack_params(state: dict[str, Any]) -> dict[str, Any]:
    """Make the losses and optimisers again that `pack_params` has replaced.

    Parameters
    ----------
    state : dict
        Attributes of a classifier; not written into.

    Returns
    -------
    unpacked : dict
        The same with Keras' objects.
    """
    made: dict[int, Any] = {}

    def unpack(value: Any) -> Any:
        if not isinstance(value, KerasObject):
            return value
        if id(value) not in made:
            made[id(value)] = value.make()
        return made[id(value)]

    return _each(state, unpack)


def _each(state: dict[str, Any], change: Any) -> dict[str, Any]:
    """Change parameters, and those that the network of the last fit was made with."""
    changed = {name: change(value) for name, value in state.items()}
    if isinstance(state.get(_FITTED), dict):
        changed[_FITTED] = {name: change(value) for name, value in state[_FITTED].items()}
    return changed
