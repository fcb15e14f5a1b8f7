"""The steps of MNISTNormalizer lead where it leads."""

import numpy as np
import pytest
from sklearn.base import clone

from skdigits import MNISTNormalizer, load_mnist

from ..handwriting import photographs

KINDS = ["picture", "grey", "ink", "digit", "framed"]


@pytest.fixture(scope="module")
def pictures():
    return photographs(6, seed=3).pictures


@pytest.mark.parametrize("invert", ["auto", True, False])
def test_the_last_step_is_what_transform_gives(pictures, invert):
    normalizer = MNISTNormalizer(invert=invert, handle_blank="zeros")
    for picture in pictures:
        steps = normalizer.trace(picture)
        assert list(steps) == KINDS
        np.testing.assert_array_equal(steps["framed"], normalizer.transform([picture])[0])
        assert steps["picture"] is not picture
        np.testing.assert_array_equal(steps["picture"], picture)


def test_each_step_shows_the_digit(pictures):
    steps = MNISTNormalizer().trace(pictures[0])
    assert steps["grey"].shape == steps["ink"].shape
    assert max(steps["grey"].shape) <= 256
    for kind in ("ink", "digit"):
        assert steps[kind].min() == 0
        assert steps[kind].max() == 1
    # Ink is dark on this paper, and the digit is seen from near.
    ink = steps["ink"] > 0.5
    assert steps["grey"][ink].mean() < steps["grey"][~ink].mean()
    assert (steps["digit"] > 0.5).mean() > 3 * ink.mean()


def test_small_pictures_are_framed_as_they_are():
    X = load_mnist(subset="test", n_samples=20).data
    normalizer = MNISTNormalizer().fit(X)
    flat, square = normalizer.trace(X[3]), normalizer.trace(X[3].reshape(28, 28))
    assert list(flat) == ["picture", "grey", "ink", "framed"]
    for kind, values in flat.items():
        np.testing.assert_array_equal(values, square[kind])
    np.testing.assert_array_equal(flat["framed"], normalizer.transform(X[3:4])[0])


def test_a_blank_picture_has_steps_too():
    steps = MNISTNormalizer().trace(np.full((90, 120), 200, np.uint8))
    assert not steps["ink"].any()
    assert not steps["digit"].any()
    assert not steps["framed"].any()


def test_nothing_is_changed_and_mistakes_are_named(pictures):
    normalizer = MNISTNormalizer()
    before, parameters = pictures[0].copy(), normalizer.get_params()
    normalizer.trace(pictures[0])
    np.testing.assert_array_equal(pictures[0], before)
    assert clone(normalizer).get_params() == parameters
    assert vars(normalizer) == parameters
    with pytest.raises(ValueError, match="Expected images of shape"):
        normalizer.trace(np.zeros((2, 2, 2, 2)))
    with pytest.raises(ValueError, match="invert must be"):
        MNISTNormalizer(invert="dark").trace(pictures[0])
