"""Augmentation: pixels move as far as documented, and no farther."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.utils._param_validation import InvalidParameterError

from skdigits import ImageAugmentation, load_mnist
from skdigits.exceptions import NetworkShapeError
from skdigits.neural_network.augmentation._random_changes import (
    PRESETS,
    find_augmentation,
    make_augment,
)

from ..._small import both, figures, mlp

SIDE, COUNT = 31, 400
MIDDLE = (SIDE - 1) / 2
STILL = {"shift": 0, "rotation": 0, "zoom": 0}


SHARP = {"interpolation": "lanczos3"}
everything = pytest.mark.parametrize(
    "ranges",
    [
        {"shear": 0.3, "stretch": 0.2},
        {"shear": 0.3, "elastic": 1.5},
        {"thickness": 1.0},
        {"shear": 0.3, "stretch": 0.2} | SHARP,
        {"shear": 0.3, "elastic": 1.5} | SHARP,
    ],
    ids=["linear", "elastic", "thickness", "sharp", "sharp elastic"],
)
interpolations = pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos3"])


def spots(row, column):
    """Give pictures with one round spot, smooth enough to find its place by a mean."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    spot = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 4)
    return np.repeat(spot[None, :, :, None], COUNT, axis=0).astype(np.float32)


def moved(row, column, seed=(1, 2), **ranges):
    """Augment a spot; return its place from the middle, a row (down, right) a picture."""
    augment = make_augment(ImageAugmentation(**(STILL | ranges)), (SIDE, SIDE, 1))
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


def test_shear_moves_each_row_by_its_distance_from_the_middle():
    slants = []
    for distance in (-8, -4, 0, 8):
        down, right = moved(MIDDLE + distance, MIDDLE, shear=0.25).T
        np.testing.assert_allclose(down, distance, atol=0.05)
        slants.append(right)
    above, half, none, below = slants
    np.testing.assert_allclose(none, 0, atol=0.05)
    np.testing.assert_allclose(above, 2 * half, atol=0.05)
    np.testing.assert_allclose(above, -below, atol=0.05)
    assert 1.95 < above.max() < 2.05
    assert -2.05 < above.min() < -1.95


def test_stretch_widens_as_it_flattens():
    wide = moved(MIDDLE, MIDDLE + 8, stretch=0.2)[:, 1] / 8
    high = moved(MIDDLE + 8, MIDDLE, stretch=0.2)[:, 0] / 8
    assert 0.79 < wide.min() < 0.83
    assert 1.17 < wide.max() < 1.21
    np.testing.assert_allclose(wide * high, 1, atol=0.02)


def ramp(side, edge):
    """Give pictures whose two channels are their columns and rows, and 0 at one pixel."""
    rows, columns = np.mgrid[:side, :side] + edge
    picture = np.stack([columns, rows], axis=-1)
    picture[0, 0] = 0
    return np.repeat(picture[np.newaxis], COUNT, axis=0).astype(np.float32)


@interpolations
@pytest.mark.parametrize(("elastic", "scale"), [(0.5, 4.0), (1.5, 4.0), (1.0, 8.0)])
def test_elastic_displaces_by_its_standard_deviation(elastic, scale, interpolation):
    how = ImageAugmentation(
        **STILL, elastic=elastic, elastic_scale=scale, interpolation=interpolation
    )
    X, inside = ramp(SIDE, 100), slice(8, -8)
    pictures = make_augment(how, (SIDE, SIDE, 2))(X, np.array([1, 2])).numpy()
    displacement = (pictures - X)[:, inside, inside]
    assert displacement.std() == pytest.approx(elastic, rel=0.03)
    assert displacement.mean() == pytest.approx(0, abs=0.1 * elastic)


def test_elastic_bends_a_digit_and_keeps_it_in_the_picture(digits):
    X = digits[0].reshape(-1, 8, 8, 1).astype(np.float32)
    how = ImageAugmentation(**STILL, elastic=0.4, elastic_scale=2.0)
    pictures = make_augment(how, (8, 8, 1))(X, np.array([1, 2])).numpy()
    change = np.abs(pictures - X).mean(axis=(1, 2, 3)) / X.mean(axis=(1, 2, 3))
    assert change.min() > 0.02
    ink = pictures.sum(axis=(1, 2, 3)) / X.sum(axis=(1, 2, 3))
    assert ink.mean() == pytest.approx(1, abs=0.05)
    assert ink.min() > 0.6


def test_elastic_joins_the_other_changes_smoothly():
    X = np.random.RandomState(0).rand(400, 9, 7, 2).astype(np.float32)
    plain, bent = (
        make_augment(ImageAugmentation(shear=0.2, elastic=elastic), (9, 7, 2))(X, np.array([5, 5]))
        for elastic in (0.0, 1e-6)
    )
    np.testing.assert_allclose(plain, bent, atol=1e-4)


@interpolations
@pytest.mark.parametrize("elastic", [0.0, 1e-7])
def test_zero_ranges_are_the_identity(elastic, interpolation):
    X = np.random.RandomState(0).rand(20, 7, 9, 2).astype(np.float32)
    how = ImageAugmentation(**STILL, elastic=elastic, interpolation=interpolation)
    augment = make_augment(how, (7, 9, 2))
    np.testing.assert_allclose(augment(X, np.array([3, 4])).numpy(), X, atol=1e-5)


def test_interpolation_changes_no_place():
    places = [
        moved(10, 12, interpolation=interpolation, shear=0.3, shift=3)
        for interpolation in ("bilinear", "bicubic", "lanczos3")
    ]
    # A pixel of the finer grid is a third of a pixel.
    np.testing.assert_allclose(places[1], places[0], atol=0.1)
    np.testing.assert_allclose(places[2], places[0], atol=0.1)


@pytest.mark.parametrize("elastic", [0.0, 0.5])
def test_interpolation_says_how_sharp_strokes_stay(elastic):
    X = load_mnist(n_samples=100, return_X_y=True, random_state=0)[0]
    X = X.reshape(-1, 28, 28, 1).astype(np.float32)

    def sharpness(interpolation):
        how = ImageAugmentation(
            shift=1, rotation=0, zoom=0, elastic=elastic, interpolation=interpolation
        )
        pictures = make_augment(how, (28, 28, 1))(X, np.array([1, 2])).numpy()
        return np.square(np.diff(pictures, axis=2)).sum() / np.square(np.diff(X, axis=2)).sum()

    blurred, better, best = map(sharpness, ("bilinear", "bicubic", "lanczos3"))
    assert blurred < 0.7
    assert 0.75 < better < best - 0.02


@everything
def test_pixels_stay_within_the_range_of_their_picture(ranges):
    X = np.random.RandomState(0).normal(size=(30, 9, 8, 2)).astype(np.float32)
    pictures = make_augment(ImageAugmentation(**ranges), (9, 8, 2))(X, np.array([0, 1])).numpy()
    low, high = (extreme(X, axis=(1, 2, 3), keepdims=True) for extreme in (np.min, np.max))
    assert (pictures >= low - 1e-5).all()
    assert (pictures <= high + 1e-5).all()


@pytest.mark.parametrize(
    "change", [{"shift": 2}, {"shear": 0.5}, {"stretch": 0.5}, {"elastic": 1.0}]
)
def test_seed_repeats_and_another_differs(change):
    first, again, other = (moved(10, 12, seed=(7, seed), **change) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.5


@pytest.mark.parametrize(
    "change", [{"shift": 2}, {"shear": 0.5}, {"stretch": 0.5}, {"elastic": 1.0}]
)
def test_equal_pictures_are_changed_differently(change):
    places = moved(10, 12, **change)
    assert len(np.unique(places.round(4), axis=0)) > 0.9 * COUNT


@everything
def test_channels_move_together(ranges):
    X = np.random.RandomState(0).rand(10, 9, 9, 1).astype(np.float32)
    augment = make_augment(ImageAugmentation(**ranges), (9, 9, 3))
    pictures = augment(np.concatenate([X, X, X], axis=3), np.array([0, 1])).numpy()
    for channel in (1, 2):
        np.testing.assert_array_equal(pictures[..., 0], pictures[..., channel])


@pytest.mark.parametrize("elastic", [0.0, 0.5])
def test_background_comes_in_where_the_picture_left(elastic):
    X = np.full((50, 8, 8, 1), 0.25, np.float32)
    X[:, 3:5, 3:5] = 1
    how = ImageAugmentation(shift=3, rotation=45, zoom=0.3, elastic=elastic)
    augment = make_augment(how, (8, 8, 1))
    pictures = augment(X, np.array([0, 0])).numpy()
    assert pictures.min() == pytest.approx(0.25)
    assert pictures[:, 0, 0].max() < 1.01


@everything
def test_flat_square_is_moved_as_its_picture(ranges):
    X = np.random.RandomState(0).rand(5, 64).astype(np.float32)
    ranges, seed = ImageAugmentation(**ranges), np.array([1, 1])
    flat = make_augment(ranges, (64,))(X, seed).numpy()
    for shape in [(8, 8), (8, 8, 1)]:
        square = make_augment(ranges, shape)(X.reshape(-1, *shape), seed).numpy()
        np.testing.assert_array_equal(flat, square.reshape(5, 64))


def test_flat_samples_that_are_no_square_are_refused(digits):
    with pytest.raises(
        NetworkShapeError, match=r"63 features do not form a square.*leave augmentation out"
    ):
        mlp(augmentation="light").fit(digits[0][:, :63], digits[1])


def test_presets_are_as_documented():
    text = ImageAugmentation.__doc__.replace("\n", " ")
    documented = re.findall(r"``(ImageAugmentation\([^`]*\))``", text)
    presets = [eval(call) for call in documented]
    assert [preset.get_params() for preset in presets] == [
        PRESETS[name].get_params() for name in ("light", "strong")
    ]
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
    "fault",
    [
        {"shift": -1},
        {"shift": "far"},
        {"shift": np.inf},
        {"rotation": 181},
        {"zoom": 1.0},
        {"shear": -0.1},
        {"stretch": 1.0},
        {"elastic": -0.5},
        {"elastic": np.nan},
        {"elastic_scale": 0.0},
        {"thickness": 1.1},
        {"interpolation": "nearest"},
    ],
    ids=str,
)
def test_range_outside_is_refused_by_fit(fault, digits):
    message = f"'{next(iter(fault))}' parameter of ImageAugmentation"
    with pytest.raises(InvalidParameterError, match=message):
        mlp(augmentation=ImageAugmentation(**fault)).fit(*digits)


@pytest.mark.parametrize("name", ["shift", "shear", "stretch", "elastic", "thickness"])
def test_ranges_can_be_searched(name, digits):
    classifier = mlp(augmentation=ImageAugmentation())
    histories = [
        figures(classifier.set_params(**{f"augmentation__{name}": value}).fit(*digits))
        for value in (0.0, 0.9, 0.0)
    ]
    assert histories[0] == histories[2] != histories[1]
