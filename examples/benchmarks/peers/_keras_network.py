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
    normalized = architecture.batch_normalization
    picture = (SIDE, SIDE, 1)
    flat = flat_input or not architecture.filters
    network = keras.Sequential([keras.Input((SIDE * SIDE,) if flat else picture)])
    if architecture.filters:
        if flat_input:
            network.add(layers.Reshape(picture))
        for stack, kernel, rate in zip(
            architecture.stacks,
            architecture.kernel_sizes,
            architecture.conv_dropout,
            strict=True,
        ):
            for filters in stack:
                convolution = layers.Conv2D(
                    filters, kernel, use_bias=not normalized, kernel_initializer=initializer
                )
                _add_activated(network, convolution, architecture.conv_activation, normalized)
            network.add(layers.MaxPooling2D(POOL))
            if rate:
                network.add(layers.Dropout(rate))
        network.add(layers.Flatten())
    for units in architecture.hidden:
        dense = layers.Dense(units, use_bias=not normalized, kernel_initializer=initializer)
        _add_activated(network, dense, "relu", normalized)
        if architecture.dropout:
            network.add(layers.Dropout(architecture.dropout))
    network.add(layers.Dense(N_CLASSES, activation="softmax", kernel_initializer=initializer))
    return network


def _add_activated(
    network: keras.Sequential, layer: keras.layers.Layer, activation: str, normalized: bool
) -> None:
    """Add a layer with its activation, and normalise between them if asked."""
    network.add(layer)
    if normalized:
        network.add(keras.layers.BatchNormalization())
        network.add(keras.layers.Activation(activation))
    else:
        layer.activation = keras.activations.get(activation)


def compile_network(architecture: Architecture, network: keras.Sequential, loss: str) -> None:
    """Compile a network with its optimiser, a loss and the accuracy."""
    optimizer = _OPTIMIZERS[architecture.optimizer](learning_rate=architecture.learning_rate)
    network.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
