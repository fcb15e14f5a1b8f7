"""Every part of skdigits finds the same image in a sample."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits import Deskewer, ImageAugmentation, ImageScaler, MNISTNormalizer
from skdigits._image import check_same_image_shape, choose_image_shape, find_image_shape
from skdigits.exceptions import NetworkShapeError
from skdigits.inspection import DigitGridDisplay
from skdigits.neural_network.augmentation import copies_at_test_time, make_augment

SHAPES = [
    ((64,), (8, 8, 1)),
    ((8, 8), (8, 8, 1)),
    ((4, 16), (4, 16, 1)),
    ((4, 4, 4), (4, 4, 4)),
    ((60,), None),
    ((1,), (1, 1, 1)),
]


@pytest.mark.parametrize(("sample_shape", "expected"), SHAPES)
def test_image_of_a_sample(sample_shape, expected):
    assert find_image_shape(sample_shape) == expected
    if expected is not None:
        assert choose_image_shape(None, sample_shape) == expected


def test_flat_samples_that_do_not_form_a_square():
    X = np.random.RandomState(0).rand(3, 60)
    for transformer in (Deskewer(), MNISTNormalizer(handle_blank="zeros")):
        with pytest.warns(UserWarning, match="60 features do not form a square image") as caught:
            transformer.fit(X)
        assert caught[0].filename == __file__
    with pytest.raises(ValueError, match="60 features do not form a square image"):
        ImageScaler(output_shape="image").fit(X)
    with pytest.raises(NetworkShapeError, match="60 features do not form a square image"):
        make_augment(ImageAugmentation(), (60,))
    with pytest.raises(NetworkShapeError, match="60 features do not form a square image"):
        list(copies_at_test_time(X, shift=1, rotation=0.0))
    with pytest.raises(ValueError, match=r"square.*\(60,\)"):
        DigitGridDisplay.from_arrays(X)


@pytest.mark.parametrize("image_shape", [(6, 10), [6, np.int64(10), 1], np.array([6, 10])])
def test_a_parameter_says_what_flat_samples_are(image_shape):
    assert choose_image_shape(image_shape, (60,)) == (6, 10, 1)


@pytest.mark.parametrize("image_shape", ["ab", (), (60,), (6.0, 10), (0, 60), (6, 10, 1, 1), 60])
def test_what_is_not_the_shape_of_an_image_is_refused(image_shape):
    with pytest.raises(ValueError, match="image_shape must be None"):
        choose_image_shape(image_shape, (60,))


def test_a_shape_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"image_shape=\(6, 9\) holds 54.*product is 60"):
        choose_image_shape((6, 9), (60,))


def test_an_axis_for_a_single_channel_makes_no_difference():
    check_same_image_shape((8, 8), (64,), (8, 8, 1))
    check_same_image_shape((8, 8, 1), (8, 8))
    check_same_image_shape((4, 16), (64,))
    check_same_image_shape((), (8, 8))
    with pytest.raises(ValueError, match=r"Expected images of shape \(8, 8, 1\)"):
        check_same_image_shape((4, 16), (64,), (8, 8, 1))
