"""What training changes in a network, and which parts of it are trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras


def network_state(network: keras.Model) -> list[keras.Variable]:
    """List the variables that training changes.

    Parameters
    ----------
    network : keras.Model
        Compiled; its optimiser is built where it is not yet.

    Returns
    -------
    variables : list of keras.Variable
        Weights, seeds and the optimiser's state, in the same order for equal networks.
    """
    network.optimizer.build(network.trainable_variables)
    seeds = [
        generator.state
        for layer in network._flatten_layers()
        for generator in layer._seed_generators
    ]
    return [*network.weights, *seeds, *network.optimizer.variables]


def assign_state(network: keras.Model, values: Sequence[Any]) -> None:
    """Put values into the variables that training changes.

    Parameters
    ----------
    network : keras.Model
        Compiled.
    values : sequence of ndarray or tensor
        In the order of `network_state`.
    """
    for variable, value in zip(network_state(network), values, strict=True):
        variable.assign(value)
    for layer in network._flatten_layers():
        if computes_with_copies(layer):
            layer.finalize_state()


def trainable_flags(network: keras.Model) -> list[bool]:
    """Tell which layers and weights of a network are trained, and which are frozen.

    Parameters
    ----------
    network : keras.Model
        Its configuration holds the flags of the layers in it alone.

    Returns
    -------
    flags : list of bool
        Of the network, of every layer in it and of every weight.
    """
    return [part.trainable for part in (*network._flatten_layers(), *network.weights)]


def assign_trainable(network: keras.Model, flags: Sequence[bool]) -> None:
    """Freeze and thaw the layers and weights of a network.

    Parameters
    ----------
    network : keras.Model
        Of the structure that the flags are from.
    flags : sequence of bool
        From `trainable_flags`.
    """
    # A layer hands its flag down, so those in it come after it.
    parts = (*network._flatten_layers(), *network.weights)
    for part, flag in zip(parts, flags, strict=True):
        if part.trainable != flag:
            part.trainable = flag


def computes_with_copies(layer: keras.layers.Layer) -> bool:
    """Whether a layer computes with copies of its variables, as Normalization does.

    Parameters
    ----------
    layer : keras.layers.Layer
        The layer.

    Returns
    -------
    copies : bool
        If so, its ``finalize_state`` makes them anew.
    """
    return hasattr(layer, "finalize_state")
