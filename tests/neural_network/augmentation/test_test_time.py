"""Predictions averaged over small shifts and turns of a picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from skdigits.exceptions import NetworkShapeError
from skdigits.neural_network.augmentation._test_time import (
    copies_at_test_time,
    shifted_copies,
    turn,
)

from ..._small import both, mlp

PICTURES = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6), st.integers(1, 2)),
    elements=st.floats(-2, 2, width=32),
)


@given(PICTURES, st.integers(1, 8))
def test_pixels_move_and_the_smallest_value_comes_in(pictures, pixels):
    before = pictures.copy()
    up, down, left, right = shifted_copies(pictures, pixels)
    np.testing.assert_array_equal(pictures, before)
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
    assert brightest == [1, 7, 3, 5]
    x = np.zeros((1, 9), np.float32)
    x[0, 1] = 1  # above the centre
    assert turn(x, 90).argmax() == 3
    assert turn(x, -90).argmax() == 5


@given(PICTURES, st.floats(-179, 179))
def test_a_turned_picture_stays_in_the_range_of_its_own(pictures, degrees):
    before = pictures.copy()
    turned = turn(pictures, degrees)
    np.testing.assert_array_equal(pictures, before)
    assert turned.dtype == np.float32
    assert turned.shape == pictures.shape
    for picture, own in zip(turned, pictures, strict=True):
        assert own.min() - 1e-5 <= picture.min()
        assert picture.max() <= own.max() + 1e-5
        np.testing.assert_array_equal(picture, turn(own[np.newaxis], degrees)[0])


def turn_by_scipy(pictures, degrees):
    smallest = pictures.min(axis=(1, 2, 3), keepdims=True)
    above = pictures.astype(np.float64) - smallest
    turned = ndimage.rotate(above, degrees, axes=(2, 1), reshape=False)
    return np.clip(turned, 0, above.max(axis=(1, 2, 3), keepdims=True)) + smallest


@given(PICTURES, st.floats(-179, 179) | st.sampled_from([-90.0, 90.0, 1e-7, -45.0]))
def test_pictures_turn_as_scipy_turns_them(pictures, degrees):
    expected = turn_by_scipy(pictures, degrees)
    np.testing.assert_allclose(turn(pictures, degrees), expected, rtol=0, atol=5e-6)


@pytest.mark.parametrize("shape", [(28, 28, 1), (28, 20, 3), (64, 64, 1), (80, 70, 1)])
def test_a_picture_turns_the_same_in_any_batch(shape):
    pictures = np.random.RandomState(0).random_sample((150, *shape)).astype(np.float32)
    turned = turn(pictures, 5.0)
    np.testing.assert_allclose(turned, turn_by_scipy(pictures, 5.0), rtol=0, atol=5e-6)
    for n in (1, 2, 3, 17, 149):
        np.testing.assert_array_equal(turn(pictures[-n:], 5.0), turned[-n:])


@given(PICTURES)
def test_half_a_turn_mirrors_both_axes(pictures):
    np.testing.assert_allclose(turn(pictures, 180), pictures[:, ::-1, ::-1], atol=1e-4)


@given(PICTURES, st.sampled_from([0, 1]), st.sampled_from([0.0, 5.0]))
def test_each_turn_has_all_shifts(pictures, shift, rotation):
    copies = list(copies_at_test_time(pictures, shift=shift, rotation=rotation))
    assert len(copies) == (5 if shift else 1) * (3 if rotation else 1)
    np.testing.assert_array_equal(copies[0], pictures)
    if shift and rotation:
        for copy, moved in zip(copies[6:10], shifted_copies(turn(pictures, -5.0), 1), strict=True):
            np.testing.assert_array_equal(copy, moved)


@both
@pytest.mark.parametrize(("shift", "rotation"), [(1, 0.0), (0, 5.0), (1, 5.0)])
def test_logits_are_the_mean_over_the_copies(make, digits, shift, rotation):
    X, y = digits
    classifier = make().fit(X, y)
    copies = copies_at_test_time(X[:20], shift=shift, rotation=rotation)
    plain = [classifier.decision_function(copy) for copy in copies]
    classifier.set_params(test_time_shift=shift, test_time_rotation=rotation)
    got = classifier.decision_function(X[:20])
    np.testing.assert_allclose(got, np.mean(plain, axis=0), rtol=1e-5, atol=1e-6)
    probabilities = classifier.predict_proba(X[:20])
    assert probabilities.dtype == np.float64
    np.testing.assert_array_equal(classifier.predict(X[:20]), probabilities.argmax(1))


def test_a_flat_network_looks_at_pictures_of_any_shape(digits):
    X, y = digits[0].reshape(-1, 4, 16), digits[1]
    plain = mlp(augmentation="light").fit(X, y)
    copies = copies_at_test_time(X, shift=1, rotation=5.0)
    expected = np.mean([plain.decision_function(copy) for copy in copies], axis=0)
    classifier = mlp(augmentation="light", test_time_shift=1, test_time_rotation=5.0).fit(X, y)
    np.testing.assert_allclose(classifier.decision_function(X), expected, rtol=1e-5, atol=1e-5)
    # 40 features are no square: a flat sample would be refused.
    mlp(augmentation="light").fit(X[:, :, :10], y)


@pytest.mark.parametrize("parameter", [{"test_time_shift": 1}, {"test_time_rotation": 5.0}])
def test_samples_that_are_no_pictures_are_refused_by_fit(digits, parameter):
    X, y = digits
    with pytest.raises(NetworkShapeError, match=f"{next(iter(parameter))} needs images"):
        mlp(**parameter).fit(X[:, :60], y)
