"""Augmentation: pixels move as far as documented, and no farther."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits import ImageAugmentation
from skdigits.exceptions import NetworkShapeError
from skdigits.neural_network._augmentation import PRESETS, find_augmentation, make_augment

from .._small import both, mlp

SIDE, COUNT = 31, 400
MIDDLE = (SIDE - 1) / 2


def spots(row, column):
    """Give pictures with one round spot, smooth enough to find its place by a mean."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    spot = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 4)
    return np.repeat(spot[None, :, :, None], COUNT, axis=0).astype(np.float32)


def moved(row, column, seed=(1, 2), **ranges):
    """Augment a spot; return its place from the middle, a row (down, right) a picture."""
    ranges = {"shift": 0, "rotation": 0, "zoom": 0} | ranges
    augment = make_augment(ImageAugmentation(**ranges), (SIDE, SIDE, 1))
    pictures = augment(spots(row, column), np.array(seed, np.int32)).numpy()[..., 0]
    rows, columns = np.mgrid[:SIDE, :SIDE]
    mass = pictures.sum(axis=(1, 2))
    down, right = ((pictures * axis).sum(axis=(1, 2)) / mass for axis in (rows, columns))
    return np.c_[down, right] - MIDDLE


def test_shift_moves_along_both_axes_up_to_its_range():
    places = moved(MIDDLE, MIDDLE, shift=3)
    assert np.abs(places).max() < 3.01
    assert (places.max(axis=0) > 2.8).all()
    assert (places.min(axis=0) < -2.8).all()
    assert abs(np.corrcoef(places.T)[0, 1]) < 0.15  # each axis for itself


def test_rotation_turns_about_the_middle_up_to_its_range():
    down, right = moved(MIDDLE, MIDDLE + 8, rotation=30).T
    np.testing.assert_allclose(np.hypot(down, right), 8, atol=0.05)
    angles = np.degrees(np.arctan2(down, right))
    assert np.abs(angles).max() < 30.2
    assert angles.min() < -28
    assert angles.max() > 28


def test_zoom_changes_the_size_up_to_its_range():
    down, right = moved(MIDDLE, MIDDLE + 8, zoom=0.2).T
    np.testing.assert_allclose(down, 0, atol=0.01)
    assert 8 * 0.79 < right.min() < 8 * 0.83
    assert 8 * 1.17 < right.max() < 8 * 1.21


def test_zero_ranges_are_the_identity():
    X = np.random.RandomState(0).rand(20, 7, 9, 2).astype(np.float32)
    augment = make_augment(ImageAugmentation(shift=0, rotation=0, zoom=0), (7, 9, 2))
    np.testing.assert_allclose(augment(X, np.array([3, 4])).numpy(), X, atol=1e-6)


def test_seed_repeats_and_another_differs():
    first, again, other = (moved(10, 12, seed=(7, seed), shift=2) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.5


def test_background_comes_in_where_the_picture_left():
    X = np.full((50, 8, 8, 1), 0.25, np.float32)
    X[:, 3:5, 3:5] = 1
    augment = make_augment(ImageAugmentation(shift=3, rotation=45, zoom=0.3), (8, 8, 1))
    pictures = augment(X, np.array([0, 0])).numpy()
    assert pictures.min() == pytest.approx(0.25)
    assert pictures[:, 0, 0].max() < 1.01


def test_flat_square_is_moved_as_its_picture():
    X = np.random.RandomState(0).rand(5, 64).astype(np.float32)
    ranges, seed = ImageAugmentation(), np.array([1, 1])
    flat = make_augment(ranges, (64,))(X, seed).numpy()
    for shape in [(8, 8), (8, 8, 1)]:
        square = make_augment(ranges, shape)(X.reshape(-1, *shape), seed).numpy()
        np.testing.assert_array_equal(flat, square.reshape(5, 64))


def test_flat_samples_that_are_no_square_are_refused(digits):
    with pytest.raises(NetworkShapeError, match=r"63 features are no square.*augmentation=None"):
        mlp(augmentation="light").fit(digits[0][:, :63], digits[1])


def test_presets_are_as_documented():
    def ranges(augmentation):
        return augmentation.shift, augmentation.rotation, augmentation.zoom

    assert {name: ranges(preset) for name, preset in PRESETS.items()} == {
        "light": (1.0, 5.0, 0.05),
        "strong": (2.5, 12.0, 0.15),
    }
    assert find_augmentation("strong") is PRESETS["strong"]
    assert find_augmentation(None) is None


@both
def test_augmented_training_differs_and_prediction_does_not_move(make, digits):
    X, y = digits
    plain, light, strong = (
        make(augmentation=name).fit(X, y) for name in (None, "light", "strong")
    )
    assert plain.history_["loss"][-1] < light.history_["loss"][-1] < strong.history_["loss"][-1]
    np.testing.assert_array_equal(strong.predict_proba(X), strong.predict_proba(X))


@both
def test_augmentation_helps_with_moved_digits(make, digits):
    X, y = digits
    aside = np.roll(X.reshape(-1, 8, 8), 1, axis=2)
    aside[:, :, 0] = 0
    scores = [
        make(augmentation=how, epochs=30).fit(X, y).score(aside.reshape(-1, 64), y)
        for how in (None, ImageAugmentation(shift=1.5, rotation=0, zoom=0))
    ]
    assert scores[1] > scores[0] + 0.1


@pytest.mark.parametrize(
    "fault", [{"shift": -1}, {"rotation": 181}, {"zoom": 1.0}, {"shift": "far"}]
)
def test_range_outside_is_refused_by_fit(fault, digits):
    with pytest.raises(ValueError, match=f"'{next(iter(fault))}' parameter of ImageAugmentation"):
        mlp(augmentation=ImageAugmentation(**fault)).fit(*digits)


def test_ranges_can_be_searched(digits):
    classifier = mlp(augmentation=ImageAugmentation())
    histories = [
        classifier.set_params(augmentation__shift=shift).fit(*digits).history_
        for shift in (0.0, 3.0, 0.0)
    ]
    assert histories[0] == histories[2] != histories[1]
