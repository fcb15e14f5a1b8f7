"""A trained network as plain arrays, and back.

Importing scikeras replaces the way in which `keras.Model` is pickled, by one that
registers its class with Keras anew in every call; so a network is never pickled.
"""

from __future__ import annotations

import pickle
from typing import Any

import keras

from ._garbage import make_room
from ._network_state import assign_state, assign_trainable, network_state, trainable_flags
from ._networks import build_with_seed
from ._optimizers import follow_frozen_layers
from ._programs import foreign_objects
from ._threads import respect_share_of_cores


def pack_network(network: keras.Model) -> dict[str, Any]:
    """Describe a compiled network.

    Parameters
    ----------
    network : keras.Model
        Compiled.

    Returns
    -------
    packed : dict
        Its configuration, the arrays of its state, which parts are frozen, and the classes
        and functions in it that are not Keras' own.

    Raises
    ------
    pickle.PicklingError
        If one of those has no name, or two have the same.
    """
    custom_objects = _by_name(network)
    # The state first: it builds the optimiser, which the configuration then describes.
    state = [variable.numpy() for variable in network_state(network)]
    return {
        "config": keras.saving.serialize_keras_object(network),
        "state": state,
        "trainable": trainable_flags(network),
        "custom_objects": custom_objects,
    }


def unpack_network(packed: dict[str, Any]) -> keras.Model:
    """Make the network that was packed, without touching Python's generator.

    Parameters
    ----------
    packed : dict
        From `pack_network`.

    Returns
    -------
    network : keras.Model
        Compiled.
    """

    def build() -> keras.Model:
        # Whoever unpickles has already run whatever code was in the file.
        return keras.saving.deserialize_keras_object(
            packed["config"], custom_objects=packed["custom_objects"], safe_mode=False
        )

    respect_share_of_cores()
    network = build_with_seed(build, seed=0)
    assign_trainable(network, packed["trainable"])
    follow_frozen_layers(network)
    assign_state(network, packed["state"])
    make_room(network)
    return network


def _by_name(network: keras.Model) -> dict[str, Any]:
    """Find the classes and functions that are not Keras' own, which it knows by name only."""
    found: dict[str, Any] = {}
    for part in (network, network.loss, network.optimizer):
        for thing in foreign_objects(part):
            name = thing.__name__
            if name == "<lambda>":
                raise pickle.PicklingError(
                    "A network with a lambda in it cannot be copied or saved. Write the function "
                    "with def."
                )
            if found.setdefault(name, thing) is not thing:
                raise pickle.PicklingError(
                    f"A network with two different things named {name!r} in it cannot be copied "
                    "or saved. Give each a name of its own."
                )
    return found
