"""Keras' losses and optimisers among a classifier's parameters, cloned and pickled as they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from sklearn.base import BaseEstimator, _clone_parametrized

from ._engine._tensorflow import load_keras


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
    [state] = pack_params(vars(classifier))
    [state] = _change([state], _is_described, _Cloned)
    vars(stand_in).update(state)
    return _clone_parametrized(stand_in)


class _Cloned:
    """Stands for a Keras object, and gives scikit-learn a copy of it."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._description = description

    def __sklearn_clone__(self) -> Any:
        return _make(self._description)


def pack_params(*states: dict[str, Any]) -> list[dict[str, Any]]:
    """Put a description in the place of each loss and optimiser.

    Parameters
    ----------
    *states : dict
        Attributes or parameters of a classifier; not written into.

    Returns
    -------
    packed : list of dict
        The same with other values; what is one object in two places still is.
    """
    if "keras" not in sys.modules:
        return list(states)
    import keras

    kinds = (keras.losses.Loss, keras.optimizers.Optimizer)
    return _change(states, lambda value: isinstance(value, kinds), _describe)


def unpack_params(*states: dict[str, Any]) -> list[dict[str, Any]]:
    """Make the losses and optimisers again that `pack_params` has described.

    Parameters
    ----------
    *states : dict
        Attributes or parameters of a classifier, from `pack_params` or made up by an attacker:
        no code of a file runs. Not written into.

    Returns
    -------
    unpacked : list of dict
        The same with Keras' objects; an optimiser has taken no step yet.

    Raises
    ------
    pickle.UnpicklingError
        If one is described by classes that are neither Keras' own nor in the state.
    """
    return _change(states, _is_described, _make)


def _describe(thing: Any) -> dict[str, Any]:
    """Describe a loss or an optimiser."""
    from ._engine._pickling import describe_object

    return describe_object(thing)


def _is_described(value: Any) -> bool:
    """Whether a value is the description of a Keras object."""
    return isinstance(value, dict) and "keras object" in value


def _make(description: dict[str, Any]) -> Any:
    """Make a loss or an optimiser of its description."""
    load_keras()
    from ._engine._pickling import make_object

    return make_object(description)


def _change(
    states: Iterable[dict[str, Any]],
    is_meant: Callable[[Any], bool],
    replace: Callable[[Any], Any],
) -> list[dict[str, Any]]:
    """Replace values; one object in several places is replaced by one."""
    replaced: dict[int, Any] = {}

    def change(value: Any) -> Any:
        if is_meant(value):
            if id(value) not in replaced:
                replaced[id(value)] = replace(value)
            return replaced[id(value)]
        return value

    return [{name: change(value) for name, value in state.items()} for state in states]
