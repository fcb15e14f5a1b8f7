"""Validation, early stopping, going on, callbacks and what is printed."""

from __future__ import annotations

import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV

from skdigits import BaseKerasClassifier
from skdigits.neural_network._engine import _training

from .._small import both, cnn, figures, mlp


class Recorded(keras.Sequential):
    """Notes the samples, class numbers and weights of each step, in training and validation."""

    def train_step(self, data):
        tf.numpy_function(lambda *parts: self.noted["train"].append(parts), data, [])
        return super().train_step(data)

    def test_step(self, data):
        tf.numpy_function(lambda *parts: self.noted["test"].append(parts), data, [])
        return super().test_step(data)


def recorder(**parameters):
    """Make a classifier, and a function that says what its last fit was given."""
    steps = {"train": [], "test": []}

    class Recorder(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            network = Recorded([keras.Input(input_shape), keras.layers.Dense(n_classes)])
            object.__setattr__(network, "noted", steps)
            return network

    def noted(_):
        taken = [[np.concatenate(part) for part in zip(*s, strict=True)] for s in steps.values()]
        for each in steps.values():
            each.clear()
        return taken

    return Recorder(**{"random_state": 0, "epochs": 1} | parameters), noted


def fit_recorded(X, y, sample_weight=None, X_val=None, y_val=None, **parameters):
    """Train a classifier, and return what it was trained and validated on."""
    classifier, noted = recorder(**parameters)
    return noted(classifier.fit(X, y, sample_weight, X_val=X_val, y_val=y_val))


def noise(digits):
    """Give labels that can be learned by heart only: the validation loss soon rises."""
    X, y = digits
    return X[:200], np.random.RandomState(0).permutation(y)[:200], X[200:], y[200:]


# Validation


def test_held_out_share_is_stratified_and_shuffled(digits):
    X, y = digits
    order = np.argsort(y, kind="stable")
    X = np.c_[np.arange(300) / 300, X[order][:, 1:]]  # the first pixel numbers the sample
    weights = np.linspace(1, 2, 300)
    (kept, kept_codes, kept_weights), (held, held_codes, held_weights) = fit_recorded(
        X, y[order], sample_weight=weights, validation_fraction=0.3
    )
    rows = np.rint(np.r_[kept[:, 0], held[:, 0]] * 300).astype(int)
    assert sorted(rows) == list(range(300))
    assert len(held) == 90
    np.testing.assert_allclose(np.bincount(held_codes), 0.3 * np.bincount(y), atol=1)
    np.testing.assert_array_equal(y[order][rows], np.r_[kept_codes, held_codes])
    ratio = np.r_[kept_weights, held_weights] / weights[rows]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)
    # Shuffled: not the last of each class, as a cut would take.
    assert np.median(rows[len(kept) :] % 30) < 25


def test_other_seed_holds_out_other_samples(digits):
    first, again, other = (
        fit_recorded(*digits, validation_fraction=0.2, random_state=seed)[1][0]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@both
def test_given_validation_set_replaces_the_share(make, digits):
    X, y = digits
    given = {"X_val": X[200:], "y_val": y[200:]}
    (kept, *_), _ = fit_recorded(X[:200], y[:200], **given, validation_fraction=0.5)
    assert len(kept) == 200
    classifier = make(validation_fraction=0.5).fit(X[:200], y[:200], **given)
    history = classifier.history_
    named = {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"}
    assert set(history) == named
    expected = log_loss(y[200:], classifier.predict_proba(X[200:]))
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-4)
    assert history["val_accuracy"][-1] == pytest.approx(classifier.score(X[200:], y[200:]))


@pytest.mark.filterwarnings("ignore:X holds whole numbers from 0 to 255:UserWarning")
@pytest.mark.parametrize("bytes_first", [True, False])
def test_validation_set_may_be_of_another_dtype(bytes_first, digits):
    X, y = np.rint(255 * digits[0]).astype(np.uint8), digits[1]
    as_floats = X.astype(np.float32)
    parts = (X[:200], as_floats[200:]) if bytes_first else (as_floats[:200], X[200:])
    got = mlp(learning_rate=1e-4).fit(parts[0], y[:200], X_val=parts[1], y_val=y[200:])
    expected = mlp(learning_rate=1e-4)
    expected.fit(as_floats[:200], y[:200], X_val=as_floats[200:], y_val=y[200:])
    assert figures(got) == figures(expected)


@both
def test_without_validation_there_are_no_validation_figures(make, digits):
    assert set(make().fit(*digits).history_) == {"loss", "accuracy", "learning_rate", "seconds"}


@both
@pytest.mark.parametrize("patience", [1, 3])
def test_early_stopping_waits_for_patience_and_keeps_the_best(patience, make, digits):
    X, y, X_val, y_val = noise(digits)
    classifier = make(early_stopping=True, patience=patience, epochs=60)
    classifier.fit(X, y, X_val=X_val, y_val=y_val)
    losses = classifier.history_["val_loss"]
    assert classifier.n_epochs_ == len(losses) == np.argmin(losses) + 1 + patience < 60
    kept = log_loss(y_val, classifier.predict_proba(X_val), labels=range(10))
    assert kept == pytest.approx(min(losses), rel=1e-4)
    assert kept < losses[-1]


def test_early_stopping_holds_out_a_tenth_of_its_own(digits):
    (kept, *_), (held, *_) = fit_recorded(*digits, early_stopping=True)
    assert (len(kept), len(held)) == (270, 30)


def fit_some(y, **parameters):
    """Fit on as many samples as there are labels."""
    X = np.random.RandomState(0).random_sample((len(y), 4))
    return fit_recorded(X, y, **parameters)


@pytest.mark.parametrize("share", [{"validation_fraction": 0.01}, {"early_stopping": True}])
def test_a_small_share_holds_a_sample_of_each_class(share):
    (_, kept, _), (_, held, _) = fit_some(np.arange(60) % 10, **share)
    np.testing.assert_array_equal(np.sort(held), np.arange(10))
    assert len(kept) == 50


@pytest.mark.parametrize("y", [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9], [0] * 30 + [1], [0, 1, 0, 1, 2]])
def test_a_share_is_drawn_from_all_alike_where_a_class_has_too_few(y):
    with pytest.warns(UserWarning, match="too few to hold out") as caught:
        (_, kept, _), (_, held, _) = fit_some(y, early_stopping=True)
    assert caught[0].filename == __file__
    assert len(held) == np.ceil(len(y) / 10)
    assert len(kept) + len(held) == len(y)


# The two loops


@pytest.mark.parametrize("batch_size", [7, 300])
@pytest.mark.parametrize("as_images", [False, True])
def test_a_callback_that_listens_to_batches_changes_nothing_but_rounding(
    batch_size, as_images, digits, monkeypatch
):
    monkeypatch.setattr(_training, "_ROWS_PER_CALL", 64)  # several buffers an epoch
    make = cnn if as_images else mlp
    parameters = {"batch_size": batch_size, "validation_fraction": 0.2, "learning_rate": 1e-3}
    compiled = make(**parameters).fit(*digits)
    listened = make(**parameters, callbacks=keras.callbacks.TerminateOnNaN()).fit(*digits)
    for name, values in figures(compiled).items():
        np.testing.assert_allclose(listened.history_[name], values, atol=1e-4)
    difference = compiled.decision_function(digits[0]) - listened.decision_function(digits[0])
    assert np.abs(difference).max() < 1e-3
    # The next training goes on from the same place in the random numbers too.
    again = [
        each.partial_fit(*digits).decision_function(digits[0]) for each in (compiled, listened)
    ]
    assert np.abs(again[0] - again[1]).max() < 1e-3


def test_both_loops_validate_in_batches_of_the_fit(digits):
    seen = []
    count = keras.callbacks.LambdaCallback()
    count.on_test_batch_end = lambda batch, logs: seen.append(batch)
    X, y = digits
    mlp(batch_size=50, epochs=1, callbacks=lambda: count).fit(X[:60], y[:60], X_val=X, y_val=y)
    assert seen == list(range(6))


# Going on


@both
def test_partial_fit_learns_from_a_stream(make, digits):
    X, y = digits
    classifier = make()
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        classifier.partial_fit(X[:50], y[:50])
    scores = []
    for start in [*range(0, 300, 50)] * 6:
        known = range(10) if start == 0 else None
        batch = slice(start, start + 50)
        assert classifier.partial_fit(X[batch], y[batch], classes=known) is classifier
        scores.append(classifier.score(X, y))
    assert scores[-1] > max(0.8, scores[0] + 0.3)
    assert classifier.n_epochs_ == len(classifier.history_["loss"]) == 36


@both
def test_partial_fit_knows_classes_that_have_not_come_yet(make, digits):
    X, y = digits
    classifier = make().partial_fit(X[y < 3], y[y < 3], classes=range(12))
    assert classifier.predict_proba(X).shape == (300, 12)
    with pytest.raises(ValueError, match="does not know: \\[12\\]"):
        classifier.partial_fit(X, np.full(300, 12))
    with pytest.raises(ValueError, match="not the same as on last call"):
        classifier.partial_fit(X, y, classes=range(10))
    assert classifier.partial_fit(X, y).n_epochs_ == 2


@both
def test_partial_fit_goes_on_after_fit_and_fit_starts_anew(make, digits):
    X, y = digits
    classifier = make().fit(X, y).partial_fit(X, y)
    assert classifier.n_epochs_ == 4
    expected = make().fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(classifier.fit(X, y).predict_proba(X), expected)
    assert classifier.n_epochs_ == 3


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"early_stopping": True}, "early_stopping"),
        ({"learning_rate_schedule": "one_cycle"}, "learning_rate_schedule"),
        ({"class_weight": "balanced"}, "class_weight"),
        ({"epochs": 0}, "epochs"),
    ],
)
def test_partial_fit_refuses_what_needs_to_know_the_end(parameters, match, digits):
    with pytest.raises(ValueError, match=match):
        mlp(**parameters).partial_fit(*digits, classes=range(10))


def test_partial_fit_weighs_samples_absolutely(digits):
    X, y = digits
    heavy, light = (
        mlp(optimizer="sgd").partial_fit(X, y, range(10), sample_weight=np.full(300, weight))
        for weight in (2.0, 1.0)
    )
    doubled = mlp(optimizer="sgd", learning_rate=0.02).partial_fit(X, y, range(10))
    np.testing.assert_allclose(heavy.decision_function(X), doubled.decision_function(X), atol=1e-5)
    assert np.abs(heavy.decision_function(X) - light.decision_function(X)).max() > 1e-3


@both
def test_warm_start_goes_on(make, digits):
    X, y = digits
    classifier = make(warm_start=True).fit(X, y)
    first = {name: list(values) for name, values in classifier.history_.items()}
    classifier.fit(X, y)
    assert classifier.n_epochs_ == 6
    assert classifier.history_["loss"][:3] == first["loss"]
    assert classifier.history_["loss"][3] < first["loss"][-1]
    with pytest.raises(ValueError, match="y contains labels"):
        classifier.fit(X, y + 1)
    assert classifier.score(X, y) > 0.3


def test_warm_start_validates_on_the_samples_that_were_held_out_first(digits):
    classifier, noted = recorder(warm_start=True, validation_fraction=0.2)
    first, second = (noted(classifier.fit(*digits)) for _ in range(2))
    np.testing.assert_array_equal(second[1][0], first[1][0])
    np.testing.assert_array_equal(*(np.sort(fit[0][0], axis=0) for fit in (first, second)))


@both
def test_warm_start_uses_a_changed_learning_rate(make, digits):
    X, y = digits
    classifier = make(warm_start=True).fit(X, y)
    before = classifier.model_.get_weights()
    classifier.set_params(learning_rate=1e-12).fit(X, y)
    for old, new in zip(before, classifier.model_.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, atol=1e-6)
    assert float(classifier.model_.optimizer.learning_rate) == pytest.approx(1e-12)


def test_warm_start_uses_a_changed_loss(digits):
    classifier = mlp(warm_start=True).fit(*digits)
    classifier.set_params(loss="categorical_hinge").fit(*digits)
    assert isinstance(classifier.model_.loss, keras.losses.CategoricalHinge)
    assert classifier.n_epochs_ == 6


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "adamw"])
def test_warm_start_carries_the_state_of_the_optimizer(optimizer, digits):
    X, y = digits
    # One batch an epoch, so that the shuffling does not matter.
    once = mlp(epochs=6, batch_size=300, optimizer=optimizer).fit(X, y)
    twice = mlp(epochs=3, batch_size=300, optimizer=optimizer, warm_start=True).fit(X, y).fit(X, y)
    np.testing.assert_allclose(once.history_["loss"], twice.history_["loss"], rtol=1e-5)


# Learning rates


def rates(digits, **parameters):
    """Record the learning rate at the end of each of eight epochs of ten batches."""
    seen = []

    class Record(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(float(self.model.optimizer.learning_rate))

    mlp(epochs=8, batch_size=30, callbacks=Record, **parameters).fit(*digits)
    return np.array(seen)


def test_schedules_have_their_documented_shape(digits):
    constant = rates(digits, learning_rate=0.01)
    np.testing.assert_allclose(constant, 0.01, rtol=1e-6)
    exponential = rates(digits, learning_rate=0.01, learning_rate_schedule="exponential")
    np.testing.assert_allclose(exponential, 0.01 * 0.9 ** np.arange(1, 9), rtol=1e-4)
    cosine = rates(digits, learning_rate=0.01, learning_rate_schedule="cosine")
    np.testing.assert_allclose(
        cosine, 0.005 * (1 + np.cos(np.pi * np.arange(1, 9) / 8)), rtol=1e-3, atol=1e-7
    )
    one_cycle = rates(digits, learning_rate=0.01, learning_rate_schedule="one_cycle")
    assert one_cycle[1] == one_cycle.max() == pytest.approx(0.01)
    assert (np.diff(one_cycle[1:]) < 0).all()
    assert one_cycle[-1] == pytest.approx(0, abs=1e-7)


def test_learning_rate_scheduler_of_keras_works(digits):
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    classifier = mlp(callbacks=[scheduler], learning_rate=0.01).fit(*digits)
    assert float(classifier.model_.optimizer.learning_rate) == pytest.approx(0.01 / 8)
    # What it set in a shared program must not reach the next fit.
    assert float(mlp(learning_rate=0.02).fit(*digits).model_.optimizer.learning_rate) == (
        pytest.approx(0.02)
    )


# Callbacks


class Count(keras.callbacks.Callback):
    """Counts what it sees, and leaves a note."""

    notes: tuple = ()

    def __init__(self):
        super().__init__()
        self.epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1
        assert set(logs) >= {"loss", "accuracy"}

    def on_train_end(self, logs=None):
        type(self).notes += (self.epochs,)


@pytest.mark.parametrize(
    "give",
    [
        lambda: Count(),
        lambda: [Count()],
        lambda: Count,
        lambda: [lambda: Count()],
        lambda: (Count,),
    ],
    ids=["instance", "list", "class", "function", "tuple"],
)
def test_every_fit_has_fresh_callbacks(give, digits):
    Count.notes = ()
    given = give()
    classifier = mlp(callbacks=given).fit(*digits).fit(*digits)
    assert Count.notes == (3, 3)
    assert classifier.callbacks is given
    for callback in given if isinstance(given, list) else [given]:
        assert getattr(callback, "epochs", 0) == 0


def test_a_function_that_makes_callbacks_gets_a_name_for_each_fit(digits):
    names = []

    def make_callback(fit_name):
        names.append(fit_name)
        return keras.callbacks.Callback()

    classifier = mlp(callbacks=[make_callback, Count], epochs=1)
    GridSearchCV(classifier, {"batch_size": [16, 32]}, cv=2).fit(*digits)
    assert len(set(names)) == 5
    assert all(re.fullmatch(r"\d{8}-\d{6}-\w+", name) for name in names)


def test_a_function_with_another_parameter_is_refused_in_words(digits):
    with pytest.raises(ValueError, match="one parameter, named fit_name"):
        mlp(callbacks=lambda name: keras.callbacks.Callback()).fit(*digits)


class Evaluations(keras.callbacks.Callback):
    """Remembers what it is told of evaluations."""

    told: list = []  # noqa: RUF012 - shared with the copy that listens

    def on_test_begin(self, logs=None):
        self.told.append("begin")

    def on_test_end(self, logs=None):
        self.told.append(logs)


def test_callbacks_are_told_of_evaluations(digits):
    Evaluations.told.clear()
    history = mlp(callbacks=Evaluations, validation_fraction=0.2).fit(*digits).history_
    assert Evaluations.told[::2] == ["begin"] * 3
    assert [logs["loss"] for logs in Evaluations.told[1::2]] == history["val_loss"]
    assert [logs["accuracy"] for logs in Evaluations.told[1::2]] == history["val_accuracy"]


def test_keras_callbacks_can_stop_the_training(digits):
    stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=10.0, patience=2)
    classifier = mlp(callbacks=stop, epochs=20)
    assert [classifier.fit(*digits).n_epochs_ for _ in range(2)] == [3, 3]


class Batches(keras.callbacks.Callback):
    """Needs Keras' own training loop."""

    seen = 0

    def on_train_batch_end(self, batch, logs=None):
        Batches.seen += 1


@both
@pytest.mark.parametrize("verbose", [0, 1])
def test_batch_callback_falls_back_to_keras_and_says_so(verbose, make, digits, capsys):
    Batches.seen = 0
    classifier = make(callbacks=Batches, verbose=verbose, epochs=2, validation_fraction=0.2)
    classifier.fit(*digits)
    assert Batches.seen == 2 * 8
    assert classifier.n_epochs_ == len(classifier.history_["val_loss"]) == 2
    said = "Training with keras.Model.fit: Batches has on_train_batch_end.\n"
    printed = capsys.readouterr().out
    assert (said in printed) if verbose else (printed == "")


def test_batch_callback_as_lambda_falls_back_too(digits):
    seen = []
    batch = lambda: keras.callbacks.LambdaCallback(  # noqa: E731
        on_train_batch_end=lambda batch, logs: seen.append(batch)
    )
    mlp(callbacks=[batch], epochs=1).fit(*digits)
    assert len(seen) == 10


def test_augmentation_needs_the_compiled_loop(digits):
    with pytest.raises(ValueError, match=r"augmentation requires compiled training.*Batches"):
        mlp(callbacks=Batches, augmentation="light").fit(*digits)


# Output


@both
def test_verbose_prints_what_it_says(make, digits, capsys):
    make(verbose=0, validation_fraction=0.2).fit(*digits).predict(digits[0])
    assert capsys.readouterr() == ("", "")
    make(verbose=2, validation_fraction=0.2).fit(*digits)
    lines = [line for line in capsys.readouterr().out.splitlines() if "loss:" in line]
    assert len(lines) == 3
    assert all("val_accuracy" in line for line in lines)
    make(verbose=1).fit(*digits)
    out = capsys.readouterr().out
    assert [f"Epoch {epoch}/3" in out for epoch in (1, 2, 3)] == [True] * 3
    assert "10/10" in out
