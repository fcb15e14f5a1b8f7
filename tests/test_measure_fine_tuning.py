"""What measure_fine_tuning.py renders and counts."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"


@pytest.fixture
def program(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    yield importlib.import_module("measure_fine_tuning")
    monkeypatch.delitem(sys.modules, "measure_fine_tuning")


@pytest.mark.parametrize("seed", [100, 101])
def test_a_hand_writes_alike(seed, program):
    hand = program.write_hand(seed, 20)
    assert hand.labels.tolist() == list(range(10)) * 2
    again = program.write_hand(seed, 20)
    for picture, same in zip(hand.pictures, again.pictures, strict=True):
        np.testing.assert_array_equal(picture, same)
        assert picture.max() > 200
        assert not picture[0].any()


def test_rows_count_the_errors_of_all_runs(program):
    def part(wrong, mnist):
        return {
            "new": {"n": 100, "wrong": wrong, "refused": 1},
            "MNIST": {"n": 10_000, "wrong": mnist, "refused": 6},
            "no digits": {"n": 1_000, "refused": 900},
        }

    runs = [
        {
            "set": "forms",
            "start": start,
            "images": 200,
            "before": part(8, 48),
            "after": part(after, 50),
        }
        for start in (program.FAST, program.INCLUDED)
        for after in (2, 4)
    ]
    header, *rows = program.summarize(runs)
    assert [row[1] for row in rows] == [program.INCLUDED, program.FAST]
    assert all(len(row) == len(header) for row in rows)
    first = dict(zip(header, rows[0], strict=True))
    assert first["runs"] == "2"
    assert first["errors before"] == "8.00% (16 of 200)"
    assert first["errors after"] == "3.00% (6 of 200)"
    assert first["lowest to highest after"] == "2.00% to 4.00%"
    assert first["MNIST"] == "0.48%, then 0.50%"
    assert first["images of no digit recognised"] == "90.0%, then 90.0%"
    assert rows[1][-1] == ""
