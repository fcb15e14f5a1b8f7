"""The bare matrix products and convolutions of an epoch in TensorFlow: no training.

Each layer multiplies once forward, once for the gradient of its weights and, but for
the first layer, once for the gradient of its input.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import tensorflow as tf

from ._architecture import Architecture
from ._products import Convolution, Product, list_products

_STRIDES = [1, 1, 1, 1]
_TINY = 1e-30


def describe(architecture) -> str:
    return "its products alone, in one tf.function"


def prepare(images, labels, architecture):
    return images, labels


def fit(architecture, X, y, epochs) -> None:
    """Do as many steps as training on X would."""
    steps = round(epochs * len(X) / architecture.batch_size)
    _program(architecture)(tf.constant(steps)).numpy()


@functools.cache
def _program(architecture: Architecture) -> Callable:
    """Compile a loop over the products of one step."""
    operations = []
    for i, layer in enumerate(list_products(architecture)):
        make = _convolutions if isinstance(layer, Convolution) else _products
        forward, weights, inputs = make(layer, architecture.batch_size)
        operations += [forward, weights] if i == 0 else [forward, weights, inputs]

    @tf.function(input_signature=[tf.TensorSpec((), tf.int32)])
    def run(steps):
        link = tf.constant(0.0)
        for _ in tf.range(steps):
            for operation in operations:
                link = operation(link)
        return link

    return run


def _products(layer: Product, batch_size: int) -> list[Callable]:
    x = tf.random.normal((batch_size, layer.inputs))
    weights = tf.random.normal((layer.inputs, layer.outputs))
    gradient = tf.random.normal((batch_size, layer.outputs))
    return [
        _linked(tf.matmul, x, weights),
        _linked(functools.partial(tf.matmul, transpose_a=True), x, gradient),
        _linked(functools.partial(tf.matmul, transpose_b=True), gradient, weights),
    ]


def _convolutions(layer: Convolution, batch_size: int) -> list[Callable]:
    x = tf.random.normal((batch_size, layer.side, layer.side, layer.channels))
    weights = tf.random.normal((layer.kernel, layer.kernel, layer.channels, layer.filters))
    after = layer.side - layer.kernel + 1
    gradient = tf.random.normal((batch_size, after, after, layer.filters))

    def weight_gradient(x, gradient):
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x,
            filter_sizes=weights.shape,
            out_backprop=gradient,
            strides=_STRIDES,
            padding="VALID",
        )

    def input_gradient(gradient, weights):
        return tf.raw_ops.Conv2DBackpropInput(
            input_sizes=x.shape,
            filter=weights,
            out_backprop=gradient,
            strides=_STRIDES,
            padding="VALID",
        )

    return [
        _linked(functools.partial(tf.nn.conv2d, strides=1, padding="VALID"), x, weights),
        _linked(weight_gradient, x, gradient),
        _linked(input_gradient, gradient, weights),
    ]


def _linked(operation: Callable, a: tf.Tensor, b: tf.Tensor) -> Callable:
    """Make an operation depend on the one before it.

    Otherwise TensorFlow would compute it once, before the loop, or not at all. The
    smaller operand carries the link; it is too small to change anything, and not
    zero, which TensorFlow would see through.
    """
    on_a = math.prod(a.shape) <= math.prod(b.shape)

    def run(link):
        result = operation(a + link, b) if on_a else operation(a, b + link)
        return _TINY * tf.reshape(result, [-1])[0]

    return run
