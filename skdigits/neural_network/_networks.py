"""Sizes to Keras networks: pure functions that know nothing of scikit-learn.

Every layer is named. TensorFlow keeps a compiled kernel for every distinct
variable name, so networks with Keras' counted names (``dense_17``) would cost a
process some 36 kB for each variable of each fit, and never give it back.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras.src.random import seed_generator

from ..exceptions import NetworkShapeError
from ._convolution import ConvolutionBlock

#: Reentrant, as the building of a network may load another or predict with it.
BUILD_LOCK = threading.RLock()

#: What our layers compute in, whatever precision is set for Keras as a whole.
_DTYPE = "float32"
#: Where the channels of our pictures are, whatever is set for Keras.
_CHANNELS = "channels_last"
#: 0.99, Keras' default, still remembers the first batches after three epochs.
_NORMALIZATION_MOMENTUM = 0.9


def build_with_seed(build: Callable[[], keras.Model], seed: int) -> keras.Model:
    """Build a network whose unseeded layers all follow from one seed.

    Keras seeds such layers from Python's own generator. For the time of the building
    this thread has another in its place: a thread that draws from Python's meanwhile,
    as those of a Dask worker do, neither changes the network nor is changed by it.

    Parameters
    ----------
    build : callable
        Takes nothing and returns the network.
    seed : int
        Seed of the initial weights and of the dropout.

    Returns
    -------
    network : keras.Model
        What ``build`` returned.
    """
    with BUILD_LOCK:
        before = seed_generator.python_random
        seed_generator.python_random = _OneThreadsRandom(seed)
        try:
            return build()
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


def clone_network(network: keras.Model) -> keras.Model:
    """Make a network of the same structure, without touching Python's generator.

    Parameters
    ----------
    network : keras.Model
        Of Keras' own layers alone; its weights are not copied.

    Returns
    -------
    clone : keras.Model
        Not compiled.
    """
    # `keras.models.clone_model` would also make the optimiser anew, if it finds its classes.
    return build_with_seed(lambda: type(network).from_config(network.get_config()), seed=0)


def mlp_network(
    input_shape: tuple[int, ...],
    n_classes: int,
    *,
    hidden_layer_sizes: Sequence[int],
    activation: str | Callable[..., Any],
    dropout: Sequence[float],
    batch_normalization: bool,
    kernel_initializer: Any,
) -> keras.Model:
    """Build fully connected hidden layers that end in logits.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of one sample; flattened where it is not flat.
    n_classes : int
        Number of outputs.
    hidden_layer_sizes : sequence of int
        Units of each hidden layer; empty for a linear model.
    activation : str or callable
        Activation of the hidden layers.
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
        n_classes,
        hidden_layer_sizes,
        activation,
        dropout,
        kernel_initializer,
        batch_normalization,
    )
    return _stack("mlp", "pixels", input_shape, layers)


def cnn_network(
    input_shape: tuple[int, ...],
    n_classes: int,
    *,
    blocks: Sequence[ConvolutionBlock],
    conv_activation: str | Callable[..., Any],
    batch_normalization: bool,
    hidden_layer_sizes: Sequence[int],
    activation: str | Callable[..., Any],
    dropout: Sequence[float],
    kernel_initializer: Any,
) -> keras.Model:
    """Build blocks of convolutions and pooling, then dense layers, then logits.

    Parameters
    ----------
    input_shape : tuple of int
        ``(height, width, channels)``.
    n_classes : int
        Number of outputs.
    blocks : sequence of ConvolutionBlock
        The convolutional part, first block first.
    conv_activation : str or callable
        Activation of the convolutions.
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
                kernel_initializer=_fresh_initializer(kernel_initializer),
                data_format=_CHANNELS,
                dtype=_DTYPE,
                name=f"conv_{i}" if len(block.filters) == 1 else f"conv_{i}_{j}",
            )
            layers += _activated(convolution, conv_activation, batch_normalization)
        if block.pool_size != (1, 1):
            pooling = keras.layers.MaxPooling2D(
                block.pool_size, data_format=_CHANNELS, dtype=_DTYPE, name=f"pool_{i}"
            )
            layers.append(pooling)
        if block.dropout:
            layers.append(_dropout(block.dropout, f"conv_dropout_{i}"))
    layers.append(_flatten())
    layers += _dense_layers(
        n_classes,
        hidden_layer_sizes,
        activation,
        dropout,
        kernel_initializer,
        batch_normalization,
    )
    return _stack("cnn", "image", input_shape, layers)


def check_outputs(network: keras.Model, n_classes: int) -> None:
    """Check that a network ends in one logit a class.

    Parameters
    ----------
    network : keras.Model
        What ``_build_network`` returned.
    n_classes : int
        Number of classes.

    Raises
    ------
    NetworkShapeError
        If it is no Sequential or functional network, is compiled already, has
        another number of outputs, or ends in a softmax or a sigmoid.
    """
    try:
        network.output_shape  # noqa: B018 - raises where there is no such graph of layers
    except (AttributeError, ValueError) as error:
        raise NetworkShapeError(
            "_build_network must return a keras.Sequential that begins with keras.Input, or a "
            f"functional keras.Model; found {type(network).__name__}."
        ) from error
    if network.compiled:
        raise NetworkShapeError(
            "_build_network must return a network that is not compiled. Drop compile(): the "
            "optimizer and the loss are parameters of the classifier."
        )
    if network.output_shape != (None, n_classes):
        raise NetworkShapeError(
            f"_build_network must return a network of output shape (None, {n_classes}), one logit "
            f"for each class; found {network.output_shape}. End it in Dense(n_classes)."
        )
    last = network.layers[-1]
    activation = getattr(last, "activation", None)
    if isinstance(last, keras.layers.Softmax):
        activation = keras.activations.softmax
    if activation in (keras.activations.softmax, keras.activations.sigmoid):
        raise NetworkShapeError(
            f"_build_network must return a network that ends in logits, but its last layer "
            f"{last.name!r} is a {activation.__name__}. Drop it: predict_proba applies a softmax."
        )
    _check_dtypes(network)


def _check_dtypes(network: keras.Model) -> None:
    """Refuse layers whose numbers are too coarse to be trained without further care."""
    for layer in network._flatten_layers(include_self=False):
        computes, keeps = layer.compute_dtype, layer.variable_dtype
        if isinstance(layer, keras.layers.InputLayer):
            continue  # computes nothing
        # Keras scales the loss for float16, by an optimiser around the optimiser.
        if computes == "float16" or keeps in ("float16", "bfloat16"):
            raise ValueError(
                f"The layer {layer.name!r} computes in {computes} and keeps its weights in "
                f"{keeps}, in which most steps of a training are lost. Make it with dtype="
                '"mixed_bfloat16", "float32" or "float64", or set '
                'keras.config.set_dtype_policy("float32").'
            )


def compile_network(
    network: keras.Model, optimizer: keras.optimizers.Optimizer, loss: keras.losses.Loss
) -> None:
    """Give a network its optimiser and its loss, with accuracy as its metric.

    Parameters
    ----------
    network : keras.Model
        The network; written into.
    optimizer : keras.optimizers.Optimizer
        Its optimiser.
    loss : keras.losses.Loss
        Its loss.
    """
    # Under mixed_float16 as the policy of all, Keras would wrap the optimiser.
    network.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], auto_scale_loss=False)


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
    n_classes: int,
    hidden_layer_sizes: Sequence[int],
    activation: str | Callable[..., Any],
    dropout: Sequence[float],
    kernel_initializer: Any,
    batch_normalization: bool,
) -> list[keras.layers.Layer]:
    """Make the hidden layers and the output layer."""
    layers: list[keras.layers.Layer] = []
    for i, (units, rate) in enumerate(zip(hidden_layer_sizes, dropout, strict=True), 1):
        dense = keras.layers.Dense(
            units,
            use_bias=not batch_normalization,
            kernel_initializer=_fresh_initializer(kernel_initializer),
            dtype=_DTYPE,
            name=f"hidden_{i}",
        )
        layers += _activated(dense, activation, batch_normalization)
        if rate:
            layers.append(_dropout(rate, f"dropout_{i}"))
    logits = keras.layers.Dense(
        n_classes,
        kernel_initializer=_fresh_initializer(kernel_initializer),
        dtype=_DTYPE,
        name="logits",
    )
    return [*layers, logits]


def _activated(
    layer: keras.layers.Layer,
    activation: str | Callable[..., Any],
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
    # Dropout takes no generator, and counts up the name of the one that it makes.
    layer._tracker.unlock()
    layer.rate = rate
    layer.seed_generator = keras.random.SeedGenerator(name=f"{name}_seed")
    layer._tracker.lock()
    return layer


def _fresh_initializer(initializer: Any) -> Any:
    """Copy an initialiser, so that layers of one shape do not start equal."""
    if isinstance(initializer, keras.initializers.Initializer):
        return initializer.clone()
    return keras.initializers.get(initializer)
