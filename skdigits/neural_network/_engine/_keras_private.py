"""Keras' private names: no other file uses one, and a test fails when they move."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf
from keras.src.random import seed_generator

#: Where Keras' optimisers keep their state of a variable, by what TensorFlow's kernels call it.
_STATE = {
    keras.optimizers.Adadelta: {
        "accum": "_accumulated_grads",
        "accum_update": "_accumulated_delta_vars",
    },
    keras.optimizers.Adam: {"m": "_momentums", "v": "_velocities", "vhat": "_velocity_hats"},
    keras.optimizers.Adamax: {"m": "_m", "v": "_u"},
    keras.optimizers.RMSprop: {"ms": "_velocities", "mom": "_momentums"},
    keras.optimizers.SGD: {"accum": "momentums"},
}
_STATE[keras.optimizers.AdamW] = _STATE[keras.optimizers.Adam]


def layers_in(layer: keras.Layer) -> list[keras.Layer]:
    """List a layer or a network and all layers in it, those within its layers too.

    Parameters
    ----------
    layer : keras.Layer
        The layer.

    Returns
    -------
    layers : list of keras.Layer
        The layer itself first; in the same order for equal networks.
    """
    return layer._flatten_layers()


def seeds_in(network: keras.Model) -> list[keras.Variable]:
    """List the states of the random generators in a network.

    Parameters
    ----------
    network : keras.Model
        The network.

    Returns
    -------
    seeds : list of keras.Variable
        In the same order for equal networks.
    """
    return [
        generator.state for layer in layers_in(network) for generator in layer._seed_generators
    ]


@contextmanager
def layers_seeded_by(seed: int) -> Iterator[None]:
    """Let the layers that this thread makes take their seeds from a generator of its own.

    Keras draws the seeds of unseeded layers from Python's generator. A thread that draws from
    it meanwhile, as those of a Dask worker do, neither changes the seeds nor is changed by them.
    Use it under a lock: it patches Keras for the whole process.

    Parameters
    ----------
    seed : int
        Seed of the generator.
    """
    before = seed_generator.python_random
    seed_generator.python_random = _OneThreadsRandom(seed)
    try:
        yield
    finally:
        seed_generator.python_random = before


class _OneThreadsRandom:
    """Python's generator, but one of its own for the thread that makes it."""

    def __init__(self, seed: int) -> None:
        self._thread = threading.get_ident()
        self._own = random.Random(seed)

    def randint(self, a: int, b: int) -> int:
        """Draw a seed, as Keras does."""
        is_own = threading.get_ident() == self._thread
        return self._own.randint(a, b) if is_own else random.randint(a, b)


def name_seed(dropout: keras.layers.Dropout, rate: float) -> None:
    """Give a dropout layer its rate, and a seed whose name is not counted.

    Parameters
    ----------
    dropout : keras.layers.Dropout
        Made with a rate of 0; Dropout takes no generator, and counts the name of its own.
    rate : float
        Share of the units that a step leaves out.
    """
    dropout._tracker.unlock()
    dropout.rate = rate
    dropout.seed_generator = keras.random.SeedGenerator(name=f"{dropout.name}_seed")
    dropout._tracker.lock()


def calls_of(
    layer: keras.Layer, network: keras.Model
) -> list[tuple[list[keras.KerasTensor], list[keras.KerasTensor]]]:
    """List the calls of a layer, or of a network, in a network that has it as one of its layers.

    Parameters
    ----------
    layer : keras.Layer
        One of ``network.layers``. The attributes ``input`` and ``output`` of a network are its own
        ends, and those of a layer are of its calls in all networks.
    network : keras.Model
        Sequential or functional, and built.

    Returns
    -------
    calls : list of (list of keras.KerasTensor, list of keras.KerasTensor)
        What each call takes, and what it returns; in the order of the calls.
    """
    graph = getattr(network, "_functional", network)
    within = {id(node) for nodes in graph._nodes_by_depth.values() for node in nodes}
    return [
        (node.input_tensors, node.output_tensors)
        for node in layer._inbound_nodes
        if id(node) in within
    ]


def trained_by(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """List the variables that an optimiser was built for.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Built.

    Returns
    -------
    variables : list of keras.Variable
        The variables.
    """
    return optimizer._trainable_variables


def metric_direction(metric: keras.metrics.Metric) -> str | None:
    """Tell whether a metric should rise or fall.

    Parameters
    ----------
    metric : keras.metrics.Metric
        The metric.

    Returns
    -------
    direction : {"up", "down"} or None
        None if Keras does not know.
    """
    return getattr(metric, "_direction", None)


def optimizer_state(
    optimizer: keras.optimizers.Optimizer, variable: keras.Variable
) -> dict[str, tf.Tensor]:
    """Find what an optimiser keeps of a variable.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Built, of a class for which TensorFlow has a kernel.
    variable : keras.Variable
        One that it was built for.

    Returns
    -------
    handles : dict of str to tensor
        Resources by the names that the kernel gives them.
    """
    kept = {
        name: getattr(optimizer, attribute, None)
        for name, attribute in _STATE[type(optimizer)].items()
    }
    index = optimizer._get_variable_index(variable)
    return {name: values[index].value.handle for name, values in kept.items() if values}
