"""Tests of NormalizationDisplay."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, MNISTNormalizer
from skdigits.inspection import NormalizationDisplay

from ..handwriting import photographs


@pytest.fixture(name="photograph", scope="module")
def make_photograph():
    return photographs(1, seed=3).pictures[0]


def titles(display):
    return [axes.get_title().split("\n") for axes in display.axes_]


def shown(axes):
    return np.asarray(axes.get_images()[0].get_array())


def test_a_picture_a_step_with_its_size(photograph):
    display = NormalizationDisplay.from_estimator(MNISTNormalizer(), photograph)
    names, sizes = zip(*titles(display), strict=True)
    assert names == ("picture", "grey", "all ink", "the digit alone", "framed")
    height, width = photograph.shape[:2]
    assert sizes[0] == f"{width} x {height}"
    assert sizes[-1] == "28 x 28"
    for axes, picture in zip(display.axes_, display.steps.values(), strict=True):
        np.testing.assert_array_equal(shown(axes), picture)
    assert display.figure_ is plt.gcf()


def test_the_step_is_found_in_a_pipeline(photograph):
    normalizer = MNISTNormalizer(invert=True)
    model = make_pipeline(make_pipeline("passthrough", normalizer), ImageScaler())
    display = NormalizationDisplay.from_estimator(model, photograph, figure=Figure())
    expected = normalizer.trace(photograph)
    np.testing.assert_array_equal(display.steps["framed"], expected["framed"])


def test_the_frame_shows_the_ink_and_the_cross_its_centre():
    framed = np.zeros((28, 28), np.uint8)
    framed[4:24, 12:16] = 255
    display = NormalizationDisplay({"framed": framed}).plot(figure=Figure())
    (axes,) = display.axes_
    assert axes.patches[0].get_bbox().bounds == (11.5, 3.5, 4, 20)
    assert [float(values[0]) for values in axes.lines[0].get_data()] == [13.5, 13.5]


def test_a_blank_picture_is_shown_as_such():
    blank = np.full((90, 120), 200, np.uint8)
    display = NormalizationDisplay.from_estimator(MNISTNormalizer(), blank, figure=Figure())
    assert [title[0] for title in titles(display)][2:] == [
        "all ink: none",
        "the digit alone: none",
        "framed: none",
    ]
    # Neither black nor white.
    image = display.axes_[0].get_images()[0]
    assert image.norm(200) == pytest.approx(0.5)


@pytest.mark.parametrize("n_channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
def test_any_kind_of_picture(n_channels, dtype, recwarn):
    scale = {np.uint8: 255, np.uint16: 65535, np.float64: 1}[dtype]
    picture = np.full((60, 50, n_channels), 0.9 * scale).astype(dtype)
    picture[10:50, 20:25, : 3 - (n_channels == 2)] = 0.1 * scale
    display = NormalizationDisplay.from_estimator(MNISTNormalizer(), picture, figure=Figure())
    display.figure_.canvas.draw()
    assert not recwarn.list


def test_an_estimator_without_the_step_is_refused():
    with pytest.raises(TypeError, match=r"got Pipeline without one\. Pass MNISTNormalizer\(\)"):
        NormalizationDisplay.from_estimator(make_pipeline(ImageScaler()), np.zeros((28, 28)))
