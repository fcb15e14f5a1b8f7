"""A network's training pass, in an order that costs a processor less.

The outputs are those of the network itself up to float32 rounding: a pooling and
a non-decreasing activation may change places, and so may a pooling and a bias.
Dropout draws from the same seeds by a cheaper generator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

_DENSE_KINDS = frozenset(
    {
        keras.layers.Activation,
        keras.layers.BatchNormalization,
        keras.layers.Dense,
        keras.layers.Dropout,
        keras.layers.Flatten,
        keras.layers.ReLU,
        keras.layers.Reshape,
        keras.layers.Rescaling,
    }
)
_IMAGE_KINDS = frozenset(
    {
        keras.layers.AveragePooling2D,
        keras.layers.Conv2D,
        keras.layers.GlobalAveragePooling2D,
        keras.layers.MaxPooling2D,
    }
)
#: The largest of several activations is the activation of the largest.
_NON_DECREASING = frozenset(
    {
        keras.activations.elu,
        keras.activations.leaky_relu,
        keras.activations.linear,
        keras.activations.relu,
        keras.activations.relu6,
        keras.activations.selu,
        keras.activations.sigmoid,
        keras.activations.softplus,
        keras.activations.softsign,
        keras.activations.tanh,
    }
)


def training_pass(network: keras.Model, *, xla: bool) -> Callable[[tf.Tensor], tf.Tensor]:
    """Make the function that maps samples to logits while training.

    Parameters
    ----------
    network : keras.Model
        A stack of the layers known here is passed through layer by layer; any
        other network is called as it is.
    xla : bool
        Whether XLA will compile it, which decides on the random generator.

    Returns
    -------
    forward : callable
        Takes float32 samples; dropout is on, batch statistics are updated.
    """
    if not _is_stack_of(network, _DENSE_KINDS | _IMAGE_KINDS):
        return lambda x: network(x, training=True)
    return lambda x: _pass_through(network.layers, x, xla=xla)


def gains_from_xla(network: keras.Model) -> bool:
    """Whether XLA makes a network's training faster on a processor.

    Parameters
    ----------
    network : keras.Model
        The network.

    Returns
    -------
    gains : bool
        True for stacks of dense layers; XLA's convolutions are slower than
        TensorFlow's own.
    """
    return _is_stack_of(network, _DENSE_KINDS)


def _is_stack_of(network: keras.Model, kinds: frozenset[type]) -> bool:
    """Whether a network is a plain stack of layers of these very classes, in float32."""
    return type(network) is keras.Sequential and all(
        type(layer) in kinds
        and layer.compute_dtype == "float32"
        and getattr(layer, "activity_regularizer", None) is None
        for layer in network.layers
    )


def _pass_through(layers: list[keras.Layer], x: tf.Tensor, *, xla: bool) -> tf.Tensor:
    """Apply layer after layer."""
    remaining = iter(zip(layers, [*layers[1:], None], strict=True))
    for layer, following in remaining:
        if _may_be_pooled_first(layer, following):
            x = _convolve_and_pool(layer, following, x)
            next(remaining)
        elif type(layer) is keras.layers.Dropout and layer.noise_shape is None:
            x = _drop_out(layer, x, xla=xla)
        elif not xla and _has_kernel_for(layer, x):
            x = _normalize(layer, x)
        else:
            x = layer(x, training=True)
    return x


def _may_be_pooled_first(layer: keras.Layer, following: Any) -> bool:
    """Whether a layer is a convolution whose bias and activation can wait for the pooling."""
    return (
        type(layer) is keras.layers.Conv2D
        and type(following) is keras.layers.MaxPooling2D
        and layer.data_format == following.data_format == "channels_last"
        and layer.activation in _NON_DECREASING
    )


def _convolve_and_pool(
    convolution: keras.layers.Conv2D, pooling: keras.layers.MaxPooling2D, x: tf.Tensor
) -> tf.Tensor:
    """Convolve, pool, and only then add the bias and activate: a fraction of the numbers."""
    x = pooling(convolution.convolution_op(x, convolution.kernel))
    if convolution.use_bias:
        x = tf.nn.bias_add(x, convolution.bias.value)
    return convolution.activation(x)


def _has_kernel_for(layer: keras.Layer, x: tf.Tensor) -> bool:
    """Whether TensorFlow has one kernel for what a layer does to images while training."""
    return (
        type(layer) is keras.layers.BatchNormalization
        and layer.trainable
        and layer.center
        and layer.scale
        and x.shape.rank == 4
        and layer.axis in (-1, 3)
    )


def _normalize(layer: keras.layers.BatchNormalization, x: tf.Tensor) -> tf.Tensor:
    """Normalise images by their own statistics, and update the layer's as Keras does."""
    nothing = tf.constant([], tf.float32)
    x_normalized, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=layer.gamma.value,
        offset=layer.beta.value,
        mean=nothing,
        variance=nothing,
        epsilon=layer.epsilon,
        is_training=True,
    )
    # The kernel divides by one less than the number of pixels, Keras by the number.
    n = tf.cast(tf.size(x) // x.shape[-1], tf.float32)
    for moving, seen in (
        (layer.moving_mean, mean),
        (layer.moving_variance, variance * (n - 1) / n),
    ):
        moving.assign(moving * layer.momentum + seen * (1 - layer.momentum))
    return x_normalized


def _drop_out(layer: keras.layers.Dropout, x: tf.Tensor, *, xla: bool) -> tf.Tensor:
    """Drop out at a rate rounded to 16 bits, with half of the random numbers that Keras draws."""
    if not layer.rate:
        return x
    dropped = min(round(layer.rate * 2**16), 2**16 - 1)
    bits = _random_16_bits(x, layer.seed_generator.next(), xla=xla)
    kept = tf.cast(bits >= tf.constant(dropped, bits.dtype), x.dtype)
    return x * (kept * (2**16 / (2**16 - dropped)))


def _random_16_bits(like: tf.Tensor, seed: tf.Tensor, *, xla: bool) -> tf.Tensor:
    """Draw an integer from [0, 65,536) for each number of a tensor."""
    shape, seed = tf.shape(like), tf.cast(seed, tf.int32)
    whole = {"minval": None, "maxval": None, "dtype": tf.uint32}
    if xla:
        # XLA's ThreeFry is much faster than its Philox; TensorFlow's own kernels lack it.
        words = tf.random.stateless_uniform(shape, seed, alg="threefry", **whole)
        return tf.bitwise.right_shift(words, tf.constant(16, tf.uint32))
    size = tf.size(like)
    words = tf.random.stateless_uniform([(size + 1) // 2], seed, **whole)
    return tf.reshape(tf.reshape(tf.bitcast(words, tf.uint16), [-1])[:size], shape)
