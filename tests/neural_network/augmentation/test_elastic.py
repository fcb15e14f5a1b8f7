"""Elastic distortion: displacements as large, as smooth and as even as documented."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from skdigits.neural_network.augmentation._elastic import draw_places, smoothing_matrix

COUNT, SEED = 2000, np.array([5, 6], np.int32)
IDENTITY = np.array([1, 0, 0, 0, 1, 0], np.float32)


def field(size, deviation=1.0, scale=4.0, count=COUNT, seed=SEED):
    """Draw displacements, of shape (2, count, height, width)."""
    still = tf.constant(np.tile(IDENTITY, (count, 1)))
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
    places = draw_places(tf.constant(transforms), SEED, size, 0.7, 4.0).numpy()
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
