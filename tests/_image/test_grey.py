"""Grey values of coloured and transparent images."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from skdigits._image import luminance, to_grey
from skdigits.images import read_image


def test_grey_of_colours():
    images = np.zeros((1, 2, 2, 3), np.uint8)
    images[0, 0] = 255
    grey = to_grey(images)
    assert grey.dtype == np.float32
    assert (grey[0, 0] > grey[0, 1]).all()


def test_hues_of_equal_brightness_are_told_apart():
    image = np.full((1, 20, 20, 3), (60, 144, 60), np.uint8)
    image[0, 5:15, 9:11] = (255, 60, 60)
    grey = to_grey(image)[0]
    assert np.ptp(grey) > 0.3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_transparent_is_white_or_below_white_ink_black(dtype):
    white = np.iinfo(dtype).max if dtype != np.float32 else 1
    image = np.zeros((2, 9, 9, 4), dtype)
    image[:, 3:6, 3:6, 3] = white
    image[1, ..., :3] = white
    grey = to_grey(image)
    np.testing.assert_allclose(grey[0, 0, 0] - grey[0, 4, 4], grey[1, 4, 4] - grey[1, 0, 0])
    assert grey[0, 0, 0] > grey[0, 4, 4]


@pytest.mark.parametrize(("level", "ground"), [(150, 255), (250, 0)])
def test_a_file_and_an_array_get_the_same_ground(level, ground):
    values = np.full((9, 9, 4), level, np.uint8)
    values[:4, :, 3] = 0  # nothing is seen of the upper half
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    assert (read_image(file.getvalue())[:4] == ground).all()
    np.testing.assert_allclose(to_grey(values[np.newaxis])[0, :4], ground / 255, atol=1e-6)


def test_green_is_the_brightest_colour():
    red, green, blue = luminance(np.eye(3))
    assert green > red > blue
    assert red + green + blue == pytest.approx(1)
