"""TensorFlow's fused kernels in place of Keras' composed optimiser steps.

Keras writes a step as a dozen small operations for every variable; TensorFlow has
one kernel that computes the same. Where each optimiser keeps its state is private
to Keras, so nothing but this file knows it, and a test compares every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

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


def _state(optimizer: Any, name: str, variable: tf.Variable) -> tf.Tensor:
    """Handle of what an optimiser keeps for a variable."""
    return getattr(optimizer, name)[optimizer._get_variable_index(variable)].value.handle


def _power(base: float, optimizer: Any) -> tf.Tensor:
    """A decay rate to the power of the step that is being taken."""
    # A tensor, not a variable, where Keras accumulates gradients.
    taken = keras.ops.convert_to_tensor(optimizer.iterations)
    return tf.pow(base, tf.cast(taken + 1, tf.float32))


def _adam(optimizer: Any, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
    settings = {
        "var": variable.handle,
        "m": _state(optimizer, "_momentums", variable),
        "v": _state(optimizer, "_velocities", variable),
        "beta1_power": _power(optimizer.beta_1, optimizer),
        "beta2_power": _power(optimizer.beta_2, optimizer),
        "lr": rate,
        "beta1": optimizer.beta_1,
        "beta2": optimizer.beta_2,
        "epsilon": optimizer.epsilon,
        "grad": gradient,
    }
    if optimizer.amsgrad:
        largest = _state(optimizer, "_velocity_hats", variable)
        tf.raw_ops.ResourceApplyAdamWithAmsgrad(vhat=largest, **settings)
    else:
        tf.raw_ops.ResourceApplyAdam(**settings)


def _adamax(optimizer: Any, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
    tf.raw_ops.ResourceApplyAdaMax(
        var=variable.handle,
        m=_state(optimizer, "_m", variable),
        v=_state(optimizer, "_u", variable),
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
        accum=_state(optimizer, "_accumulated_grads", variable),
        accum_update=_state(optimizer, "_accumulated_delta_vars", variable),
        lr=rate,
        rho=optimizer.rho,
        epsilon=optimizer.epsilon,
        grad=gradient,
    )


def _rmsprop(optimizer: Any, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
    tf.raw_ops.ResourceApplyRMSProp(
        var=variable.handle,
        ms=_state(optimizer, "_velocities", variable),
        mom=_state(optimizer, "_momentums", variable),
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
        accum=_state(optimizer, "momentums", variable),
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
