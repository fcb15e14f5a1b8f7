"""The private parts of scikeras that the package uses: this fails when they move."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
import scikeras
from scikeras.wrappers import KerasClassifier

from skdigits.neural_network import _scikeras
from skdigits.neural_network._engine._network import compile_network
from skdigits.neural_network._engine._plan import Samples, TrainingPlan


def build():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])


def test_private_methods_take_what_they_are_given():
    def names(method):
        return [*inspect.signature(method).parameters][1:]

    assert names(KerasClassifier._initialize_callbacks) == []
    expected = ["X", "y", "sample_weight", "warm_start", "epochs", "initial_epoch", "kwargs"]
    assert names(KerasClassifier._fit_keras_model) == expected


@pytest.mark.parametrize("kind", [keras.losses.Loss, keras.metrics.Metric, keras.Optimizer])
def test_what_scikeras_puts_in_the_place_of_keras_own_pickling_is_taken_out_again(kind):
    assert "__reduce__" not in vars(kind)
    # What would have to be taken out is still what scikeras puts in.
    source = inspect.getsource(scikeras)
    assert f"{kind.__name__}.__reduce__ = _saving_utils.pack_keras" in source


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
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network = build()
    compile_network(network, keras.optimizers.SGD(), loss)
    epochs, history = [], {}
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: epochs.append(epoch))
    samples = Samples(np.ones((6, 4), "f4"), np.zeros(6, np.int32), np.ones(6, "f4"))
    plan = TrainingPlan(
        batch_size=2,
        initial_epoch=4,
        epochs=2,
        callbacks=[note],
        verbose=0,
        random_state=np.random.RandomState(0),
    )
    _scikeras.train_with_model_fit(network, samples, samples, history, plan)
    assert epochs == [4, 5]
    assert {name: len(values) for name, values in history.items()} == dict.fromkeys(
        ["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"], 2
    )
    assert int(network.optimizer.iterations) == 6
