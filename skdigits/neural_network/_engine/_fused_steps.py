"""TensorFlow's fused kernels in place of Keras' composed optimiser steps.

Keras writes a step as a dozen small operations for every variable; TensorFlow has
one kernel that computes the same. A test compares every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from ._keras_private import optimizer_state

Step = Callable[[Any, tf.Tensor, tf.Variable, tf.Tensor], None]


@contextmanager
def fused_steps(optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Let an optimiser take fused steps while a program is traced.

    Keras' clipping, weight decay, averaging and accumulation stay in place: only
    the step of a single variable is another.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        One without a fused kernel takes its own steps.
    """
    fused = _KERNELS.get(type(optimizer))
    own = optimizer.update_step
    if fused is None or not _is_plain(optimizer):
        yield
        return

    def step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        if variable.dtype != tf.float32 or isinstance(gradient, tf.IndexedSlices):
            own(gradient, variable, learning_rate)
        else:
            fused(optimizer, gradient, variable, tf.cast(learning_rate, tf.float32))

    optimizer.update_step = step
    try:
        yield
    finally:
        del optimizer.update_step


def _is_plain(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether an optimiser's settings are among those that its kernel has."""
    if isinstance(optimizer, keras.optimizers.RMSprop):
        # The kernel keeps a momentum of its own, for which Keras has no variable otherwise.
        return optimizer.momentum > 0 and not optimizer.centered
    return True


def _power(base: float, optimizer: Any) -> tf.Tensor:
    """A decay rate to the power of the step that is being taken."""
    # A tensor, not a variable, where Keras accumulates gradients.
    taken = keras.ops.convert_to_tensor(optimizer.iterations)
    return tf.pow(base, tf.cast(taken + 1, tf.float32))


def _adam(optimizer: Any, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
    is_amsgrad = optimizer.amsgrad
    take = tf.raw_ops.ResourceApplyAdamWithAmsgrad if is_amsgrad else tf.raw_ops.ResourceApplyAdam
    take(
        var=variable.handle,
        **optimizer_state(optimizer, variable),
        beta1_power=_power(optimizer.beta_1, optimizer),
        beta2_power=_power(optimizer.beta_2, optimizer),
        lr=rate,
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        epsilon=optimizer.epsilon,
        grad=gradient,
    )


def _adamax(optimizer: Any, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
    tf.raw_ops.ResourceApplyAdaMax(
        var=variable.handle,
        **optimizer_state(optimizer, variable),
        beta1_power=_power(optimizer.beta_1, optimizer),
        lr=rate,
        beta1=optimizer.beta_1,
        beta2=optimizer.beta_2,
        epsilon=optimizer.epsilon,
        grad=gradient,
    )


def _adadelta(optimizer: Any, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
    tf.raw_ops.ResourceApplyAdadelta(
        var=variable.handle,
        **optimizer_state(optimizer, variable),
        lr=rate,
        rho=optimizer.rho,
        epsilon=optimizer.epsilon,
        grad=gradient,
    )


def _rmsprop(optimizer: Any, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
    tf.raw_ops.ResourceApplyRMSProp(
        var=variable.handle,
        **optimizer_state(optimizer, variable),
        lr=rate,
        rho=optimizer.rho,
        momentum=optimizer.momentum,
        epsilon=optimizer.epsilon,
        grad=gradient,
    )


def _sgd(optimizer: Any, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
    if not optimizer.momentum:
        tf.raw_ops.ResourceApplyGradientDescent(var=variable.handle, alpha=rate, delta=gradient)
        return
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=variable.handle,
        **optimizer_state(optimizer, variable),
        lr=rate,
        grad=gradient,
        momentum=optimizer.momentum,
        use_nesterov=optimizer.nesterov,
    )


_KERNELS: dict[type, Step] = {
    keras.optimizers.Adadelta: _adadelta,
    keras.optimizers.Adam: _adam,
    keras.optimizers.Adamax: _adamax,
    keras.optimizers.AdamW: _adam,
    keras.optimizers.RMSprop: _rmsprop,
    keras.optimizers.SGD: _sgd,
}
