"""Thickness of strokes: they grow and shrink by pixels, and their edges stay as steep."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import generate_binary_structure, grey_dilation, grey_erosion

from skdigits.neural_network.augmentation._strokes import change_thickness, draw_growth

SEED = np.array([3, 4], np.int32)
SQUARE, CROSS = (generate_binary_structure(2, reach) for reach in (2, 1))


@pytest.fixture(scope="module")
def images():
    random = np.random.RandomState(0).rand(6, 12, 9, 2).astype(np.float32)
    return np.where(random > 0.5, random, 0)


def changed(images, growth, n_steps=3):
    growths = np.full((len(images), 1, 1, 1), growth, np.float32)
    return change_thickness(tf.constant(images), growths, n_steps).numpy()


def by_scipy(images, change, structures):
    """Change each channel on a wide ground of 0, from which ink shrinks too."""
    wide = np.pad(images, [(0, 0), (5, 5), (5, 5), (0, 0)])
    for structure in structures:
        wide = change(wide, footprint=structure[np.newaxis, :, :, np.newaxis])
    return wide[:, 5:-5, 5:-5]


@pytest.mark.parametrize(
    ("n_pixels", "structures"), [(1, [SQUARE]), (2, [SQUARE, CROSS]), (3, [SQUARE, CROSS, SQUARE])]
)
def test_whole_pixels_are_those_of_scipys_morphology(n_pixels, structures, images):
    thicker, thinner = changed(images, n_pixels), changed(images, -n_pixels)
    dilated, eroded = (
        by_scipy(images, change, structures) for change in (grey_dilation, grey_erosion)
    )
    np.testing.assert_allclose(thicker, dilated, atol=1e-6)
    np.testing.assert_allclose(thinner, eroded, atol=1e-6)


@pytest.mark.parametrize("sign", [-1, 1])
def test_parts_of_a_pixel_lie_between(sign, images):
    one, half, two = (changed(images, sign * growth) for growth in (1.0, 1.5, 2.0))
    np.testing.assert_allclose(half, (one + two) / 2, atol=1e-6)


def test_no_growth_is_the_identity(images):
    np.testing.assert_array_equal(changed(images, 0.0), images)


def test_edges_stay_as_steep_as_they_are():
    edge = np.zeros((1, 9, 20, 1), np.float32)
    edge[0, :, :10, 0] = [1, 1, 1, 1, 1, 1, 1, 0.9, 0.5, 0.1]
    middle = (0, 4, slice(6, 17), 0)
    for growth in (-2, 2):
        np.testing.assert_allclose(
            changed(edge, growth)[middle], np.roll(edge, growth, axis=2)[middle], atol=1e-6
        )


def test_growth_is_drawn_evenly_and_half_as_far_below_0():
    growth = draw_growth(tf.constant(2_000), SEED, 0.8).numpy()
    assert growth.shape == (2_000, 1, 1, 1)
    assert -0.4 <= growth.min() < -0.39
    assert 0.79 < growth.max() <= 0.8
    assert growth.mean() == pytest.approx(0.2, abs=0.02)


def test_seed_repeats_and_another_differs():
    first, again, other = (
        draw_growth(tf.constant(9), seed, 1.0).numpy() for seed in (SEED, SEED, SEED + 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
