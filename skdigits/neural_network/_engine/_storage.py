"""From a Keras network to a network at rest, and back.

Importing scikeras replaces the way in which `keras.Model` is pickled, by one that
registers its class with Keras anew in every call; so a network is never pickled.
"""

from __future__ import annotations

import copy
import pickle
import types
from collections.abc import Mapping
from typing import Any

import keras

from ..._inference import StoredNetwork, TrainingState, UnsupportedLayerError
from ._custom_objects import (
    check_config,
    custom_objects,
    custom_objects_by_name,
    named_in,
    refuse_own_code,
)
from ._network import build_with_seed, compile_network, follow_frozen_layers
from ._pickling import describe_object, make_object
from ._state import (
    assign_state,
    assign_trainable,
    network_state,
    renew_copies,
    trainable_flags,
)
from ._tensorflow import collect_old_networks, respect_share_of_cores

#: What a network is compiled with is kept apart: Keras does not find the user's classes in it.
_COMPILED = "compile_config"


def describe_architecture(network: keras.Model) -> dict[str, Any]:
    """Describe a network without its weights, if Keras' configuration says all that it computes.

    Parameters
    ----------
    network : keras.Model
        Sequential or functional.

    Returns
    -------
    architecture : dict
        Keras' configuration of it.

    Raises
    ------
    UnsupportedLayerError
        If it has a class or a function that is not Keras' own, or that Keras' configuration takes
        for another.
    """
    refuse_own_code(custom_objects(network))
    try:
        return _architecture(network)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise UnsupportedLayerError(f"Keras cannot describe it: {error}") from error


def _architecture(network: keras.Model) -> dict[str, Any]:
    """Give Keras' configuration of a network, without what it is compiled with."""
    config: dict[str, Any] = keras.saving.serialize_keras_object(network)
    config.pop(_COMPILED, None)
    return config


def store_network(network: keras.Model) -> StoredNetwork:
    """Convert a compiled network to a network at rest.

    Parameters
    ----------
    network : keras.Model
        Compiled.

    Returns
    -------
    stored : StoredNetwork
        A copy of all that prediction and further training need.

    Raises
    ------
    pickle.PicklingError
        If a class or a function in it has no name, or two have the same.
    """
    follow_frozen_layers(network)
    # First: Keras warns of some functions when it describes them.
    known = custom_objects_by_name(network)
    architecture = _architecture(network)
    # The state first: it builds the optimiser, which its settings then describe.
    state = [variable.numpy() for variable in network_state(network)]
    n_weights = len(network.weights)
    training = TrainingState(
        arrays=state[n_weights:],
        trainable=trainable_flags(network),
        optimizer=describe_object(network.optimizer),
        loss=describe_object(network.loss),
        custom_objects=named_in(architecture, known),
    )
    return StoredNetwork(architecture, state[:n_weights], training)


def restore_network(stored: StoredNetwork) -> keras.Model:
    """Make a Keras network again, without touching Python's generator.

    Parameters
    ----------
    stored : StoredNetwork
        From `store_network`, or made up by an attacker: no code of it runs.

    Returns
    -------
    network : keras.Model
        Compiled, unless its training was over when it was stored.

    Raises
    ------
    pickle.UnpicklingError
        If it refers to classes or functions that are neither Keras' nor in it, or is
        compiled with something other than an optimiser and a loss.
    """
    training = stored.training
    custom = {} if training is None else training.custom_objects
    respect_share_of_cores()
    network = build_with_seed(lambda: build_architecture(stored.architecture, custom), seed=0)
    if training is None:
        network.set_weights(list(stored.weights))
        renew_copies(network)
    else:
        compile_network(network, **_compiled_with(training))
        assign_trainable(network, training.trainable)
        follow_frozen_layers(network)
        assign_state(network, [*stored.weights, *training.arrays])
    collect_old_networks(network)
    return network


def build_architecture(
    architecture: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> keras.Model:
    """Build the network that a configuration describes, with new weights.

    Parameters
    ----------
    architecture : mapping
        Keras' configuration, perhaps made up by an attacker: no code of it runs.
    custom_objects : mapping of str to type or function, default=None
        What it may name beside Keras' own.

    Returns
    -------
    network : keras.Model
        Not compiled.

    Raises
    ------
    pickle.UnpicklingError
        If it names something else.
    """
    check_config(architecture, custom_objects or {})
    # Keras writes into what it is given.
    return keras.saving.deserialize_keras_object(
        copy.deepcopy(architecture), custom_objects=custom_objects, safe_mode=True
    )


def restore_old_network(packed: dict[str, Any]) -> keras.Model:
    """Make a Keras network from a pickle with weights and optimiser state in one list.

    Parameters
    ----------
    packed : dict
        What a classifier had as ``model_`` in a pickle of before November 2026.

    Returns
    -------
    network : keras.Model
        Compiled.
    """
    described = {key: packed[key] for key in ("trainable", "optimizer", "loss", "custom_objects")}
    training = TrainingState(arrays=(), **described)
    return restore_network(StoredNetwork(packed["config"], packed["state"], training))


def _compiled_with(training: TrainingState) -> dict[str, Any]:
    """Make the optimiser and the loss, and nothing else that a file may name there."""
    optimizer, loss = make_object(training.optimizer), make_object(training.loss)
    # A user who compiled the network again may have named a loss, or passed a function.
    is_loss = isinstance(loss, (keras.losses.Loss, types.FunctionType)) or (
        isinstance(loss, str) and hasattr(keras.losses, loss)
    )
    if not (is_loss and isinstance(optimizer, keras.optimizers.Optimizer)):
        raise pickle.UnpicklingError(
            "The network in this file is compiled with something other than an optimiser and a "
            "loss. Do not use the file."
        )
    return {"optimizer": optimizer, "loss": loss}
