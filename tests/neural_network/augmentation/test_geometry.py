"""Where pixels are read from, and how: evenly within the ranges, as SciPy and TensorFlow do."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from skdigits.neural_network.augmentation import _geometry
from skdigits.neural_network.augmentation._geometry import (
    FACTOR,
    draw_places,
    draw_transforms,
    enlarge,
    map_blocks,
    move,
    on_larger,
    sample,
    smoothing_matrix,
)

SEED = np.array([3, 4], np.int32)
RANGES = {"shift": 0.0, "rotation": 0.0, "zoom": 0.0, "shear": 0.0, "stretch": 0.0}
IDENTITY = [1, 0, 0, 0, 1, 0]
COUNT, FIELD_SEED = 2000, np.array([5, 6], np.int32)
methods = pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos3"])


# One linear map per image


def draw(n=500, size=(9, 9), **ranges):
    return draw_transforms(tf.constant(n), SEED, size, **(RANGES | ranges)).numpy()


def test_nothing_to_change_is_the_identity():
    np.testing.assert_allclose(draw(n=3), [IDENTITY] * 3, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "row", "low", "high"),
    [
        ({"shift": 3.0}, 2, -3, 3),
        ({"shift": 3.0}, 5, -3, 3),
        ({"rotation": 30.0}, 3, -0.5, 0.5),
        ({"zoom": 0.2}, 0, 1 / 1.2, 1 / 0.8),
        ({"shear": 0.4}, 1, -0.4, 0.4),
        ({"stretch": 0.3}, 4, 0.7, 1.3),
    ],
)
def test_range_is_reached_on_both_sides_and_kept(changes, row, low, high):
    values = draw(**changes)[:, row]
    assert low - 1e-6 <= values.min() < low + 0.02 * (high - low)
    assert high + 1e-6 >= values.max() > high - 0.02 * (high - low)


def test_changes_are_independent_of_each_other():
    changes = draw(shift=1.0, rotation=1.0, zoom=0.01, shear=0.01)[:, [0, 1, 2, 3, 5]]
    others = np.corrcoef(changes.T)[~np.eye(5, dtype=bool)]
    # Turn and slant share the second number; the rest is uncorrelated.
    assert np.sort(np.abs(others))[:-2].max() < 0.2


@pytest.mark.parametrize("name", ["shear", "stretch"])
def test_a_new_range_leaves_the_other_draws_as_they_were(name):
    moved = draw(shift=2.0, **{name: 1e-9})
    np.testing.assert_allclose(moved, draw(shift=2.0), rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", [(7, 7, 1), (6, 9, 1), (9, 6, 3)])
def test_pictures_are_moved_as_by_scipy(shape):
    height, width, channels = shape
    images = np.random.RandomState(0).rand(20, *shape).astype(np.float32)
    ranges = {"shift": 2.0, "rotation": 40.0, "zoom": 0.3, "shear": 0.3, "stretch": 0.2}
    transforms = draw(20, (height, width), **ranges)
    rows, columns = np.mgrid[:height, :width]
    expected = np.empty_like(images)
    for picture, (a, b, c, d, e, f), out in zip(images, transforms, expected, strict=True):
        places = d * columns + e * rows + f, a * columns + b * rows + c
        for channel in range(channels):
            out[..., channel] = map_coordinates(
                picture[..., channel], places, order=1, mode="grid-constant"
            )
    np.testing.assert_allclose(move(images, transforms, (height, width)), expected, atol=1e-5)


# Elastic distortion


def field(size, deviation=1.0, scale=4.0, count=COUNT, seed=FIELD_SEED):
    """Draw displacements, of shape (2, count, height, width)."""
    still = tf.constant(np.tile(np.float32(IDENTITY), (count, 1)))
    rows, columns = np.mgrid[: size[0], : size[1]]
    places = draw_places(still, seed, size, deviation, scale).numpy()
    return places - np.stack([columns, rows])[:, np.newaxis]


@pytest.mark.parametrize("deviation", [0.5, 2.0])
@pytest.mark.parametrize("scale", [0.5, 3.3, 8.0, 100.0])
def test_deviation_is_the_same_at_every_pixel_also_at_the_border(deviation, scale):
    spread = field((12, 20), deviation, scale).std(axis=1) / deviation
    assert spread.min() > 0.92
    assert spread.max() < 1.08
    assert spread.mean() == pytest.approx(1, abs=0.02)


def test_displacement_has_no_preferred_direction():
    displacement = field((10, 10))
    assert np.abs(displacement.mean(axis=1)).max() < 0.1
    right, down = displacement[:, :, 5, 5]
    assert abs(np.corrcoef(right, down)[0, 1]) < 0.08


@pytest.mark.parametrize("scale", [2.0, 4.0])
@pytest.mark.parametrize("start", [0, 12])  # the border, and the middle
def test_neighbours_move_together_as_the_gaussian_says(scale, start):
    right = field((28, 28), scale=scale)[0]
    for apart in (1, 3, 6):
        expected = np.exp(-((apart / scale) ** 2) / 4)  # a Gaussian, folded with itself
        for other in (right[:, start + apart, start], right[:, start, start + apart]):
            found = np.corrcoef(right[:, start, start], other)[0, 1]
            assert found == pytest.approx(expected, abs=0.07)


def test_every_picture_has_a_field_of_its_own():
    right = field((8, 8))[0, :, 4, 4]
    assert len(np.unique(right)) == COUNT
    assert abs(np.corrcoef(right[:-1], right[1:])[0, 1]) < 0.08


def test_displacement_is_added_to_the_linear_map():
    transforms = np.random.RandomState(0).normal(size=(30, 6)).astype(np.float32)
    size = (5, 8)
    places = draw_places(tf.constant(transforms), FIELD_SEED, size, 0.7, 4.0).numpy()
    rows, columns = np.mgrid[:5, :8]
    a, b, c, d, e, f = transforms.T[:, :, np.newaxis, np.newaxis]
    linear = np.stack([a * columns + b * rows + c, d * columns + e * rows + f])
    displacement = field(size, 0.7, count=30)
    np.testing.assert_allclose(places - linear, displacement, atol=1e-4)


@given(
    side=st.integers(1, 64),
    scale=st.floats(1e-6, 1e6, allow_nan=False),
)
def test_smoothing_keeps_the_deviation_of_noise(side, scale):
    matrix = smoothing_matrix(side, scale)
    assert matrix.shape[0] == side
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(matrix, matrix[::-1, ::-1], atol=1e-6)  # no preferred end


# Images on a finer grid


@methods
@pytest.mark.parametrize("shape", [(7, 7, 1), (6, 9, 1), (9, 6, 3), (1, 1, 1)])
def test_pictures_are_resized_as_by_tensorflow(shape, method):
    images = np.random.RandomState(0).rand(20, *shape).astype(np.float32)
    size = (FACTOR * shape[0], FACTOR * shape[1])
    largest = images.max(axis=(1, 2, 3), keepdims=True)
    expected = np.clip(tf.image.resize(images, size, method), 0, largest)
    np.testing.assert_allclose(enlarge(images, method), expected, atol=1e-5)


@methods
def test_transforms_find_the_pixels_again(method):
    images = np.random.RandomState(0).rand(3, 6, 9, 1).astype(np.float32)
    still = np.tile(np.array([1, 0, 0, 0, 1, 0], np.float32), (3, 1))
    again = move(enlarge(images, method), on_larger(still), (6, 9))
    np.testing.assert_allclose(again, images, atol=1e-5)


@methods
def test_smooth_pictures_are_read_as_without_enlarging(method):
    rows, columns = np.mgrid[:20, :20]
    waves = np.stack([1 + np.sin(rows / 4 + k) * np.cos(columns / 5) for k in range(30)])
    images = waves[..., np.newaxis].astype(np.float32)
    ranges = {"shift": 1.0, "rotation": 20.0, "zoom": 0.1, "shear": 0.1, "stretch": 0.1}
    transforms = draw_transforms(tf.constant(30), np.array([1, 2], np.int32), (20, 20), **ranges)
    plain = move(images, transforms, (20, 20)).numpy()
    finer = move(enlarge(images, method), on_larger(transforms), (20, 20)).numpy()
    np.testing.assert_allclose(finer[:, 6:-6, 6:-6], plain[:, 6:-6, 6:-6], atol=0.03)


# Reading between pixels


@settings(deadline=None, max_examples=25)
@given(
    height=st.integers(1, 8),
    width=st.integers(1, 8),
    channels=st.integers(1, 3),
    reach=st.floats(0, 12),
    seed=st.integers(0, 999),
)
def test_pictures_are_read_as_by_scipy(height, width, channels, reach, seed):
    random = np.random.RandomState(seed)
    images = random.normal(size=(4, height, width, channels)).astype(np.float32)
    middle = np.mgrid[:height, :width][::-1, np.newaxis]
    places = (middle + random.uniform(-reach, reach, (2, 4, height, width))).astype(np.float32)
    expected = np.empty_like(images)
    for picture, columns, rows, out in zip(images, *places, expected, strict=True):
        for channel in range(channels):
            out[..., channel] = map_coordinates(
                picture[..., channel], (rows, columns), order=1, mode="grid-constant"
            )
    np.testing.assert_allclose(sample(images, places), expected, atol=1e-5)


@pytest.mark.parametrize("place", [-1e9, -1.0, 4.0, 5.0, 1e9])
def test_far_outside_is_the_ground(place):
    images = np.ones((1, 4, 4, 1), np.float32)
    places = np.full((2, 1, 4, 4), place, np.float32)
    assert not sample(images, places).numpy().any()


# Many images, a block at a time


@pytest.mark.parametrize("n_pictures", [1, 9, 10, 11, 35])
@pytest.mark.parametrize("compiled", [False, True])
def test_pictures_come_back_in_order(n_pictures, compiled, monkeypatch):
    monkeypatch.setattr(_geometry, "_BLOCK_VALUES", 10 * 6)
    images = np.random.RandomState(0).rand(n_pictures, 2, 3, 1).astype(np.float32)

    def negate(images):
        return map_blocks(lambda start, end: -images[start:end], images)

    if compiled:
        signature = (tf.TensorSpec((None, 2, 3, 1)),)
        negate = tf.function(negate, input_signature=signature, autograph=False)
    np.testing.assert_array_equal(negate(tf.constant(images)), -images)


def test_a_picture_that_grows_counts_for_more(monkeypatch):
    monkeypatch.setattr(_geometry, "_BLOCK_VALUES", 10 * 6)
    images, sizes = tf.ones((10, 2, 3, 1)), []

    def change(start, end):
        sizes.append(int(end - start))
        return images[start:end]

    map_blocks(change, images, 2)
    assert sizes == [5, 5]


def test_picture_larger_than_a_block_is_a_block(monkeypatch):
    monkeypatch.setattr(_geometry, "_BLOCK_VALUES", 3)
    images = tf.ones((2, 4, 4, 1))
    np.testing.assert_array_equal(
        map_blocks(lambda start, end: 2 * images[start:end], images), 2 * images
    )
