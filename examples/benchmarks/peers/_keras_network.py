"""The network in plain Keras, as the tutorials write it."""

from __future__ import annotations

import keras

from ._architecture import N_CLASSES, POOL, SIDE, Architecture

_OPTIMIZERS = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}


def build_network(architecture: Architecture, *, flat_input: bool = False) -> keras.Sequential:
    """Build the layers, ending in a softmax; not compiled.

    Parameters
    ----------
    architecture : Architecture
        What to build.
    flat_input : bool
        Whether a CNN takes flat samples, and reshapes them itself.
    """
    layers = keras.layers
    initializer = architecture.kernel_initializer
    picture = (SIDE, SIDE, 1)
    flat = flat_input or not architecture.filters
    network = keras.Sequential([keras.Input((SIDE * SIDE,) if flat else picture)])
    if architecture.filters:
        if flat_input:
            network.add(layers.Reshape(picture))
        for filters, kernel, rate in zip(
            architecture.filters,
            architecture.kernel_sizes,
            architecture.conv_dropout,
            strict=True,
        ):
            network.add(
                layers.Conv2D(
                    filters,
                    kernel,
                    activation=architecture.conv_activation,
                    kernel_initializer=initializer,
                )
            )
            network.add(layers.MaxPooling2D(POOL))
            if rate:
                network.add(layers.Dropout(rate))
        network.add(layers.Flatten())
    for units in architecture.hidden:
        network.add(layers.Dense(units, activation="relu", kernel_initializer=initializer))
        if architecture.dropout:
            network.add(layers.Dropout(architecture.dropout))
    network.add(layers.Dense(N_CLASSES, activation="softmax", kernel_initializer=initializer))
    return network


def compile_network(architecture: Architecture, network: keras.Sequential, loss: str) -> None:
    """Compile a network with its optimiser, a loss and the accuracy."""
    optimizer = _OPTIMIZERS[architecture.optimizer](learning_rate=architecture.learning_rate)
    network.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
