"""The rendered handwriting is the same for everyone, and the command that scores it runs."""

from __future__ import annotations

import csv
import importlib
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from skdigits import load_mnist

from . import handwriting

FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"
KINDS = [
    handwriting.ink_on_paper,
    handwriting.photographs,
    handwriting.numbers,
    handwriting.pages.ruled_lines,
    handwriting.pages.ruled_pages,
    handwriting.pages.tables,
    handwriting.pages.outlined,
    handwriting.touching_digits.touching,
    handwriting.signs.thin_pens,
    partial(handwriting.pages.turned, turns=1),
    handwriting.joined.chains,
]


@pytest.mark.parametrize("draw", KINDS)
def test_a_seed_gives_the_same_pictures(draw):
    one, other = draw(2, seed=3), draw(2, seed=3)
    assert one.labels == other.labels
    for pictures in zip(one.pictures, other.pictures, strict=True):
        np.testing.assert_array_equal(*pictures)
    assert draw(2, seed=4).rows != one.rows


@pytest.mark.parametrize("subset", ["train", "test"])
@pytest.mark.parametrize("draw", KINDS)
def test_labels_are_those_of_the_images_of_the_subset(draw, subset):
    drawn = draw(3, subset=subset)
    target = load_mnist(subset=subset).target[drawn.rows]
    assert "".join(drawn.labels).replace("\n", "") == "".join(map(str, target))
    for picture in drawn.pictures:
        assert picture.dtype == np.uint8
        assert picture.ndim == 3


def test_letters_have_no_label():
    drawn = handwriting.signs.letters(3)
    assert drawn.labels == [""] * 3
    assert all(np.ptp(picture) > 50 for picture in drawn.pictures)


@pytest.mark.parametrize("drop", [-5, 0, 7])
def test_joined_digits_touch_and_share_little(drop):
    left, right = np.zeros((2, 30, 20), np.float32)
    left[5:25, 2:6] = left[20:25, 2:18] = 1
    right[3:28, 8:12] = 1
    one, other = (each > 0.5 for each in handwriting.touching_digits.join(left, right, 3, drop))
    assert one.sum() >= (left > 0.5).sum()
    assert other.sum() == (right > 0.5).sum()
    assert 0 < (one & other).sum() <= 0.3 * other.sum()


def test_a_quick_measurement_writes_its_results(monkeypatch, tmp_path, capsys):
    monkeypatch.syspath_prepend(FOLDER)
    program = importlib.import_module("measure_handwriting")
    monkeypatch.delitem(sys.modules, "measure_handwriting")
    program.main(["--models", "pretrained", "levelup-mlp", "--quick", str(tmp_path)])
    results = json.loads((tmp_path / "handwriting.json").read_text("utf-8"))
    assert set(results["models"]) == {"pretrained", "levelup-mlp"}
    clean = results["models"]["pretrained"]["errors"]["MNIST test images"]
    assert clean["with"]["error"] < 0.02
    assert results["photograph"]["seconds"]["all"] > 0
    for name, n_rows in (("handwriting_errors.csv", 9), ("handwriting_costs.csv", 4)):
        with (tmp_path / name).open(encoding="utf-8") as file:
            assert len(list(csv.reader(file))) == n_rows
