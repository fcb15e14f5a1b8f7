"""TensorFlow's fused kernels take the steps that Keras' optimisers take."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from skdigits.neural_network._engine._fused_steps import fused_steps

optimizers = keras.optimizers
FUSED = {
    "adadelta": lambda: optimizers.Adadelta(0.5, rho=0.9),
    "adam": lambda: optimizers.Adam(0.01, beta_1=0.7, beta_2=0.9, epsilon=1e-5),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adamax": lambda: optimizers.Adamax(0.01),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.8),
    "sgd": lambda: optimizers.SGD(0.01),
    "momentum": lambda: optimizers.SGD(0.01, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "schedule": lambda: optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 6)),
    "clipped": lambda: optimizers.Adam(0.01, clipnorm=0.5),
    "averaged": lambda: optimizers.SGD(0.1, momentum=0.5, use_ema=True, ema_momentum=0.5),
}
COMPOSED = {
    "adagrad": lambda: optimizers.Adagrad(0.1),
    "centered": lambda: optimizers.RMSprop(0.01, momentum=0.8, centered=True),
    "ftrl": lambda: optimizers.Ftrl(0.1),
    "lion": lambda: optimizers.Lion(0.01),
    "nadam": lambda: optimizers.Nadam(0.01),
    "plain rmsprop": lambda: optimizers.RMSprop(0.01),
}


def steps_of(optimizer, *, fused, dtype="float32", n_steps=6):
    """Take some steps on two variables; return all state and the operations used."""
    random_state = np.random.RandomState(0)
    variables = [
        keras.Variable(random_state.normal(size=shape), dtype=dtype, name=f"v{i}")
        for i, shape in enumerate([(3, 4), (5,)])
    ]
    optimizer.build(variables)

    @tf.function(autograph=False)
    def step(gradients):
        if fused:
            with fused_steps(optimizer):
                optimizer.apply(gradients, variables)
        else:
            optimizer.apply(gradients, variables)

    for i in range(n_steps):
        if i == 3 and not isinstance(
            optimizer._learning_rate, optimizers.schedules.LearningRateSchedule
        ):
            optimizer.learning_rate = 0.003  # as a callback does
        step([tf.constant(random_state.normal(size=v.shape), dtype) for v in variables])
    graph = step.get_concrete_function(
        [tf.TensorSpec(v.shape, v.dtype) for v in variables]
    ).graph.as_graph_def()
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    used = {node.op for node in nodes if node.op.startswith("ResourceApply")}
    return [v.numpy() for v in (*variables, *optimizer.variables)], used


def assert_same_steps(make, **kwargs):
    (ours, used), (its, none) = (
        steps_of(make(), fused=fused, **kwargs) for fused in (True, False)
    )
    assert not none
    for mine, expected in zip(ours, its, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=2e-5, atol=1e-7)
    return used


@pytest.mark.parametrize("name", FUSED)
def test_fused_kernel_takes_keras_own_steps(name):
    assert len(assert_same_steps(FUSED[name])) == 1


@pytest.mark.parametrize("name", COMPOSED)
def test_optimizer_without_such_a_kernel_takes_its_own_steps(name):
    assert not assert_same_steps(COMPOSED[name])


def test_other_precisions_take_keras_own_steps():
    assert not assert_same_steps(FUSED["adam"], dtype="float64")


def test_optimizer_of_another_class_takes_its_own_steps():
    class Halved(optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate / 2)

    assert not assert_same_steps(lambda: Halved(0.01))


def test_gradients_of_some_rows_take_keras_own_steps():
    variable = keras.Variable(np.ones((4, 2)), name="rows")
    optimizer = optimizers.SGD(0.5)
    optimizer.build([variable])
    rows = tf.IndexedSlices(tf.ones((1, 2)), tf.constant([2]), tf.constant([4, 2]))
    with fused_steps(optimizer):
        optimizer.apply([rows], [variable])
    np.testing.assert_allclose(variable.numpy()[:, 0], [1, 1, 0.5, 1])


def test_optimizer_is_left_as_it_was():
    optimizer = optimizers.Adam()

    def fail():
        with fused_steps(optimizer):
            assert "update_step" in vars(optimizer)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert "update_step" not in vars(optimizer)
