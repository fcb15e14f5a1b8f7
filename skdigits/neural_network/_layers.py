"""Sizes to Keras networks: pure functions that know nothing of scikit-learn.

Every layer is named. TensorFlow keeps a compiled kernel for every distinct
variable name, so networks with Keras' counted names (``dense_17``) would cost a
process some 36 kB for each variable of each fit, and never give it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from ._convolution import ConvolutionBlock
from ._engine._keras_private import name_seed
from ._engine._network import copy_initializer
from ._parameters import Activation

#: Our layers compute in this precision, regardless of Keras' global setting.
_DTYPE = "float32"
#: Our images have their channels last, regardless of Keras' global setting.
_CHANNELS = "channels_last"
#: 0.99, Keras' default, still remembers the first batches after three epochs.
_NORMALIZATION_MOMENTUM = 0.9


def mlp_network(
    input_shape: tuple[int, ...],
    n_outputs: int,
    *,
    hidden_layer_sizes: Sequence[int],
    activation: Sequence[Activation],
    dropout: Sequence[float],
    batch_normalization: bool,
    kernel_initializer: Any,
) -> keras.Model:
    """Build fully connected hidden layers that end in logits.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of one sample; flattened where it is not flat.
    n_outputs : int
        Number of outputs.
    hidden_layer_sizes : sequence of int
        Units of each hidden layer; empty for a linear model.
    activation : sequence of str or callable
        Activation of each hidden layer.
    dropout : sequence of float
        Rate after each hidden layer, one for each.
    batch_normalization : bool
        Whether each hidden layer is normalised before its activation.
    kernel_initializer : str or keras.initializers.Initializer
        Initialiser of every kernel.

    Returns
    -------
    network : keras.Sequential
        Not compiled; its outputs are logits.
    """
    layers = [_flatten()] if len(input_shape) > 1 else []
    layers += _dense_layers(
        n_outputs,
        hidden_layer_sizes,
        activation,
        dropout,
        kernel_initializer,
        batch_normalization,
    )
    return _stack("mlp", "pixels", input_shape, layers)


def cnn_network(
    input_shape: tuple[int, ...],
    n_outputs: int,
    *,
    blocks: Sequence[ConvolutionBlock],
    batch_normalization: bool,
    hidden_layer_sizes: Sequence[int],
    activation: Sequence[Activation],
    dropout: Sequence[float],
    kernel_initializer: Any,
) -> keras.Model:
    """Build blocks of convolutions and pooling, then dense layers, then logits.

    Parameters
    ----------
    input_shape : tuple of int
        ``(height, width, channels)``.
    n_outputs : int
        Number of outputs.
    blocks : sequence of ConvolutionBlock
        The convolutional part, first block first.
    batch_normalization : bool
        Whether each convolution and hidden layer is normalised before its
        activation.
    hidden_layer_sizes, activation, dropout, kernel_initializer
        As for `mlp_network`.

    Returns
    -------
    network : keras.Sequential
        Not compiled; its outputs are logits.
    """
    layers: list[keras.layers.Layer] = []
    for i, block in enumerate(blocks, 1):
        for j, n_filters in enumerate(block.filters, 1):
            convolution = keras.layers.Conv2D(
                n_filters,
                block.kernel_size,
                use_bias=not batch_normalization,
                kernel_initializer=copy_initializer(kernel_initializer),
                data_format=_CHANNELS,
                dtype=_DTYPE,
                name=f"conv_{i}" if len(block.filters) == 1 else f"conv_{i}_{j}",
            )
            layers += _activated(convolution, block.activation, batch_normalization)
        if block.pool_size != (1, 1):
            pooling = keras.layers.MaxPooling2D(
                block.pool_size, data_format=_CHANNELS, dtype=_DTYPE, name=f"pool_{i}"
            )
            layers.append(pooling)
        if block.dropout:
            layers.append(_dropout(block.dropout, f"conv_dropout_{i}"))
    layers.append(_flatten())
    layers += _dense_layers(
        n_outputs,
        hidden_layer_sizes,
        activation,
        dropout,
        kernel_initializer,
        batch_normalization,
    )
    return _stack("cnn", "image", input_shape, layers)


def _stack(
    name: str, input_name: str, input_shape: tuple[int, ...], layers: list[keras.layers.Layer]
) -> keras.Sequential:
    """Make a network of our own layers."""
    # All at once: with each layer that is added, Keras goes through those before it again.
    pixels = keras.Input(input_shape, dtype=_DTYPE, name=input_name)
    network = keras.Sequential([pixels, *layers], name=name)
    network.dtype_policy = _DTYPE
    return network


def _flatten() -> keras.layers.Flatten:
    """Make the layer that puts the numbers of a sample into a row."""
    return keras.layers.Flatten(data_format=_CHANNELS, dtype=_DTYPE, name="flatten")


def _dense_layers(
    n_outputs: int,
    hidden_layer_sizes: Sequence[int],
    activation: Sequence[Activation],
    dropout: Sequence[float],
    kernel_initializer: Any,
    batch_normalization: bool,
) -> list[keras.layers.Layer]:
    """Make the hidden layers and the output layer."""
    layers: list[keras.layers.Layer] = []
    for i, (units, activated, rate) in enumerate(
        zip(hidden_layer_sizes, activation, dropout, strict=True), 1
    ):
        dense = keras.layers.Dense(
            units,
            use_bias=not batch_normalization,
            kernel_initializer=copy_initializer(kernel_initializer),
            dtype=_DTYPE,
            name=f"hidden_{i}",
        )
        layers += _activated(dense, activated, batch_normalization)
        if rate:
            layers.append(_dropout(rate, f"dropout_{i}"))
    logits = keras.layers.Dense(
        n_outputs,
        kernel_initializer=copy_initializer(kernel_initializer),
        dtype=_DTYPE,
        name="logits",
    )
    return [*layers, logits]


def _activated(
    layer: keras.layers.Layer,
    activation: Activation,
    batch_normalization: bool,
) -> list[keras.layers.Layer]:
    """Give a layer its activation, with batch normalisation between them."""
    if not batch_normalization:
        layer.activation = keras.activations.get(activation)
        return [layer]
    return [
        layer,
        keras.layers.BatchNormalization(
            momentum=_NORMALIZATION_MOMENTUM, dtype=_DTYPE, name=f"{layer.name}_normalization"
        ),
        keras.layers.Activation(activation, dtype=_DTYPE, name=f"{layer.name}_activation"),
    ]


def _dropout(rate: float, name: str) -> keras.layers.Dropout:
    """Make a dropout layer whose seed has a name of its own too."""
    layer = keras.layers.Dropout(0.0, dtype=_DTYPE, name=name)
    name_seed(layer, rate)
    return layer
