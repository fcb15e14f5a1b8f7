"""Every fast path agrees with Keras' own slow one."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from skdigits.neural_network._convolution import convolution_blocks
from skdigits.neural_network._engine import _epoch, _programs, _training
from skdigits.neural_network._engine._compiled_prediction import predict_logits
from skdigits.neural_network._engine._keras_names import LOSSES, OPTIMIZERS
from skdigits.neural_network._engine._losses import encode_targets, make_loss
from skdigits.neural_network._engine._network import build_with_seed
from skdigits.neural_network._engine._optimizers import make_optimizer
from skdigits.neural_network._engine._plan import CompileSettings, Samples, TrainingPlan
from skdigits.neural_network._layers import cnn_network, mlp_network

from ._small import both

DENSE = {"activation": ("tanh",), "kernel_initializer": "glorot_uniform"}


@pytest.fixture(params=["kernels", "xla"])
def path(request, monkeypatch):
    """Compile by TensorFlow's kernels, or dense networks by XLA."""
    least = {"kernels": np.inf, "xla": 0}[request.param]
    monkeypatch.setattr(_programs, "_STEPS_WORTH_COMPILING", least)
    return request.param


def make_mlp():
    return mlp_network(
        (64,), 10, hidden_layer_sizes=(12,), dropout=(0,), batch_normalization=False, **DENSE
    )


def make_cnn(batch_normalization=False):
    return cnn_network(
        (8, 8, 1),
        10,
        blocks=convolution_blocks((8, 8, 1), (4,), "auto", "auto", 0),
        batch_normalization=batch_normalization,
        hidden_layer_sizes=(8,),
        dropout=(0,),
        **DENSE,
    )


class RecordedOrder(np.random.RandomState):
    """Notes the order of the samples in each epoch."""

    def __init__(self):
        super().__init__(0)
        self.orders = []

    def permutation(self, n):
        self.orders.append(super().permutation(n))
        return self.orders[-1]


def train_fast(network, samples, validation, state, epochs):
    history = {}
    _training.train(
        network,
        samples,
        validation,
        history,
        TrainingPlan(
            batch_size=32,
            initial_epoch=0,
            epochs=epochs,
            callbacks=[],
            verbose=0,
            random_state=state,
        ),
    )
    return history


def train_slow(network, samples, validation, orders):
    """Train with `train_on_batch`, Keras' own step, on the same batches."""
    history = {name: [] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    for order in orders:
        batches = [order[start : start + 32] for start in range(0, len(order), 32)]
        logs = []
        for batch in batches:
            network.reset_metrics()
            x, y, weight = (part[batch] for part in samples)
            logs.append(network.train_on_batch(x, y, sample_weight=weight, return_dict=True))
        for name in ("loss", "accuracy"):
            values = [float(log[name]) for log in logs]
            history[name].append(np.average(values, weights=[len(batch) for batch in batches]))
        x, y, weight = validation
        logs = network.evaluate(
            x, y, sample_weight=weight, batch_size=100, verbose=0, return_dict=True
        )
        history["val_loss"].append(logs["loss"])
        history["val_accuracy"].append(logs["accuracy"])
    # Model.fit ends so, and train_on_batch does not.
    network.optimizer.finalize_variable_values(network.trainable_variables)
    return history


def make_pair(make, optimizer, loss, smoothing):
    """Build two equal compiled networks."""
    networks = [build_with_seed(make, seed=5) for _ in range(2)]
    for network in networks:
        settings = CompileSettings(optimizer, None, None, None, loss, smoothing)
        chosen = make_optimizer(settings, steps_per_epoch=7, epochs=4)
        network.compile(chosen, make_loss(loss, smoothing), metrics=["accuracy"])
    return networks


def compare(make, digits, optimizer="adam", loss="sparse_categorical_crossentropy", smoothing=0.0):
    """Train two equal networks, first with equal weights, then on with unequal ones."""
    ours, theirs = make_pair(make, optimizer, loss, smoothing)
    rows = np.random.RandomState(1).permutation(300)
    x = digits[0].reshape(-1, *ours.input_shape[1:]).astype(np.float32)
    y = encode_targets(ours.loss, digits[1], 10)
    for weights in (np.ones(300), np.linspace(0.1, 1.9, 300)):
        parts = (x, y, weights.astype(np.float32))
        samples, validation = (
            Samples(*(part[chosen] for part in parts)) for chosen in (rows[:205], rows[205:])
        )
        state = RecordedOrder()
        fast = train_fast(ours, samples, validation, state, epochs=2)
        slow = train_slow(theirs, samples, validation, state.orders)
        for name in ("loss", "val_loss"):
            np.testing.assert_allclose(fast[name], slow[name], rtol=2e-5, err_msg=name)
        for mine, its in zip(ours.weights, theirs.weights, strict=True):
            np.testing.assert_allclose(mine.numpy(), its.numpy(), atol=2e-5)
        if weights[0] == 1:  # Keras weighs its accuracy, history_ counts the samples
            for name in ("accuracy", "val_accuracy"):
                np.testing.assert_allclose(fast[name], slow[name], atol=1e-6)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_compiled_epoch_is_keras_own_step(optimizer, digits, path):
    compare(make_mlp, digits, optimizer=optimizer)


@pytest.mark.parametrize("loss", LOSSES)
def test_compiled_epoch_takes_every_loss(loss, digits, path):
    compare(make_mlp, digits, loss=loss)


def test_compiled_epoch_smooths_labels(digits, path):
    compare(make_mlp, digits, smoothing=0.2)


@pytest.mark.parametrize("batch_normalization", [False, True])
def test_compiled_epoch_trains_convolutions(batch_normalization, digits):
    compare(lambda: make_cnn(batch_normalization), digits, optimizer="sgd")


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        lambda: keras.optimizers.Adam(0.01, clipnorm=0.1, amsgrad=True),
        lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=2),
        lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1, use_ema=True),
        lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 20)),
        lambda: keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.01, global_clipnorm=1.0),
        lambda: keras.optimizers.RMSprop(0.01, momentum=0.5),
        lambda: keras.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    ],
)
def test_compiled_epoch_takes_settings_of_an_optimizer(optimizer, digits, path):
    compare(make_mlp, digits, optimizer=optimizer())


@pytest.mark.parametrize("rows_per_call", [32, 96])
def test_buffers_of_an_epoch_do_not_change_it(rows_per_call, digits, monkeypatch, path):
    monkeypatch.setattr(_training, "_ROWS_PER_CALL", rows_per_call)
    monkeypatch.setattr(_epoch, "_EVALUATION_ROWS", 40)
    compare(make_mlp, digits)


class Watch(keras.callbacks.Callback):
    """Has a batch hook, so that Keras' own loop trains."""

    def on_train_batch_end(self, batch, logs=None):
        pass


@both
@pytest.mark.parametrize(
    "optimizer", ["sgd", "adam", keras.optimizers.Adam(use_ema=True, ema_momentum=0.5)]
)
def test_model_fit_trains_what_the_compiled_epoch_trains(optimizer, make, digits):
    weights = np.linspace(0.5, 1.5, 300)
    # A single batch, as Keras asks for one order more before it starts.
    options = {"batch_size": 300, "validation_fraction": 0.2, "optimizer": optimizer}
    fast, slow = (
        make(callbacks=callbacks, **options).fit(*digits, sample_weight=weights)
        for callbacks in (None, Watch)
    )
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(fast.history_[name], slow.history_[name], rtol=2e-5)
    np.testing.assert_allclose(
        fast.decision_function(digits[0]), slow.decision_function(digits[0]), atol=1e-4
    )


@both
@pytest.mark.parametrize("n_rows", [1, 2, 299])
def test_compiled_prediction_is_keras_own(n_rows, make, digits):
    X = digits[0][:n_rows]
    classifier = make(batch_normalization=True) if "filters" in make().get_params() else make()
    network = classifier.set_params(dropout=0.5).fit(*digits).model_
    expected = network.predict(X.reshape(-1, *network.input_shape[1:]), verbose=0)
    np.testing.assert_allclose(classifier.decision_function(X), expected, atol=1e-5)


def test_prediction_in_chunks_is_prediction_at_once():
    network = make_cnn()
    x = np.random.RandomState(0).rand(2500, 8, 8, 1)
    chunked = predict_logits(network, x)
    np.testing.assert_allclose(chunked, network.predict(x, verbose=0), atol=1e-5)


@both
def test_prediction_follows_weights_that_are_set(make, digits):
    classifier = make().fit(*digits)
    before = classifier.decision_function(digits[0])
    classifier.model_.set_weights([2 * weight for weight in classifier.model_.get_weights()])
    assert np.abs(classifier.decision_function(digits[0]) - before).max() > 0.1
