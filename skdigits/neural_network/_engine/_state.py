"""What training changes in a network, and which parts of it are trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from ._keras_private import layers_in, seeds_in


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
    return [*network.weights, *seeds_in(network), *network.optimizer.variables]


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
    renew_copies(network)


def renew_copies(network: keras.Model) -> None:
    """Let layers that compute with copies of their variables follow them.

    Parameters
    ----------
    network : keras.Model
        Its variables have been written into.
    """
    for layer in layers_in(network):
        if computes_with_copies(layer):
            layer.finalize_state()


def copy_state(source: keras.Model, target: keras.Model) -> None:
    """Copy what training changes between networks of one structure.

    Parameters
    ----------
    source, target : keras.Model
        Compiled.
    """
    assign_state(target, [variable.value for variable in network_state(source)])


@contextmanager
def unchanged_by(kind: type[BaseException], network: keras.Model) -> Iterator[None]:
    """Put a network's weights, seeds and optimiser state back where something is raised.

    Parameters
    ----------
    kind : type
        Exceptions of this type undo the changes; others, such as KeyboardInterrupt, keep them.
    network : keras.Model
        Compiled; changed in place.
    """
    before = [variable.numpy() for variable in network_state(network)]
    try:
        yield
    except kind:
        assign_state(network, before)
        raise


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
    return [part.trainable for part in (*layers_in(network), *network.weights)]


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
    parts = (*layers_in(network), *network.weights)
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
