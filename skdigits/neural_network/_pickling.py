"""A trained network as plain arrays, and back.

Importing scikeras replaces the way in which `keras.Model` is pickled, by one that
registers its class with Keras anew in every call; so a network is never pickled.
"""

from __future__ import annotations

import pickle
import types
from typing import Any

import keras

from ._custom_objects import check_config, custom_objects_by_name, named_in
from ._garbage import make_room
from ._keras_params import pack_params, unpack_params
from ._network_state import assign_state, assign_trainable, network_state, trainable_flags
from ._networks import build_with_seed, compile_network
from ._optimizers import follow_frozen_layers
from ._threads import respect_share_of_cores

#: What a network is compiled with is kept apart: Keras does not find the user's classes in it.
_COMPILED = "compile_config"


def pack_network(network: keras.Model) -> dict[str, Any]:
    """Describe a compiled network.

    Parameters
    ----------
    network : keras.Model
        Compiled.

    Returns
    -------
    packed : dict
        Its configuration, its optimiser and loss, the arrays of its state, which parts are
        frozen, and the classes and functions in it that are not Keras' own.

    Raises
    ------
    pickle.PicklingError
        If one of those has no name, or two have the same.
    """
    # First: Keras warns of some functions when it describes them.
    known = custom_objects_by_name(network)
    config = keras.saving.serialize_keras_object(network)
    config.pop(_COMPILED, None)
    # The state first: it builds the optimiser, which its settings then describe.
    state = [variable.numpy() for variable in network_state(network)]
    return {
        "config": config,
        "state": state,
        "trainable": trainable_flags(network),
        "custom_objects": named_in(config, known),
        **pack_params({"optimizer": network.optimizer, "loss": network.loss}),
    }


def unpack_network(packed: dict[str, Any]) -> keras.Model:
    """Make the network that was packed, without touching Python's generator.

    Parameters
    ----------
    packed : dict
        From `pack_network`, or made up by whoever wrote the file: no code of it runs.

    Returns
    -------
    network : keras.Model
        Compiled.

    Raises
    ------
    pickle.UnpicklingError
        If it refers to classes or functions that are neither Keras' nor in it, or is
        compiled with something else than an optimiser and a loss.
    """
    config, custom = packed["config"], packed["custom_objects"]
    check_config(config, custom)

    def build() -> keras.Model:
        return keras.saving.deserialize_keras_object(config, custom_objects=custom, safe_mode=True)

    respect_share_of_cores()
    network = build_with_seed(build, seed=0)
    if network.compiled:  # packed before optimiser and loss were kept apart
        compile_network(network, network.optimizer, network.loss)
    else:
        compile_network(network, **_compiled_with(packed))
    assign_trainable(network, packed["trainable"])
    follow_frozen_layers(network)
    assign_state(network, packed["state"])
    make_room(network)
    return network


def _compiled_with(packed: dict[str, Any]) -> dict[str, Any]:
    """Make the optimiser and the loss, and nothing else that a file may name there."""
    made = unpack_params({name: packed[name] for name in ("optimizer", "loss")})
    loss = made["loss"]
    # Who has compiled the network anew may have named a loss, or given a function.
    is_loss = isinstance(loss, (keras.losses.Loss, types.FunctionType)) or (
        isinstance(loss, str) and hasattr(keras.losses, loss)
    )
    if not (is_loss and isinstance(made["optimizer"], keras.optimizers.Optimizer)):
        raise pickle.UnpicklingError(
            "The network in this file is compiled with something else than an optimizer and a "
            "loss. Do not use the file."
        )
    return made
