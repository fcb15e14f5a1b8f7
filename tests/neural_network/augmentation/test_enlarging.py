"""Enlarged pictures: those of TensorFlow's resizing, and read at the same places."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from skdigits.neural_network.augmentation._affine import draw_transforms, move
from skdigits.neural_network.augmentation._enlarging import FACTOR, enlarge, on_larger

methods = pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos3"])


@methods
@pytest.mark.parametrize("shape", [(7, 7, 1), (6, 9, 1), (9, 6, 3), (1, 1, 1)])
def test_pictures_are_resized_as_by_tensorflow(shape, method):
    pictures = np.random.RandomState(0).rand(20, *shape).astype(np.float32)
    size = (FACTOR * shape[0], FACTOR * shape[1])
    largest = pictures.max(axis=(1, 2, 3), keepdims=True)
    expected = np.clip(tf.image.resize(pictures, size, method), 0, largest)
    np.testing.assert_allclose(enlarge(pictures, method), expected, atol=1e-5)


@methods
def test_transforms_find_the_pixels_again(method):
    pictures = np.random.RandomState(0).rand(3, 6, 9, 1).astype(np.float32)
    still = np.tile(np.array([1, 0, 0, 0, 1, 0], np.float32), (3, 1))
    again = move(enlarge(pictures, method), on_larger(still), (6, 9))
    np.testing.assert_allclose(again, pictures, atol=1e-5)


@methods
def test_smooth_pictures_are_read_as_without_enlarging(method):
    rows, columns = np.mgrid[:20, :20]
    waves = np.stack([1 + np.sin(rows / 4 + k) * np.cos(columns / 5) for k in range(30)])
    pictures = waves[..., np.newaxis].astype(np.float32)
    ranges = {"shift": 1.0, "rotation": 20.0, "zoom": 0.1, "shear": 0.1, "stretch": 0.1}
    transforms = draw_transforms(tf.constant(30), np.array([1, 2], np.int32), (20, 20), **ranges)
    plain = move(pictures, transforms, (20, 20)).numpy()
    finer = move(enlarge(pictures, method), on_larger(transforms), (20, 20)).numpy()
    np.testing.assert_allclose(finer[:, 6:-6, 6:-6], plain[:, 6:-6, 6:-6], atol=0.03)
