"""Keras' objects as plain values: a trained network as arrays, a loss or an optimiser as settings.

Importing scikeras replaces the way in which `keras.Model` is pickled, by one that
registers its class with Keras anew in every call; so a network is never pickled. Keras itself
pickles losses and optimisers by the names of their classes, and so does not find a class that is
not registered with it. Here the user's classes go as Python's own pickle has them.
"""

from __future__ import annotations

import copy
import pickle
import types
from typing import Any

import keras

from ._custom_objects import check_config, custom_objects_by_name, named_in
from ._losses import SoftmaxLoss
from ._network import build_with_seed, compile_network, follow_frozen_layers
from ._state import assign_state, assign_trainable, network_state, trainable_flags
from ._tensorflow import collect_old_networks, respect_share_of_cores

#: What an object is described by: plain values, so that no class of ours has to be trusted.
_DESCRIPTION = {"keras object", "class", "custom objects"}
#: Stands for the class of a loss that takes the softmax of the logits.
_SOFTMAX = "softmax"
#: What a network is compiled with is kept apart: Keras does not find the user's classes in it.
_COMPILED = "compile_config"


def describe_object(thing: Any) -> Any:
    """Describe a loss or an optimiser by its settings and the user's classes in it.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    description : dict or object
        Of a loss or an optimiser; all else is returned as it is.

    Raises
    ------
    pickle.PicklingError
        If Keras would not find a part of it again.
    """
    if not isinstance(thing, (keras.losses.Loss, keras.optimizers.Optimizer)):
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
    """Make a loss or an optimiser of its description.

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
        "optimizer": describe_object(network.optimizer),
        "loss": describe_object(network.loss),
    }


def unpack_network(packed: dict[str, Any]) -> keras.Model:
    """Make the network that was packed, without touching Python's generator.

    Parameters
    ----------
    packed : dict
        From `pack_network`, or made up by an attacker: no code of it runs.

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
    collect_old_networks(network)
    return network


def _compiled_with(packed: dict[str, Any]) -> dict[str, Any]:
    """Make the optimiser and the loss, and nothing else that a file may name there."""
    made = {name: make_object(packed[name]) for name in ("optimizer", "loss")}
    loss = made["loss"]
    # A user who compiled the network again may have named a loss, or passed a function.
    is_loss = isinstance(loss, (keras.losses.Loss, types.FunctionType)) or (
        isinstance(loss, str) and hasattr(keras.losses, loss)
    )
    if not (is_loss and isinstance(made["optimizer"], keras.optimizers.Optimizer)):
        raise pickle.UnpicklingError(
            "The network in this file is compiled with something other than an optimiser and a "
            "loss. Do not use the file."
        )
    return made
