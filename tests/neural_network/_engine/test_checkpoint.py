"""Trainings on disk: broken off anywhere, they end where one that was not would have."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skdigits._archive import array_from_bytes, array_name, array_to_bytes, pack, unpack
from skdigits.exceptions import CheckpointError, DivergenceError

from ..._archive._made_up import seal, sums
from ..._small import both, figures, mlp

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
    assert figures(resumed) == figures(unbroken)
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
    assert figures(resumed) == figures(unbroken)
    np.testing.assert_array_equal(resumed.decision_function(X), unbroken.decision_function(X))


def test_finished_training_is_taken_as_it_is(digits, tmp_path, watch):
    classifier = mlp(callbacks=Watch, checkpoint_dir=tmp_path)
    first = clone(classifier).fit(*digits)
    again = clone(classifier).fit(*digits)
    assert watch.trained == 3
    assert figures(again) == figures(first)
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
    assert figures(kept) == figures(plain)
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


# Files that are not as they were written


@pytest.fixture(scope="module")
def kept(digits, tmp_path_factory):
    """Give a training that was broken off: classifier, folder, file, and what it ends in."""
    folder = tmp_path_factory.mktemp("kept")
    classifier = mlp(
        hidden_layer_sizes=(8,), epochs=3, weight_averaging=0.5, dropout=0.1, callbacks=Watch,
        early_stopping=True, patience=2, checkpoint_dir=folder,
    )  # fmt: skip
    expected = clone(classifier).set_params(checkpoint_dir=None).fit(*digits)
    Watch.break_at = 2
    with pytest.raises(KeyboardInterrupt):
        clone(classifier).fit(*digits)
    Watch.break_at = None
    [file] = folder.glob("*.npz")
    return classifier, file, file.read_bytes(), expected


def fit_with(kept, digits, content):
    """Fit beside a file of other content, and give the classifier and the warnings."""
    classifier, file, _, _ = kept
    file.write_bytes(content)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return clone(classifier).fit(*digits), caught


def assert_as_expected(kept, found):
    expected = kept[3]
    assert figures(found) == figures(expected)
    for got, wanted in zip(state(found), state(expected), strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_a_file_that_is_whole_is_taken_without_a_word(kept, digits, watch):
    found, caught = fit_with(kept, digits, kept[2])
    assert not caught
    assert watch.trained == 1
    assert_as_expected(kept, found)


DAMAGED = {
    "empty": lambda content: b"",
    "zeros": lambda content: bytes(len(content)),
    "cut short": lambda content: content[: len(content) // 2],
    "cut at once": lambda content: content[:20],
    "cut by a byte": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "another beginning": lambda content: b"XX" + content[2:],
    "another byte": lambda content: content[:999] + bytes([content[999] ^ 1]) + content[1000:],
    "no checkpoint": lambda content: b"some text",
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_is_named_once_and_the_training_begins_anew(case, kept, digits, watch):
    found, caught = fit_with(kept, digits, DAMAGED[case](kept[2]))
    [warning] = caught
    assert warning.category is UserWarning
    assert str(kept[1]) in str(warning.message)
    assert "damaged" in str(warning.message)
    assert "starts from the beginning" in str(warning.message)
    assert warning.filename == __file__
    assert watch.trained == 3
    assert_as_expected(kept, found)
    again, caught = clone(kept[0]).fit(*digits), []
    assert watch.trained == 3
    assert_as_expected(kept, again)


@pytest.mark.parametrize("seed", range(4))
def test_bytes_changed_anywhere_never_change_the_result(seed, kept, digits):
    random = np.random.RandomState(seed)
    for _ in range(8):
        content = bytearray(kept[2])
        for place in random.randint(len(content), size=random.randint(1, 4)):
            content[place] ^= 1 << random.randint(8)
        found, caught = fit_with(kept, digits, bytes(content))
        assert len(caught) == 1
        assert_as_expected(kept, found)


def lie(content, edit=lambda words: None, arrays=lambda arrays: None):
    """Edit the words and the arrays of a file, and give it a digest that is right."""
    parts = unpack(content, "training.json")
    words = json.loads(parts.pop("training.json"))
    edit(words)
    values = list(map(array_from_bytes, parts.values()))
    arrays(values)
    numbered = {array_name(i): array_to_bytes(value) for i, value in enumerate(values)}
    return pack({"training.json": json.dumps(words).encode(), **numbered})


def put(key, value):
    return lambda words: words.__setitem__(key, value)


def gathered(**attributes):
    return lambda words: words["callbacks"][-1].update(attributes)


def number(i, change):
    return lambda arrays: arrays.__setitem__(i, change(arrays[i]))


LIES = {
    "a later format": (put("format", 4), None),
    "no format": (lambda words: words.pop("format"), None),
    "format of a truth": (put("format", True), None),
    "another training": (put("training", "\x1b[2J"), None),
    "epochs below any": (put("epochs_done", -1), None),
    "no epoch": (put("epochs_done", 0), None),
    "more epochs than asked for": (put("epochs_done", 10**9), None),
    "epochs of a text": (put("epochs_done", "x"), None),
    "all epochs": (put("epochs_done", 3), None),
    "no history": (put("history", []), None),
    "history of numbers": (put("history", [1, 2, 3, 4]), None),
    "one name for all": (put("history", ["loss"] * 4), None),
    "no random state": (put("random", []), None),
    "another random generator": (put("random", ["PCG64", 1, 0, 0.0]), None),
    "random state beyond its end": (put("random", ["MT19937", 10**6, 0, 0.0]), None),
    "no callbacks": (put("callbacks", []), None),
    "many callbacks": (put("callbacks", [{}] * 99), None),
    "callbacks of nothing": (put("callbacks", [{}, {}]), None),
    "code for a callback": (gathered(on_epoch_end="os.system"), None),
    "a method of a callback": (gathered(__class__="x"), None),
    "a wait that is none": (gathered(wait="x"), None),
    "a wait below any": (gathered(wait=-5), None),
    "a wait that fits nowhere": (gathered(wait=10**19), None),
    "a best that fits nowhere": (gathered(best=2**63), None),
    "a best that is none": (gathered(best=[1]), None),
    "best weights of one that has none": (put("best", [2, 0]), None),
    "averaged of a text": (put("averaged", "x"), None),
    "not averaged": (put("averaged", 0), None),
    "weights that are none": (None, number(2, lambda array: array * np.nan)),
    "weights of another shape": (None, number(2, lambda array: array.T[:3])),
    "weights of another dtype": (None, number(2, lambda array: array.astype(np.float64))),
    "weights of texts": (None, number(2, lambda array: array.astype(str))),
    "means that are none": (None, number(-8, lambda array: array * np.inf)),
    "random numbers of zeros": (None, number(0, np.zeros_like)),
    "figures of more epochs": (None, number(1, lambda array: np.repeat(array, 9, axis=1))),
    "figures of texts": (None, number(1, lambda array: array.astype(str))),
    "an array too many": (None, lambda arrays: arrays.append(np.zeros(3))),
    "an array too few": (None, lambda arrays: arrays.pop()),
    "no arrays": (None, lambda arrays: arrays.clear()),
}


@pytest.mark.parametrize("case", LIES)
def test_a_whole_file_that_lies_is_refused_by_name(case, kept, digits, watch):
    edit, arrays = (part or (lambda _: None) for part in LIES[case])
    content = lie(kept[2], edit, arrays)
    with pytest.raises(
        CheckpointError, match=r"\.npz is not a readable checkpoint.*Delete it to"
    ) as caught:
        fit_with(kept, digits, content)
    assert str(kept[1]) in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600
    assert watch.trained == 0
    assert kept[1].read_bytes() == content


def old_format(content):
    buffer = io.BytesIO()
    np.savez(buffer, words=np.array('{"format": 2}'), random=np.arange(3))
    return buffer.getvalue()


def pickled(content):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("code of the file has run",))

    buffer = io.BytesIO()
    np.savez(buffer, words=np.array([Bomb()], dtype=object))
    return buffer.getvalue()


def bomb(content):
    parts = unpack(content, "training.json") | {"arrays/99.npy": bytes(10**8)}
    return seal([*parts.items(), sums(parts.items())], zipfile.ZIP_DEFLATED)


WHOLE = {
    "an older format": (old_format, "format 2 or older; only format 3"),
    "an older format, cut short": (lambda content: old_format(content)[:200], "format 2 or"),
    "pickled objects": (pickled, "format 2 or"),
    "a bomb": (bomb, "parts declare 100,[0-9,]+ bytes"),
    "a model": (lambda content: pack({"model.json": b"{}"}), "does not start with a part"),
    "larger than any": (lambda content: bytes(2**25), "it has 33,554,432 bytes; at most"),
    "other parts": (lambda content: pack({"training.json": b"[]"}), "list indices"),
    "deep": (lambda content: pack({"training.json": b"[" * 10**5}), "not plain JSON"),
    "no text": (lambda content: pack({"training.json": b"\xff"}), "not plain JSON"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_whole_file_of_another_kind_is_refused_and_kept(case, kept, digits, watch):
    make, match = WHOLE[case]
    content = make(kept[2])
    with pytest.raises(
        CheckpointError, match=rf"\.npz is not a readable checkpoint.*{match}.*Delete it to"
    ):
        fit_with(kept, digits, content)
    assert watch.trained == 0
    assert kept[1].read_bytes() == content


def test_a_checkpoint_of_another_training_is_not_taken(kept, digits, tmp_path):
    classifier = mlp(hidden_layer_sizes=(8,), epochs=3, checkpoint_dir=tmp_path)
    clone(classifier).fit(*digits)
    [file] = tmp_path.glob("*.npz")
    clone(classifier).set_params(random_state=7).fit(*digits)
    [other] = set(tmp_path.glob("*.npz")) - {file}
    other.replace(file)
    with pytest.raises(CheckpointError, match="belongs to the training"):
        clone(classifier).fit(*digits)


def test_a_network_that_is_about_to_fail_is_not_kept(digits, tmp_path):
    class Overflow(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.model.layers[-1].bias.assign(self.model.layers[-1].bias * np.inf)

    classifier = mlp(callbacks=Overflow, checkpoint_dir=tmp_path, epochs=5)
    for _ in range(2):
        with pytest.raises(DivergenceError, match="in epoch 3"):
            clone(classifier).fit(*digits)


def test_folder_that_cannot_be_made_is_named(digits, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="checkpoint_dir must be a writable folder"):
        mlp(checkpoint_dir=tmp_path / "file" / "folder").fit(*digits)


def test_full_disk_is_named_and_the_epoch_before_is_kept(digits, tmp_path, monkeypatch):
    write, n_saved = Path.write_bytes, []

    def full_at_the_third(path, content):
        n_saved.append(path)
        if len(n_saved) == 3:
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full_at_the_third)
    classifier = mlp(checkpoint_dir=tmp_path, epochs=4)
    with pytest.raises(CheckpointError, match=r"Epoch 3 .*No space left.*to resume it"):
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
    with pytest.raises(ValueError, match=f"do not set {parameter}"):
        classifier.fit(*digits)
