"""Metrics of Keras in the history, and early stopping that monitors one."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import f1_score, top_k_accuracy_score

from ..._small import cnn, figures, mlp


class Watch(keras.callbacks.Callback):
    """Listens to batches, so that `keras.Model.fit` trains."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def of_right_class(targets, probabilities):
    return keras.ops.sum(targets * probabilities, axis=-1)


class Confidence(keras.metrics.MeanMetricWrapper):
    """A metric of a user's own: the mean probability of the right class."""

    def __init__(self):
        super().__init__(of_right_class, name="confidence")

    def get_config(self):
        return {}


METRICS = [
    keras.metrics.F1Score(average="macro"),
    keras.metrics.TopKCategoricalAccuracy(k=2, name="top2"),
    keras.metrics.SparseTopKCategoricalAccuracy(k=2, name="sparse_top2"),
    keras.metrics.SparseCategoricalAccuracy(),
    keras.metrics.CategoricalCrossentropy(name="from_p"),
    keras.metrics.CategoricalCrossentropy(from_logits=True, name="from_logits"),
]


@pytest.mark.parametrize(
    ("make", "callbacks", "loss"),
    [
        (mlp, None, "sparse_categorical_crossentropy"),
        (cnn, None, "categorical_crossentropy"),
        (mlp, Watch, "sparse_categorical_crossentropy"),
        (mlp, Watch, "categorical_crossentropy"),
    ],
)
def test_metrics_are_those_of_the_predictions(make, callbacks, loss, digits):
    X, y = digits
    classifier = make(metrics=METRICS, loss=loss, callbacks=callbacks)
    classifier.fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    history = {name: values[-1] for name, values in classifier.history_.items()}
    probabilities, true = classifier.predict_proba(X[200:]), y[200:]
    found = f1_score(true, probabilities.argmax(axis=1), average="macro")
    assert history["val_f1_score"] == pytest.approx(found, abs=1e-5)
    top2 = top_k_accuracy_score(true, probabilities, k=2)
    for name in ("val_top2", "val_sparse_top2"):
        assert history[name] == pytest.approx(top2, abs=1e-5)
    for prefix in ("", "val_"):
        accuracy = history[f"{prefix}accuracy"]
        assert history[f"{prefix}sparse_categorical_accuracy"] == pytest.approx(accuracy, abs=1e-5)
        for name in ("from_p", "from_logits"):
            assert history[prefix + name] == pytest.approx(history[f"{prefix}loss"], rel=1e-3)


def test_metrics_change_nothing_else_and_repeat(digits):
    plain = cnn(validation_fraction=0.2).fit(*digits)
    classifier = cnn(validation_fraction=0.2, metrics=["auc", Confidence()])
    first, second = (clone(classifier).fit(*digits) for _ in range(2))
    assert figures(first) == figures(second)
    # XLA is not used with metrics; these fits are too short for it.
    assert {name: figures(first)[name] for name in figures(plain)} == figures(plain)
    assert {"auc", "val_auc", "confidence", "val_confidence"} <= set(first.history_)
    assert 0.1 < first.history_["confidence"][-1] < 1


@pytest.mark.parametrize(
    ("metrics", "match"),
    [
        ("f1_score", "more than one number"),
        ("accuracy", "predicted labels"),
        (keras.metrics.OneHotMeanIoU(num_classes=3), "num_classes=10"),
        (keras.metrics.AUC(name="loss"), "the name 'loss'"),
        (["auc", keras.metrics.AUC(name="auc")], "the name 'auc'"),
        ([keras.metrics.AUC], "objects"),
        ([np.mean], "MeanMetricWrapper"),
    ],
)
def test_a_metric_that_fits_not_is_refused_in_words(metrics, match, digits):
    with pytest.raises(ValueError, match=match):
        mlp(metrics=metrics).fit(*digits)


def test_names_of_metrics_may_be_an_array(digits):
    history = mlp(epochs=1, metrics=np.array(["auc", "precision"])).fit(*digits).history_
    assert {"auc", "precision"} <= set(history)


@pytest.mark.parametrize(
    ("monitor", "best"),
    [
        ("val_accuracy", np.argmax),
        ("accuracy", np.argmax),
        ("val_mse", np.argmin),
        ("auc", np.argmax),
    ],
)
def test_early_stopping_keeps_the_best_epoch_of_any_quantity(monitor, best, digits):
    metrics = ["auc", keras.metrics.MeanSquaredError(name="mse")]
    classifier = mlp(
        metrics=metrics,
        monitor=monitor,
        min_delta=0.001,
        early_stopping=True,
        patience=2,
        epochs=40,
        learning_rate=0.05,
    ).fit(*digits)
    values = classifier.history_[monitor]
    assert ("val_loss" in classifier.history_) == monitor.startswith("val_")
    assert len(values) < 40
    assert len(values) - 1 - best(values) <= 3


def test_seconds_and_learning_rates_are_recorded(digits):
    told = []
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: told.append(set(logs)))
    schedule = {"learning_rate": 0.1, "learning_rate_schedule": "cosine"}
    history = mlp(callbacks=note, epochs=4, **schedule).fit(*digits).history_
    assert history["learning_rate"][0] == pytest.approx(0.1)
    assert (np.diff(history["learning_rate"]) < 0).all()
    assert len(history["seconds"]) == 4
    assert min(history["seconds"]) > 0
    assert told == [{"loss", "accuracy"}] * 4
