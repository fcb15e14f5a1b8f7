"""Tests of the shapes that ImageScaler takes and gives."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits.preprocessing import ImageScaler


@pytest.mark.parametrize(
    ("sample_shape", "output_shape", "expected"),
    [
        ((784,), "flat", (784,)),
        ((28, 28), "flat", (784,)),
        ((4, 5, 3), "flat", (60,)),
        ((784,), "image", (28, 28, 1)),
        ((28, 28), "image", (28, 28, 1)),
        ((14, 56), "image", (14, 56, 1)),
        ((4, 5, 3), "image", (4, 5, 3)),
        ((784,), (28, 28), (28, 28)),
        ((60,), (4, 5, 3), (4, 5, 3)),
        ((4, 15), [60], (60,)),
    ],
)
def test_output_shape(sample_shape, output_shape, expected):
    X = np.arange(2 * np.prod(sample_shape)).reshape(2, *sample_shape) % 256
    scaler = ImageScaler(output_shape=output_shape).fit(X)
    scaled = scaler.transform(X)

    assert scaler.sample_shape_ == sample_shape
    assert scaler.output_shape_ == expected
    assert scaler.n_features_in_ == np.prod(sample_shape)
    assert scaled.shape == (2, *expected)
    np.testing.assert_array_equal(scaled.ravel(), X.ravel().astype(np.float32) / 255)
    np.testing.assert_array_equal(np.rint(scaler.inverse_transform(scaled)), X)


@pytest.mark.parametrize("output_shape", ["flat", "image", (28, 28)])
def test_flat_and_image_input_are_interchangeable(images, output_shape):
    flat, channels = images.reshape(-1, 784), images[..., np.newaxis]
    expected = ImageScaler(output_shape=output_shape).fit_transform(images)
    for seen in (flat, images, channels):
        scaler = ImageScaler(output_shape=output_shape).fit(seen)
        for given_later in (flat, images, channels):
            np.testing.assert_array_equal(scaler.transform(given_later), expected)
        restored = scaler.inverse_transform(expected.reshape(-1, 784))
        assert restored.shape == seen.shape


@pytest.mark.parametrize(
    ("seen", "output_shape"), [((28, 28), "flat"), ((28, 28), (14, 56)), ((784,), "image")]
)
def test_pictures_of_another_shape_are_refused(seen, output_shape):
    scaler = ImageScaler(output_shape=output_shape).fit(np.zeros((2, *seen)))
    with pytest.raises(ValueError, match=r"Expected images of shape \(28, 28.*got.*\(14, 56\)"):
        scaler.transform(np.zeros((2, 14, 56)))


def test_inverse_refuses_pictures_of_another_shape():
    scaler = ImageScaler(output_shape="image").fit(np.zeros((2, 28, 28)))
    with pytest.raises(ValueError, match=r"Expected images of shape \(28, 28, 1\)"):
        scaler.inverse_transform(np.zeros((2, 14, 56)))


def test_one_sample_keeps_its_axis(images):
    assert ImageScaler(output_shape="image").fit_transform(images[:1]).shape == (1, 28, 28, 1)


def test_nested_lists():
    X = [[[0, 255], [255, 0]], [[51, 0], [0, 0]]]
    scaled = ImageScaler().fit_transform(X)
    np.testing.assert_array_equal(scaled[0], [0, 1, 1, 0])


@pytest.mark.parametrize("shape", ["picture", (), (28, 0), (28.0, 28), (-1, 784), 784, None])
def test_invalid_output_shape(images, shape):
    with pytest.raises(ValueError, match='output_shape must be "flat", "image" or a tuple'):
        ImageScaler(output_shape=shape).fit(images)


def test_output_shape_of_another_size(images):
    with pytest.raises(ValueError, match=r"holds 768 values.*product is 784"):
        ImageScaler(output_shape=(32, 24)).fit(images)


def test_flat_samples_that_are_not_square():
    with pytest.raises(ValueError, match=r"3072 features.*output_shape=\(height, width, 1\)"):
        ImageScaler(output_shape="image").fit(np.zeros((2, 3072)))


def test_number_of_axes():
    with pytest.raises(ValueError, match="Expected 2D array, got 1D"):
        ImageScaler().fit([0, 255])
    with pytest.raises(ValueError, match=r"Expected X of shape.*got shape \(1, 1, 1, 1, 1\)"):
        ImageScaler().fit(np.zeros((1, 1, 1, 1, 1)))
    with pytest.raises(ValueError, match="Expected images of one shape"):
        ImageScaler().fit([np.zeros((2, 2)), np.zeros((3, 3))])
