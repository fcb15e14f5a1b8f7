"""What a network gives for made-up samples tells it from others."""

from __future__ import annotations

import inspect

import keras
import pytest

from skdigits import BaseKerasClassifier
from skdigits._inference import StoredNetwork
from skdigits.persistence._networks import (
    is_same,
    network_costs,
    plain_architecture,
    trial_logits,
)

from .._small import mlp


@pytest.mark.parametrize("change", [{"activation": "tanh"}, {"hidden_layer_sizes": (24, 24)}])
def test_another_network_is_not_the_same(change, digits):
    one, other = (
        trial_logits(mlp(epochs=1, **params).fit(*digits)._run_network, (64,))
        for params in ({}, change)
    )
    assert is_same(one, one + 1e-6)
    assert not is_same(one, other)


SETTINGS = {
    "kernel_initializer": keras.initializers,
    "kernel_regularizer": keras.regularizers,
    "kernel_constraint": keras.constraints,
}
#: What others are derived from, and what is no initialiser of a kernel with two axes.
NOT_FOR_A_KERNEL = {"Initializer", "Regularizer", "Constraint", "STFT"}
KINDS = {
    (setting, kind)
    for setting, part in SETTINGS.items()
    for _, kind in inspect.getmembers(part, inspect.isclass)
    if kind.__name__ not in NOT_FOR_A_KERNEL
}


class WithSettings(BaseKerasClassifier):
    """A network of layers with settings that matter in training alone."""

    def _build_network(self, input_shape, n_classes):
        layers = keras.layers
        inner = keras.Sequential([keras.Input((8,)), layers.LayerNormalization()])
        inner.compile("sgd", "mse")
        return keras.Sequential(
            [
                keras.Input(input_shape),
                layers.Dense(8, activation=layers.LeakyReLU(), **self.settings),
                layers.Dropout(0.1, noise_shape=(None, 1), seed=3),
                layers.BatchNormalization(gamma_constraint="max_norm"),
                layers.ActivityRegularization(0.1),
                inner,
                layers.Dense(n_classes, activity_regularizer="l2"),
            ]
        )


@pytest.mark.parametrize(
    ("setting", "kind"), sorted(KINDS, key=str), ids=lambda each: getattr(each, "__name__", each)
)
def test_networks_with_any_of_keras_own_settings_may_be_in_a_file(setting, kind):
    classifier = WithSettings()
    classifier.settings = {setting: kind()}
    network = classifier._build_network((8,), 2)
    described = keras.saving.serialize_keras_object(network)
    stored = StoredNetwork(plain_architecture(described), network.get_weights())
    assert network_costs(stored, (8,), 2)
