"""The figures of each epoch: one in every list of the history, and a line of them."""

from __future__ import annotations

import io
import math
import re
import sys

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from skdigits import LearningCurveDisplay
from skdigits.neural_network._engine._history import duration, extend_history

from ..._small import both, mlp

epochs = st.lists(
    st.fixed_dictionaries(
        {"loss": st.floats(0, 9)},
        optional={"val_loss": st.floats(0, 9), "learning_rate": st.floats(0, 1)},
    ),
    max_size=6,
)


@given(epochs)
def test_each_epoch_keeps_its_place(logs):
    history = {}
    for of_one in logs:
        extend_history(history, of_one)
    assert {len(values) for values in history.values()} <= {len(logs)}
    for i, of_one in enumerate(logs):
        there = {name: values[i] for name, values in history.items()}
        assert {name: value for name, value in there.items() if not math.isnan(value)} == of_one


class EverySecond(keras.callbacks.Callback):
    """Have a figure for every second epoch."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch % 2:
            logs["extra"] = float(epoch)


class EveryBatch(EverySecond):
    """Want to know of batches too, which takes Model.fit."""

    def on_train_batch_end(self, batch, logs=None):
        pass


paths = pytest.mark.parametrize("callback", [EverySecond, EveryBatch])


@paths
def test_a_validation_set_may_come_and_go(callback, digits):
    X, y = digits
    classifier = mlp(epochs=2, warm_start=True, callbacks=callback).fit(X, y)
    classifier.fit(X, y, X_val=X[:50], y_val=y[:50])
    classifier.partial_fit(X, y)
    seen = [math.isnan(loss) for loss in classifier.history_["val_loss"]]
    assert seen == [True, True, False, False, True]
    assert not np.isnan(classifier.history_["loss"]).any()
    lines = LearningCurveDisplay.from_estimator(classifier, figure=Figure()).lines_
    assert len(lines["val_loss"].get_xdata()) == len(lines["loss"].get_xdata()) == 5


@paths
def test_a_figure_of_some_epochs_stands_at_those(callback, digits):
    classifier = mlp(epochs=4, callbacks=callback).fit(*digits)
    np.testing.assert_array_equal(classifier.history_["extra"], [np.nan, 1, np.nan, 3])
    assert len(classifier.history_["loss"]) == 4


#: Figures of an epoch, its time, and how long the rest will take.
LINE = re.compile(
    r"Epoch (\d)/3 - accuracy: \d\.\d{4} - loss: \d\.\d{4} - val_accuracy: \d\.\d{4}"
    r" - val_loss: \d\.\d{4} - \d+\.\d s( - about \d+\.\d s left)?"
)


@both
def test_each_epoch_has_a_line_and_all_but_the_last_an_expected_rest(make, digits, capsys):
    make(verbose=2, validation_fraction=0.2).fit(*digits)
    lines = [LINE.fullmatch(line) for line in capsys.readouterr().out.splitlines()]
    assert [line[1] for line in lines] == ["1", "2", "3"]
    assert [line[2] is None for line in lines] == [False, False, True]


def test_epochs_are_counted_on(digits, capsys):
    classifier = mlp(verbose=2, warm_start=True, epochs=2).fit(*digits)
    capsys.readouterr()
    classifier.fit(*digits)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Epoch 3/4 - ")
    assert second.startswith("Epoch 4/4 - ")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (89, "89 s"),
        (91, "2 min"),
        (3_599, "60 min"),
        (3_600, "1 h 0 min"),
        (3_600 + 20 * 60, "1 h 20 min"),
        (7_199, "2 h 0 min"),
    ],
)
def test_times_are_worded(seconds, words):
    assert duration(seconds) == words


def test_each_line_is_written_at_once_so_that_lines_of_processes_do_not_mix(digits, monkeypatch):
    written = []

    class Stream(io.StringIO):
        def write(self, text):
            written.append(text)
            return len(text)

    monkeypatch.setattr(sys, "stdout", Stream())
    mlp(verbose=2, epochs=2).fit(*digits)
    lines = [text for text in written if text]
    assert len(lines) == 2
    assert all(line.startswith("Epoch") and line.endswith("\n") for line in lines)
