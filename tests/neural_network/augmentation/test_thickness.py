"""Thickness of strokes: between the neighbours' smallest and largest, either way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import maximum_filter, minimum_filter

from skdigits.neural_network.augmentation._thickness import change_thickness

SEED = np.array([3, 4], np.int32)


@pytest.fixture(scope="module")
def strokes():
    pictures = np.zeros((400, 9, 7, 2), np.float32)
    pictures[:, 2:7, 2:5, 0] = 1.0
    pictures[:, :, 0, 1] = 0.5
    return pictures


def test_strokes_become_thicker_and_thinner_up_to_the_range(strokes):
    changed = change_thickness(strokes, SEED, 0.6).numpy()
    window = (1, 3, 3, 1)
    beside = changed[:, 4, 5, 0]
    within = changed[:, 4, 4, 0]
    assert 0.58 < beside.max() <= 0.6
    assert 0.4 <= within.min() < 0.42
    assert ((beside == 0) | (within == 1)).all()
    assert 0.4 < (beside > 0).mean() < 0.6
    assert (changed <= maximum_filter(strokes, window, mode="constant") + 1e-6).all()
    assert (changed >= minimum_filter(strokes, window, mode="constant") - 1e-6).all()


def test_the_whole_range_moves_the_border_of_a_stroke_by_a_pixel(strokes):
    thickest = change_thickness(strokes, SEED, 1.0).numpy()[:, 1:8, 1:6, 0].max(axis=0)
    share = thickest[3, 4]
    np.testing.assert_allclose(thickest[0], share, atol=1e-6)
    assert share > 0.98


def test_ink_at_the_border_is_thinned_like_any_other(strokes):
    changed = change_thickness(strokes, SEED, 1.0).numpy()
    np.testing.assert_allclose(changed[:, 4, 0, 1], changed[:, 4, 4, 0] * 0.5, atol=1e-6)


def test_a_channel_does_not_run_into_another(strokes):
    alone = strokes.copy()
    alone[..., 1] = 0
    np.testing.assert_array_equal(
        change_thickness(alone, SEED, 1.0)[..., 0], change_thickness(strokes, SEED, 1.0)[..., 0]
    )


def test_seed_repeats_and_another_differs(strokes):
    first, again, other = (
        change_thickness(strokes, seed, 1.0).numpy() for seed in (SEED, SEED, SEED + 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.5
