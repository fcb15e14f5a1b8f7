"""Keras' objects among a classifier's parameters: cloned, pickled, and made when they are read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator, _clone_parametrized

from ._engine._tensorflow import load_keras, respect_share_of_cores

#: Where a classifier of a file keeps what describes Keras' objects, until somebody reads one.
_DESCRIBED = "_described"
#: Where it keeps the parameters that its network was made with.
_PARAMS = "_network_params"


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
    vars(stand_in).update(_change(pack_params(vars(classifier)), _is_described, _Cloned))
    return _clone_parametrized(stand_in)


class _Cloned:
    """Stands for a Keras object, and gives scikit-learn a copy of it."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._description = description

    def __sklearn_clone__(self) -> Any:
        return _make(self._description)


def pack_params(state: dict[str, Any]) -> dict[str, Any]:
    """Put a description in the place of each of Keras' objects.

    Parameters
    ----------
    state : dict
        Attributes of a classifier; not written into.

    Returns
    -------
    packed : dict
        The same with other values; what is one object in two places still is.
    """
    described = state.get(_DESCRIBED, {})
    # What was set since then counts.
    packed = described | {name: value for name, value in state.items() if name != _DESCRIBED}
    if "keras" not in sys.modules:
        return packed
    return _change(packed, _is_keras_object, _describe)


def take_described(target: dict[str, Any], state: dict[str, Any]) -> None:
    """Set attributes, and put those aside that describe Keras' objects.

    So a classifier of a file loads Keras only if somebody reads them.

    Parameters
    ----------
    target : dict
        Attributes of a classifier; written into.
    state : dict
        From `pack_params`, or made up by an attacker.
    """
    aside = {name for name, value in state.items() if _holds_described(value)}
    if aside and _PARAMS in state:
        # It refers to the same objects.
        aside.add(_PARAMS)
    target.update({name: value for name, value in state.items() if name not in aside})
    if aside:
        target[_DESCRIBED] = {name: state[name] for name in aside}
        for name in aside:
            # The constructor has set it to its default.
            target.pop(name, None)


def make_described(target: dict[str, Any], name: str, kind: str) -> None:
    """Make Keras' objects that were put aside, if an attribute is among them.

    Parameters
    ----------
    target : dict
        Attributes of a classifier; written into.
    name : str
        The attribute.
    kind : str
        The classifier's class, for the error.

    Raises
    ------
    AttributeError
        If there is no such attribute.
    pickle.UnpicklingError
        If an object is described by classes that are neither Keras' own nor in the state.
    """
    described = target.get(_DESCRIBED, {})
    if name not in described:
        if name in target:  # another thread has just made it
            return
        raise AttributeError(f"{kind!r} object has no attribute {name!r}")
    # What was set since then counts.
    target.update(_change(described, _is_described, _make) | target)
    target.pop(_DESCRIBED, None)


def described_names(target: dict[str, Any]) -> list[str]:
    """List the attributes that describe Keras' objects, until somebody reads one.

    Parameters
    ----------
    target : dict
        Attributes of a classifier.

    Returns
    -------
    names : list of str
        Attributes that were put aside and not set since then.
    """
    return [name for name in target.get(_DESCRIBED, {}) if name not in target]


def forget_described(target: dict[str, Any], name: str) -> bool:
    """Delete an attribute that describes Keras' objects, without making them.

    Parameters
    ----------
    target : dict
        Attributes of a classifier; written into.
    name : str
        The attribute.

    Returns
    -------
    deleted : bool
        False if it was not put aside.
    """
    if name not in target.get(_DESCRIBED, {}):
        return False
    target[_DESCRIBED] = {key: value for key, value in target[_DESCRIBED].items() if key != name}
    target.pop(name, None)
    return True


def _is_keras_object(value: Any) -> bool:
    """Whether Keras does not pickle a value itself, or loading it would load Keras.

    A user's own schedules and initialisers are pickled as Python does: nobody says that they
    have settings.
    """
    import keras

    if isinstance(value, (keras.Loss, keras.Metric, keras.Optimizer)):
        return True
    kinds = (keras.Initializer, keras.optimizers.schedules.LearningRateSchedule)
    return isinstance(value, kinds) and type(value).__module__.split(".")[0] == "keras"


def _describe(thing: Any) -> Any:
    """Describe a Keras object by plain values."""
    from ._engine._pickling import describe_object

    return describe_object(thing)


def _is_described(value: Any) -> bool:
    """Whether a value is the description of a Keras object."""
    return isinstance(value, dict) and "keras object" in value


def _holds_described(value: Any) -> bool:
    """Whether a value is the description of a Keras object, or a list that contains one."""
    is_list = isinstance(value, (list, tuple))
    return any(map(_is_described, value)) if is_list else _is_described(value)


def _make(description: dict[str, Any]) -> Any:
    """Make a Keras object of its description."""
    load_keras()
    # An optimiser has variables, which start TensorFlow.
    respect_share_of_cores()
    from ._engine._pickling import make_object

    return make_object(description)


def _change(
    state: dict[str, Any],
    is_meant: Callable[[Any], bool],
    replace: Callable[[Any], Any],
) -> dict[str, Any]:
    """Replace values, also in lists and in the parameters of a network, one object by one."""
    replaced: dict[int, Any] = {}

    def change(value: Any) -> Any:
        if type(value) in (list, tuple) and any(map(is_meant, value)):
            return type(value)(map(change, value))
        if is_meant(value):
            if id(value) not in replaced:
                replaced[id(value)] = replace(value)
            return replaced[id(value)]
        return value

    changed = {name: change(value) for name, value in state.items()}
    if isinstance(state.get(_PARAMS), dict):
        changed[_PARAMS] = {name: change(value) for name, value in state[_PARAMS].items()}
    return changed
