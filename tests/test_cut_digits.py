"""Pieces of touching digits that are labelled as a digit show it, and little else."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from skdigits import MNISTNormalizer, load_mnist

FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"
TRAIN = load_mnist(subset="train", n_samples=200, random_state=0)
#: One image of each digit, so that a label says which image a piece was cut from.
DIGITS = np.arange(10)
IMAGES = np.stack([TRAIN.images[TRAIN.target == digit][0] for digit in DIGITS])


@pytest.fixture(scope="module")
def module():
    """Give the program."""
    sys.path.insert(0, str(FOLDER))
    names = set(sys.modules)
    yield importlib.import_module("cut_digits")
    sys.path.remove(str(FOLDER))
    for name in set(sys.modules) - names:
        if Path(getattr(sys.modules[name], "__file__", None) or "").parent == FOLDER:
            del sys.modules[name]


@pytest.fixture(scope="module")
def cut(module):
    """Cut some numbers."""
    return module.cut_digits(60, IMAGES, DIGITS, seed=0)


def alike(framed, image):
    """Correlate a piece with an image that may stand some pixels beside it."""
    shifts = range(-3, 4)
    moved = (np.roll(framed, (down, right), (0, 1)) for down in shifts for right in shifts)
    return max(np.corrcoef(each.ravel(), image.ravel())[0, 1] for each in moved)


def test_pieces_are_framed_and_labelled(module, cut):
    framed, labels = cut
    assert framed.shape == (len(labels), 28, 28)
    assert framed.dtype == np.uint8
    assert framed.any(axis=(1, 2)).all()
    found = {*labels.tolist()}
    assert module.NO_DIGIT in found
    assert found <= {*DIGITS.tolist(), module.NO_DIGIT}
    assert len(found) > 6


def test_a_piece_that_is_labelled_as_a_digit_shows_it(module, cut):
    expected = MNISTNormalizer().transform(IMAGES)
    framed, labels = cut
    alikes = np.array([[alike(each, image) for image in expected] for each in framed])
    is_digit = labels != module.NO_DIGIT
    right = alikes[is_digit, labels[is_digit]]
    assert np.median(right) > 0.9
    assert min(right) > 0.5
    # Little of another digit is left on any.
    assert (alikes[is_digit].argmax(axis=1) == labels[is_digit]).mean() > 0.95
    assert np.median(alikes[~is_digit].max(axis=1)) < np.quantile(right, 0.1)


def test_a_seed_gives_the_same_pieces(module, cut):
    again = module.cut_digits(60, IMAGES, DIGITS, seed=0)
    for one, other in zip(cut, again, strict=True):
        np.testing.assert_array_equal(one, other)
    _, labels = module.cut_digits(60, IMAGES, DIGITS, seed=1)
    assert labels.tolist() != cut[1].tolist()
