"""Linear maps of pictures: drawn evenly within their ranges, applied as SciPy applies them."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import map_coordinates

from skdigits.neural_network.augmentation._affine import draw_transforms, move

SEED = np.array([3, 4], np.int32)
RANGES = {"shift": 0.0, "rotation": 0.0, "zoom": 0.0, "shear": 0.0, "stretch": 0.0}
IDENTITY = [1, 0, 0, 0, 1, 0]


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
    pictures = np.random.RandomState(0).rand(20, *shape).astype(np.float32)
    ranges = {"shift": 2.0, "rotation": 40.0, "zoom": 0.3, "shear": 0.3, "stretch": 0.2}
    transforms = draw(20, (height, width), **ranges)
    rows, columns = np.mgrid[:height, :width]
    expected = np.empty_like(pictures)
    for picture, (a, b, c, d, e, f), out in zip(pictures, transforms, expected, strict=True):
        places = d * columns + e * rows + f, a * columns + b * rows + c
        for channel in range(channels):
            out[..., channel] = map_coordinates(
                picture[..., channel], places, order=1, mode="grid-constant"
            )
    np.testing.assert_allclose(move(pictures, transforms, (height, width)), expected, atol=1e-5)
