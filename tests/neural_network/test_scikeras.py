"""The private parts of scikeras that the package uses: this fails when they move."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
from scikeras.wrappers import KerasClassifier

from skdigits.neural_network import _scikeras


def build():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])


def test_private_methods_take_what_they_are_given():
    def names(method):
        return [*inspect.signature(method).parameters][1:]

    assert names(KerasClassifier._build_keras_model) == []
    assert names(KerasClassifier._ensure_compiled_model) == []
    assert names(KerasClassifier._initialize_callbacks) == []
    expected = ["X", "y", "sample_weight", "warm_start", "epochs", "initial_epoch", "kwargs"]
    assert names(KerasClassifier._fit_keras_model) == expected


def test_network_is_built_and_compiled():
    optimizer = keras.optimizers.SGD(0.25)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network = _scikeras.compile_network(build, optimizer, loss)
    assert network.optimizer is optimizer
    assert network.loss is loss
    assert network.count_params() == 10
    network.fit(np.ones((4, 4)), np.zeros(4), verbose=0)
    assert "accuracy" in network.history.history


def test_network_that_comes_compiled_is_left_so():
    def compiled():
        network = build()
        network.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
        return network

    network = _scikeras.compile_network(compiled, keras.optimizers.SGD(), keras.losses.Hinge())
    assert isinstance(network.optimizer, keras.optimizers.RMSprop)
    assert network.loss == "sparse_categorical_crossentropy"


def test_callbacks_are_made_fresh():
    instance = keras.callbacks.TerminateOnNaN()
    given = [instance, keras.callbacks.History, lambda: keras.callbacks.TerminateOnNaN()]
    for form in (given, tuple(given), dict(enumerate(given))):
        made = _scikeras.fresh_callbacks(form)
        kinds = [keras.callbacks.TerminateOnNaN, keras.callbacks.History]
        assert [type(callback) for callback in made] == [*kinds, kinds[0]]
        assert made[0] is not instance
    assert _scikeras.fresh_callbacks(None) == []
    assert isinstance(_scikeras.fresh_callbacks(instance)[0], keras.callbacks.TerminateOnNaN)


@pytest.mark.parametrize("wrong", ["stop", [3], int, [dict]])
def test_what_is_no_callback_is_a_type_error(wrong):
    with pytest.raises(TypeError):
        _scikeras.fresh_callbacks(wrong)


def test_keras_trains_on_batches_from_a_given_epoch():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return np.ones((2, 4), np.float32), np.zeros(2, np.int32), np.ones(2, np.float32)

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network = _scikeras.compile_network(build, keras.optimizers.SGD(), loss)
    epochs = []
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: epochs.append(epoch))
    _scikeras.fit_with_keras(
        network,
        Batches(),
        validation_data=Batches()[0],
        initial_epoch=4,
        epochs=2,
        callbacks=[note],
        verbose=0,
    )
    assert epochs == [4, 5]
    assert set(network.history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert int(network.optimizer.iterations) == 6
