"""A trained network as plain arrays, and back.

Importing scikeras replaces the way in which `keras.Model` is pickled, by one that
registers its class with Keras anew in every call; so a network is never pickled.
"""

from __future__ import annotations

import warnings
from typing import Any

import keras

from ._networks import build_with_seed, network_state
from ._programs import foreign_objects


def pack_network(network: keras.Model) -> dict[str, Any]:
    """Describe a compiled network.

    Parameters
    ----------
    network : keras.Model
        Compiled.

    Returns
    -------
    packed : dict
        Its configuration, the arrays of its state, and the classes and functions
        in it that are not Keras' own.
    """
    network.optimizer.build(network.trainable_variables)
    with warnings.catch_warnings():
        # Keras' advice against lambdas is about files; cloudpickle takes them.
        warnings.filterwarnings("ignore", "The object being serialized includes a `lambda`")
        config = keras.saving.serialize_keras_object(network)
    return {
        "config": config,
        "state": [variable.numpy() for variable in network_state(network)],
        "custom_objects": {
            thing.__name__: thing
            for part in (network, network.loss, network.optimizer)
            for thing in foreign_objects(part)
        },
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

    network = build_with_seed(build, seed=0)
    network.optimizer.build(network.trainable_variables)
    for variable, value in zip(network_state(network), packed["state"], strict=True):
        variable.assign(value)
    return network
