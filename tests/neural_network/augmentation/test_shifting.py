"""Predictions averaged over small shifts of a picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skdigits.exceptions import NetworkShapeError
from skdigits.neural_network.augmentation._shifting import shifted_copies

from ..._small import both, mlp

PICTURES = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6), st.integers(1, 2)),
    elements=st.floats(-2, 2, width=32),
)


@given(PICTURES, st.integers(1, 8))
def test_pixels_move_and_the_smallest_value_comes_in(pictures, pixels):
    before = pictures.copy()
    same, up, down, left, right = shifted_copies(pictures, pixels)
    np.testing.assert_array_equal(pictures, before)
    np.testing.assert_array_equal(same, pictures)
    pad = ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0))
    _, height, width, _ = pictures.shape
    for copy, (row, column) in zip(
        (up, down, left, right), ((1, 0), (-1, 0), (0, 1), (0, -1)), strict=True
    ):
        for picture, moved in zip(pictures, copy, strict=True):
            padded = np.pad(picture, pad[1:], constant_values=picture.min())
            top, first = pixels + row * pixels, pixels + column * pixels
            np.testing.assert_array_equal(moved, padded[top : top + height, first : first + width])


def test_flat_squares_are_pictures():
    x = np.zeros((1, 9), np.float32)
    x[0, 4] = 1  # the centre
    brightest = [int(copy.argmax()) for copy in shifted_copies(x, 1)]
    assert brightest == [4, 1, 7, 3, 5]


@both
def test_logits_are_the_mean_over_the_copies(make, digits):
    X, y = digits
    classifier = make().fit(X, y)
    plain = [classifier.decision_function(copy) for copy in shifted_copies(X[:20], 1)]
    got = classifier.set_params(test_time_shift=1).decision_function(X[:20])
    np.testing.assert_allclose(got, np.mean(plain, axis=0), rtol=1e-5, atol=1e-6)
    probabilities = classifier.predict_proba(X[:20])
    assert probabilities.dtype == np.float32
    np.testing.assert_array_equal(classifier.predict(X[:20]), probabilities.argmax(1))


def test_samples_that_are_no_pictures_are_refused_by_fit(digits):
    X, y = digits
    with pytest.raises(NetworkShapeError, match="test_time_shift needs square pictures"):
        mlp(test_time_shift=1).fit(X[:, :60], y)
