"""Tests of resampling: areas are exact, and nothing moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skdigits._image import enlarge, reduction_factor, resampling_matrix, shrink, shrink_each


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 20))
def test_rows_are_weights(n_in, n_out):
    matrix = resampling_matrix(n_in, n_out)
    assert matrix.shape == (n_out, n_in)
    if n_in >= n_out:
        np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=1e-4)
        # Every pixel counts as much as any other.
        np.testing.assert_allclose(matrix.sum(axis=0), n_out / n_in, rtol=1e-4)


def test_areas_are_exact():
    picture = np.random.RandomState(0).rand(57, 43).astype(np.float32)
    small = resampling_matrix(57, 20) @ picture @ resampling_matrix(43, 20).T
    fine = picture.repeat(20, axis=0).repeat(20, axis=1)  # whole blocks of it are new pixels
    expected = fine.reshape(20, 57, 20, 43).mean(axis=(1, 3))
    np.testing.assert_allclose(small, expected, atol=1e-5)


def test_whole_pixels_are_copied():
    np.testing.assert_array_equal(resampling_matrix(20, 20), np.eye(20))
    np.testing.assert_array_equal(resampling_matrix(30, 20, 5, 25), np.eye(20, 30, 5))


def test_many_stretches_at_once_which_may_reach_beyond():
    starts, stops = np.array([-3.0, 0.0, 10.5]), np.array([20.0, 40.0, 50.5])
    together = resampling_matrix(40, 7, starts, stops)
    for matrix, start, stop in zip(together, starts, stops, strict=True):
        np.testing.assert_array_equal(matrix, resampling_matrix(40, 7, start, stop))
    assert together[0, 0].sum() < 1  # beyond the row there is nothing


@settings(deadline=None, max_examples=50)
@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(1, 5),
    st.sampled_from([bool, np.uint8, np.uint16, np.float32, np.float64]),
)
def test_shrinking_takes_means_of_blocks(height, width, factor, dtype):
    factor = min(factor, height, width)
    rng = np.random.RandomState(height)
    picture = (rng.rand(height, width, 2) * (1 if dtype is bool else 60_000)).astype(dtype)
    if dtype is np.uint8:
        picture[0, 0] = 255
    rows, columns = height // factor, width // factor
    blocks = picture[: rows * factor, : columns * factor].astype(np.float64)
    expected = blocks.reshape(rows, factor, columns, factor, 2).mean(axis=(1, 3))
    small = shrink(picture, factor)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, expected, rtol=1e-6)


@pytest.mark.parametrize("factor", [1, 2, 5])
def test_enlarging_undoes_shrinking_of_a_slope(factor):
    y, x = np.mgrid[:41, :33]
    slope = (0.3 * x + 0.1 * y).astype(np.float32)
    small = shrink(slope[..., np.newaxis], factor)[np.newaxis, ..., 0]
    large = enlarge(small, factor, slope.shape)[0]
    inner = slice(factor, -2 * factor)
    np.testing.assert_allclose(large[inner, inner], slope[inner, inner], atol=1e-4)


def test_images_of_a_stack_are_shrunk_like_single_ones():
    images = np.random.RandomState(0).rand(4, 13, 21)
    alone = [shrink(image, 3) for image in images]
    np.testing.assert_array_equal(shrink_each(images, 3), alone)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 3000))
def test_an_image_is_shrunk_as_far_as_its_shorter_side_allows(height, width, side):
    longer, shorter = max(height, width), min(height, width)
    factor = reduction_factor((height, width, 3), side)
    assert 1 <= factor <= shorter
    if factor < shorter:
        assert longer / factor <= side
    # No further than needed.
    assert factor == 1 or longer / (factor - 1) > side
    # Or no further than allowed.
    factor = reduction_factor((height, width, 3), side, at_least=True)
    assert 1 <= factor <= shorter
    assert factor == 1 or longer / factor >= side
    assert factor == shorter or longer / (factor + 1) < side
