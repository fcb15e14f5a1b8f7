"""The line of an epoch: figures, its time, and how long the rest will take."""

from __future__ import annotations

import re

import pytest

from skdigits.neural_network._epoch_lines import duration

from .._small import both, mlp

LINE = re.compile(
    r"Epoch (\d)/3 - accuracy: \d\.\d{4} - loss: \d\.\d{4} - val_accuracy: \d\.\d{4}"
    r" - val_loss: \d\.\d{4} - \d+\.\d s( - about \d+\.\d s to go)?"
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
