"""Trainings on disk: broken off anywhere, they end where one that was not would have."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skdigits.exceptions import CheckpointError

from .._small import both, mlp

SLOW_TRAINING = """
import sys, time
import keras
from sklearn.datasets import load_digits
from skdigits import KerasMLPClassifier

class Wait(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        time.sleep(float(sys.argv[2]))

X, y = load_digits(return_X_y=True)
classifier = KerasMLPClassifier(
    hidden_layer_sizes=(24,), epochs=6, dropout=0.2, learning_rate_schedule="one_cycle",
    checkpoint_dir=sys.argv[1], callbacks=Wait, random_state=0,
).fit(X[:300] / 16, y[:300])
print(classifier.history_["loss"], classifier.decision_function(X[:20] / 16).tolist())
"""


class Watch(keras.callbacks.Callback):
    """Counts the epochs, and breaks the training off in one of them."""

    trained = 0
    break_at = None

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == Watch.break_at:
            raise KeyboardInterrupt
        Watch.trained += 1


@pytest.fixture
def watch():
    """Count from none."""
    Watch.trained, Watch.break_at = 0, None
    yield Watch
    Watch.trained, Watch.break_at = 0, None


def state(classifier):
    return [
        variable.numpy()
        for variable in (*classifier.model_.weights, *classifier.model_.optimizer.variables)
    ]


@both
@pytest.mark.parametrize("break_at", [1, 4])
def test_broken_off_training_ends_like_an_unbroken_one(make, break_at, digits, tmp_path, watch):
    classifier = make(
        epochs=5,
        learning_rate_schedule="one_cycle",
        dropout=0.2,
        augmentation="light",
        batch_normalization=True,
        weight_averaging=0.6,
        validation_fraction=0.2,
        callbacks=Watch,
    )
    unbroken = clone(classifier).fit(*digits)
    classifier.set_params(checkpoint_dir=tmp_path)
    watch.break_at, watch.trained = break_at, 0
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(*digits)
    assert classifier.n_epochs_ == break_at
    watch.break_at = None
    resumed = clone(classifier).fit(*digits)
    assert watch.trained == 5
    assert resumed.history_ == unbroken.history_
    for got, expected in zip(state(resumed), state(unbroken), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_broken_off_early_stopping_remembers_the_best_epoch(digits, tmp_path, watch):
    X, y = digits[0], np.random.RandomState(0).permutation(digits[1])
    plateau = keras.callbacks.ReduceLROnPlateau(patience=2)
    classifier = mlp(callbacks=[Watch, plateau], early_stopping=True, patience=6, epochs=30)
    unbroken = clone(classifier).fit(X, y)
    n_epochs = unbroken.n_epochs_
    assert np.argmin(unbroken.history_["val_loss"]) == n_epochs - 7
    classifier.set_params(checkpoint_dir=tmp_path)
    watch.break_at = n_epochs - 2
    with pytest.raises(KeyboardInterrupt):
        clone(classifier).fit(X, y)
    watch.break_at = None
    resumed = clone(classifier).fit(X, y)
    assert resumed.history_ == unbroken.history_
    np.testing.assert_array_equal(resumed.decision_function(X), unbroken.decision_function(X))


def test_finished_training_is_taken_as_it_is(digits, tmp_path, watch):
    classifier = mlp(callbacks=Watch, checkpoint_dir=tmp_path)
    first = clone(classifier).fit(*digits)
    again = clone(classifier).fit(*digits)
    assert watch.trained == 3
    assert again.history_ == first.history_
    np.testing.assert_array_equal(again.predict_proba(digits[0]), first.predict_proba(digits[0]))


def test_training_ended_by_early_stopping_is_finished(digits, tmp_path, watch):
    X, y = digits[0], np.random.RandomState(0).permutation(digits[1])
    classifier = mlp(
        callbacks=Watch, checkpoint_dir=tmp_path, early_stopping=True, patience=1, epochs=30
    )
    first = clone(classifier).fit(X, y)
    assert watch.trained < 30
    trained = watch.trained
    again = clone(classifier).fit(X, y)
    assert watch.trained == trained
    np.testing.assert_array_equal(again.predict_proba(X), first.predict_proba(X))


OTHERS = {
    "random_state": 1,
    "learning_rate": 0.02,
    "learning_rate_schedule": "cosine",
    "batch_size": 16,
    "epochs": 4,
    "dropout": 0.1,
    "weight_averaging": 0.5,
    "weight_decay": 0.1,
    "augmentation": "light",
    "class_weight": {0: 3.0},
    "validation_fraction": 0.2,
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_training_is_not_taken(name, digits, tmp_path, watch):
    classifier = mlp(callbacks=Watch, checkpoint_dir=tmp_path)
    clone(classifier).fit(*digits)
    clone(classifier).set_params(**{name: OTHERS[name]}).fit(*digits)
    assert watch.trained == 3 + (OTHERS[name] if name == "epochs" else 3)
    assert len(list(tmp_path.glob("*.npz"))) == 2


def rate_of(value):
    def rate(epoch):
        return value

    return keras.callbacks.LearningRateScheduler(rate)


@pytest.mark.parametrize(
    ("parameter", "first", "other"),
    [
        (
            "callbacks",
            keras.callbacks.ReduceLROnPlateau("loss", patience=1),
            keras.callbacks.ReduceLROnPlateau("loss", patience=2),
        ),
        ("callbacks", rate_of(0.01), rate_of(0.02)),
        (
            "callbacks",
            keras.callbacks.LearningRateScheduler(lambda epoch: 0.01),
            keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 / (1 + epoch)),
        ),
        (
            "kernel_initializer",
            keras.initializers.HeNormal(seed=1),
            keras.initializers.HeNormal(seed=2),
        ),
    ],
)
def test_other_settings_of_a_part_are_another_training(parameter, first, other, digits, tmp_path):
    classifier = mlp(checkpoint_dir=tmp_path, epochs=2)
    for value in (first, first, other):
        clone(classifier).set_params(**{parameter: value}).fit(*digits)
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_search_shares_one_folder(digits, tmp_path, watch):
    search = GridSearchCV(
        mlp(callbacks=Watch, checkpoint_dir=tmp_path, epochs=1), {"dropout": [0.0, 0.3]}, cv=2
    )
    first = clone(search).fit(*digits)
    again = clone(search).fit(*digits)
    assert watch.trained == 5
    np.testing.assert_array_equal(
        first.cv_results_["mean_test_score"], again.cv_results_["mean_test_score"]
    )


def test_warm_start_goes_on_from_the_trained_weights(digits, tmp_path):
    plain, kept = mlp(warm_start=True), mlp(warm_start=True, checkpoint_dir=tmp_path)
    for _ in range(2):
        plain.fit(*digits)
        kept.fit(*digits)
    assert kept.history_ == plain.history_
    assert kept.n_epochs_ == 6


def test_killed_process_loses_one_epoch_at_most(tmp_path):
    def start(folder, pause):
        return subprocess.Popen(
            [sys.executable, "-c", SLOW_TRAINING, folder, pause],
            stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    expected, _ = start(tmp_path / "unbroken", "0").communicate(timeout=120)
    process = start(tmp_path / "killed", "0.5")
    deadline = time.monotonic() + 120
    while not list((tmp_path / "killed").glob("*.npz")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.communicate()[0] == ""
    resumed, _ = start(tmp_path / "killed", "0").communicate(timeout=120)
    assert resumed == expected
    assert len(list((tmp_path / "killed").glob("*.npz"))) == 1


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_trainings_without_a_number_are_refused(random_state, digits, tmp_path):
    with pytest.raises(ValueError, match="random_state=0"):
        mlp(checkpoint_dir=tmp_path, random_state=random_state).fit(*digits)


def test_damaged_file_is_named(digits, tmp_path):
    classifier = mlp(checkpoint_dir=tmp_path).fit(*digits)
    [file] = tmp_path.glob("*.npz")
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(CheckpointError, match=f"{file.name}.*Delete it"):
        classifier.fit(*digits)


def test_folder_that_cannot_be_made_is_named(digits, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="checkpoint_dir must be a folder"):
        mlp(checkpoint_dir=tmp_path / "file" / "folder").fit(*digits)


def test_full_disk_is_named_and_the_epoch_before_is_kept(digits, tmp_path, monkeypatch):
    save, n_saved = np.savez, []

    def full_at_the_third(file, **arrays):
        n_saved.append(file)
        if len(n_saved) == 3:
            raise OSError(28, "No space left on device")
        save(file, **arrays)

    monkeypatch.setattr(np, "savez", full_at_the_third)
    classifier = mlp(checkpoint_dir=tmp_path, epochs=4)
    with pytest.raises(CheckpointError, match=r"Epoch 3 .*No space left.*goes on"):
        clone(classifier).fit(*digits)
    assert clone(classifier).fit(*digits).n_epochs_ == 4
    assert len(n_saved) == 5


def _own_activation(x):
    return keras.ops.relu(x) * 0.5


def test_own_functions_are_refused(digits, tmp_path):
    with pytest.raises(CheckpointError, match="Keras' own layers"):
        mlp(activation=_own_activation, checkpoint_dir=tmp_path).fit(*digits)


class EveryBatch(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


@pytest.mark.parametrize("parameter", ["augmentation", "weight_averaging", "checkpoint_dir"])
def test_what_model_fit_lacks_is_refused_where_it_must_train(parameter, digits, tmp_path):
    value = {"augmentation": "light", "weight_averaging": 0.5, "checkpoint_dir": tmp_path}
    classifier = mlp(callbacks=EveryBatch, **{parameter: value[parameter]})
    with pytest.raises(ValueError, match=f"Leave out {parameter}"):
        classifier.fit(*digits)
