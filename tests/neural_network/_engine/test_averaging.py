"""Weights averaged over the end of the training, and the batch statistics that go with them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.metrics import log_loss

from skdigits.neural_network._engine import _training

from ..._small import both, cnn, mlp


def trained_weights(classifier):
    return [variable.numpy() for variable in classifier.model_.trainable_variables]


@both
def test_mean_of_the_last_half_is_that_of_its_epochs(make, digits):
    # 300 samples are trained in one call, so each epoch gives one set of weights.
    third, fourth = (trained_weights(make(epochs=n).fit(*digits)) for n in (3, 4))
    mean = trained_weights(make(epochs=4, weight_averaging=0.5).fit(*digits))
    for got, *parts in zip(mean, third, fourth, strict=True):
        np.testing.assert_allclose(got, np.mean(parts, axis=0), rtol=1e-5, atol=1e-7)


def test_smallest_share_is_the_last_weights(digits):
    last, mean = (
        trained_weights(mlp(weight_averaging=share).fit(*digits)) for share in (0.0, 1e-9)
    )
    for got, expected in zip(mean, last, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_interrupted_renewal_of_the_statistics_keeps_a_network_that_predicts(digits, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    X, y = digits
    before = mlp(batch_normalization=True, epochs=4).fit(X, y)
    monkeypatch.setattr(_training, "finish_statistics", interrupt)
    classifier = mlp(batch_normalization=True, epochs=4, weight_averaging=0.5)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(X, y)
    np.testing.assert_array_equal(classifier.decision_function(X), before.decision_function(X))


def test_batch_statistics_are_those_of_the_mean(digits):
    X, y = digits
    classifier = mlp(batch_normalization=True, epochs=6, weight_averaging=0.5).fit(X, y)
    dense, normalization = classifier.model_.layers[:2]
    outputs = X @ dense.kernel.numpy()
    np.testing.assert_allclose(normalization.moving_mean.numpy(), outputs.mean(0), atol=1e-4)
    np.testing.assert_allclose(normalization.moving_variance.numpy(), outputs.var(0), rtol=1e-3)


def test_statistics_of_many_batches_follow_the_samples(digits):
    X, y = (np.tile(part, (10, 1)[: part.ndim]) for part in digits)
    classifier = mlp(batch_normalization=True, epochs=1, weight_averaging=0.5).fit(X, y)
    dense, normalization = classifier.model_.layers[:2]
    outputs = X @ dense.kernel.numpy()
    spread = outputs.std(0)
    off = np.abs(normalization.moving_mean.numpy() - outputs.mean(0)) / spread
    assert off.max() < 0.1
    np.testing.assert_allclose(normalization.moving_variance.numpy(), outputs.var(0), rtol=0.15)


@both
def test_last_validation_is_that_of_the_mean(make, digits):
    X, y = digits
    classifier = make(epochs=4, weight_averaging=0.75).fit(
        X[:200], y[:200], None, X[200:], y[200:]
    )
    expected = log_loss(y[200:], classifier.predict_proba(X[200:]))
    assert classifier.history_["val_loss"][-1] == pytest.approx(expected, rel=1e-4)


class StopAtTwo(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == 1


def test_training_that_ends_early_keeps_its_weights(digits):
    stopped = mlp(epochs=4, callbacks=StopAtTwo)
    plain, averaged = (
        trained_weights(stopped.set_params(weight_averaging=share).fit(*digits))
        for share in (0.0, 0.9)
    )
    for got, expected in zip(averaged, plain, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_averaging_repeats_with_augmentation_and_dropout(digits):
    classifier = cnn(
        batch_normalization=True, dropout=0.3, augmentation="light", weight_averaging=0.5
    )
    first, again = (trained_weights(classifier.fit(*digits)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_partial_fit_refuses_it(digits):
    with pytest.raises(ValueError, match=r"weight_averaging=0\.5"):
        mlp(weight_averaging=0.5).partial_fit(*digits, classes=np.arange(10))
