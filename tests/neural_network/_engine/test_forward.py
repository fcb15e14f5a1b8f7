"""The cheaper pass through a network gives what the network gives."""

from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from skdigits.neural_network._engine._forward import _NON_DECREASING, gains_from_xla, training_pass

layers = keras.layers


@pytest.fixture(autouse=True)
def _same_weights_every_time():
    # Layers take their seeds from Python's generator where they are made, before `stack`.
    state = random.getstate()
    random.seed(3)
    yield
    random.setstate(state)


def stack(*made, shape=(9, 9, 1)):
    return keras.Sequential([keras.Input(shape), *made])


@pytest.fixture(scope="module")
def x():
    """Give small images with much empty background, so that a pooling meets many ties."""
    random_state = np.random.RandomState(0)
    pixels = random_state.rand(20, 9, 9, 1) * (random_state.rand(20, 9, 9, 1) > 0.6)
    return tf.constant(pixels, tf.float32)


def outputs_and_gradients(forward, network, x):
    with tf.GradientTape() as tape:
        outputs = forward(x)
        loss = tf.reduce_sum(tf.sin(outputs))
    return [outputs, *tape.gradient(loss, network.trainable_variables)]


def assert_same_pass(network, x):
    for variable in network.trainable_variables:  # biases that are not zero tell a swap apart
        variable.assign_add(0.1 * keras.random.normal(variable.shape, seed=1))
    cheaper = outputs_and_gradients(training_pass(network, xla=False), network, x)
    own = outputs_and_gradients(lambda x: network(x, training=True), network, x)
    for ours, its in zip(cheaper, own, strict=True):
        np.testing.assert_allclose(ours, its, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", sorted(_NON_DECREASING, key=lambda f: f.__name__))
def test_activation_may_wait_for_the_pooling(activation, x):
    values = np.sort(np.random.RandomState(1).normal(scale=3, size=1000)).astype(np.float32)
    assert (np.diff(activation(tf.constant(values)).numpy()) > -1e-6).all()  # up to rounding
    convolution = layers.Conv2D(4, 3, activation=activation)
    assert_same_pass(stack(convolution, layers.MaxPooling2D(2), layers.Flatten()), x)


@pytest.mark.parametrize(
    ("convolution", "pooling"),
    [
        ({"padding": "same", "strides": 2}, {"padding": "same"}),
        ({"use_bias": False}, {"strides": 1}),
        ({"dilation_rate": 2}, {"pool_size": (1, 3)}),
        ({"activation": "relu", "groups": 1}, {"pool_size": 3, "strides": 2}),
        ({"activation": keras.activations.gelu}, {}),
        ({"activation": "exponential"}, {}),
    ],
)
def test_settings_of_convolution_and_pooling_are_kept(convolution, pooling, x):
    made = layers.Conv2D(4, 3, **convolution), layers.MaxPooling2D(**pooling)
    assert_same_pass(stack(*made, layers.Flatten(), layers.Dense(3)), x)


def test_pooling_over_channels_waits_for_the_bias(x):
    # Such a pooling mixes channels, which have a bias each.
    pooling = layers.MaxPooling2D(2, data_format="channels_first")
    network = stack(layers.Conv2D(4, 3), pooling)
    for variable in network.trainable_variables:
        variable.assign_add(keras.random.normal(variable.shape, seed=1))
    own = network(x, training=True)
    np.testing.assert_allclose(training_pass(network, xla=False)(x), own, atol=1e-5)


def test_layers_of_all_kinds_are_passed_through(x):
    network = stack(
        layers.Rescaling(2.0),
        layers.Conv2D(4, 3),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.AveragePooling2D(2),
        layers.Conv2D(4, 2, activation="relu"),
        layers.Dropout(0.0),
        layers.GlobalAveragePooling2D(),
        layers.Dense(8, activation="tanh"),
        layers.Reshape((2, 4)),
        layers.Flatten(),
        layers.Activation("sigmoid"),
    )
    assert_same_pass(network, x)


def test_batch_statistics_are_updated(x):
    network = stack(layers.BatchNormalization(momentum=0.5), layers.Flatten(), layers.Dense(2))
    training_pass(network, xla=False)(x)
    mean = network.layers[0].moving_mean.numpy()
    np.testing.assert_allclose(mean, [x.numpy().mean() / 2], rtol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"momentum": 0.5, "epsilon": 0.1},
        {"center": False},
        {"scale": False},
        {"axis": 1},
        {"trainable": False},
    ],
    ids=str,
)
def test_normalisation_of_pictures_and_its_statistics_are_keras_own(settings, x):
    def make():
        # A bias would have no gradient here but rounding.
        made = layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization(**settings)
        return stack(*made, layers.ReLU(), layers.Flatten(), layers.Dense(3))

    assert_same_pass(make(), x)
    ours, theirs = make(), make()
    theirs.set_weights(ours.get_weights())
    for _ in range(3):
        training_pass(ours, xla=False)(x)
        theirs(x, training=True)
    for mine, its in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-4, atol=1e-6)


class Doubled(layers.Dense):
    """The user's own layer."""

    def call(self, x, training=None):
        return 2 * super().call(x)


@pytest.mark.parametrize(
    "make",
    [
        lambda: stack(layers.Flatten(), Doubled(3)),
        lambda: stack(layers.Flatten(), layers.Dense(3, activity_regularizer="l2")),
        lambda: keras.Model(i := keras.Input((9, 9, 1)), layers.Flatten()(i)),
        lambda: stack(layers.Flatten(), layers.Dense(3, dtype="float64")),
        lambda: stack(layers.Flatten(), layers.GaussianNoise(0.1), layers.Dense(3)),
    ],
    ids=["own layer", "activity regularizer", "functional", "float64", "another layer"],
)
def test_other_networks_are_called_as_they_are(make, x, monkeypatch):
    network = make()
    called = []
    real = type(network).__call__

    def call(self, *args, **kwargs):
        called.append(kwargs)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(type(network), "__call__", call)
    training_pass(network, xla=False)(x)
    assert called == [{"training": True}]
    assert not gains_from_xla(network)


def test_xla_gains_where_there_is_no_convolution():
    assert gains_from_xla(stack(layers.Flatten(), layers.Dropout(0.5), layers.Dense(3)))
    assert not gains_from_xla(stack(layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)))


@pytest.mark.parametrize("xla", [False, True])
@pytest.mark.parametrize("rate", [0.001, 0.2, 0.5, 0.97])
def test_dropout_drops_its_rate_and_keeps_the_mean(rate, xla):
    network = stack(layers.Dropout(rate, seed=5), shape=(501,))
    forward = tf.function(training_pass(network, xla=xla), jit_compile=xla, autograph=False)
    x = tf.ones((1999, 501))
    first, second = forward(x).numpy(), forward(x).numpy()
    for dropped in (first, second):
        kept = dropped[dropped != 0]
        np.testing.assert_allclose(kept, 1 / (1 - rate), rtol=1e-2 if rate == 0.97 else 1e-4)
        spread = np.sqrt(rate * (1 - rate) / dropped.size)
        assert abs((dropped == 0).mean() - rate) < 4 * spread + 2**-17
        # Neither rows nor columns are dropped alike.
        for axis in (0, 1):
            bound = 6 * np.sqrt(rate * (1 - rate) / dropped.shape[axis])
            assert np.abs((dropped == 0).mean(axis=axis) - rate).max() < bound + 0.02
    assert abs(np.corrcoef(first.ravel() == 0, second.ravel() == 0)[0, 1]) < 0.005


@pytest.mark.parametrize("xla", [False, True])
def test_dropout_follows_the_seed(xla):
    made = [stack(layers.Dropout(0.5, seed=seed), shape=(64,)) for seed in (1, 1, 2)]
    passes = [tf.function(training_pass(n, xla=xla), jit_compile=xla) for n in made]
    a, b, c = (forward(tf.ones((4, 64))).numpy() for forward in passes)
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


def test_dropout_of_a_noise_shape_is_keras_own():
    network = stack(layers.Dropout(0.5, noise_shape=(None, 1), seed=0), shape=(64,))
    dropped = training_pass(network, xla=False)(tf.ones((50, 64))).numpy()
    assert set(np.unique(dropped.std(axis=1))) == {0}
