"""Bilinear sampling: as SciPy's, everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from skdigits.neural_network.augmentation._sampling import sample


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
    pictures = random.normal(size=(4, height, width, channels)).astype(np.float32)
    middle = np.mgrid[:height, :width][::-1, np.newaxis]
    places = (middle + random.uniform(-reach, reach, (2, 4, height, width))).astype(np.float32)
    expected = np.empty_like(pictures)
    for picture, columns, rows, out in zip(pictures, *places, expected, strict=True):
        for channel in range(channels):
            out[..., channel] = map_coordinates(
                picture[..., channel], (rows, columns), order=1, mode="grid-constant"
            )
    np.testing.assert_allclose(sample(pictures, places), expected, atol=1e-5)


@pytest.mark.parametrize("place", [-1e9, -1.0, 4.0, 5.0, 1e9])
def test_far_outside_is_the_ground(place):
    pictures = np.ones((1, 4, 4, 1), np.float32)
    places = np.full((2, 1, 4, 4), place, np.float32)
    assert not sample(pictures, places).numpy().any()
