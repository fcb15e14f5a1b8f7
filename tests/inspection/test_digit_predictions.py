"""Tests of DigitPredictionsDisplay."""

from __future__ import annotations

import io
import itertools
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from PIL import Image

from skdigits.inspection import DigitPredictionsDisplay
from skdigits.inspection._digit_predictions import render_predictions


def digit(
    label, probability, box=None, line=0, runner_up=9, left_out=None, digit_probability=None
):
    rest = round(1 - probability, 6)
    return SimpleNamespace(
        label=label,
        probability=probability,
        runner_up=runner_up,
        runner_up_probability=rest,
        box=box,
        line=line,
        left_out=left_out,
        digit_probability=digit_probability,
    )


PAGE = np.full((100, 300), 240, np.uint8)
NUMBER = [digit(4, 0.999, (20, 10, 80, 50)), digit(1, 0.6, (25, 60, 80, 80))]


def test_boxes_stand_around_the_digits_with_labels_above():
    display = DigitPredictionsDisplay.from_predictions(PAGE, NUMBER)
    assert [box.get_bbox().bounds for box in display.boxes_] == [
        (9.5, 19.5, 40, 60),
        (59.5, 24.5, 20, 55),
    ]
    assert [label.get_text() for label in display.labels_] == ["4\n100%", "1?\n60%"]
    assert [label.xy for label in display.labels_] == [(30, 20), (70, 25)]
    assert display.figure_ is plt.gcf()


def test_an_unsure_digit_differs_by_colour_too():
    sure, unsure = DigitPredictionsDisplay.from_predictions(PAGE, NUMBER).labels_
    assert not same_color(sure.get_color(), unsure.get_color())
    display = DigitPredictionsDisplay.from_predictions(PAGE, NUMBER, sure_from=0.5)
    first, second = display.labels_
    assert same_color(first.get_color(), second.get_color())
    assert second.get_text() == "1\n60%"


def test_what_is_left_out_is_grey_and_dashed_and_says_why():
    page = [
        digit(4, 0.5, (20, 10, 80, 50), left_out="no digit", digit_probability=0.1),
        digit(1, 0.9, (25, 60, 80, 80), left_out="cut off at the edge", digit_probability=0.9),
        digit(1, 0.99, (25, 90, 80, 110)),
    ]
    display = DigitPredictionsDisplay.from_predictions(PAGE, page)
    texts = [label.get_text() for label in display.labels_]
    assert texts == ["no digit", "cut off\nat the\nedge", "1\n99%"]
    assert [box.get_linestyle() for box in display.boxes_] == ["dashed", "dashed", "solid"]
    first, second, kept = [box.get_edgecolor() for box in display.boxes_]
    assert same_color(first, second)
    assert not same_color(first, kept)


def test_a_picture_that_is_no_digit_has_a_title():
    one = digit(7, 0.02, left_out="no digit", digit_probability=0.04)
    display = DigitPredictionsDisplay.from_predictions(PAGE, [one])
    assert display.ax_.get_title() == "no digit (96.0%)\n7 (2.0%)"
    assert display.boxes_ == []


@pytest.mark.parametrize(
    ("runner_up_probability", "expected"), [(0.1, "no digit (60.0%)"), (0.7, "9 (70.0%)")]
)
def test_the_title_says_what_it_may_be_instead(runner_up_probability, expected):
    one = digit(7, 0.3, digit_probability=0.4)
    one.runner_up_probability = runner_up_probability
    display = DigitPredictionsDisplay.from_predictions(PAGE, [one])
    assert display.ax_.get_title() == f"7? (30.0%)\n{expected}"


@pytest.mark.parametrize("gap", [4, 12, 40])
def test_labels_of_neighbours_do_not_touch(gap):
    n = 300 // (10 + gap)
    row = [digit(8, 1.0, (40, x, 70, x + 10)) for x in range(5, n * (10 + gap) - 10, 10 + gap)]
    del row[1:-2:3]  # Some have more room than others.
    figure = Figure(figsize=(8, 3))
    display = DigitPredictionsDisplay(PAGE, row).plot(ax=figure.subplots())
    figure.canvas.draw()
    extents = [label.get_window_extent() for label in display.labels_]
    sizes = {label.get_fontsize() for label in display.labels_}
    assert len(sizes) == 1
    # Smaller letters than the smallest could not be read at all.
    if sizes.pop() > 5:
        assert all(a.x1 < b.x0 for a, b in itertools.pairwise(extents))


def test_a_picture_of_one_digit_has_a_title():
    display = DigitPredictionsDisplay.from_predictions(np.zeros((28, 28, 3)), [digit(7, 0.8)])
    assert display.boxes_ == []
    assert display.ax_.get_title() == "7? (80.0%)\n9 (20.0%)"
    only = DigitPredictionsDisplay.from_predictions(PAGE, [digit(7, 1.0, runner_up=None)])
    assert only.ax_.get_title() == "7 (100.0%)"
    none = DigitPredictionsDisplay.from_predictions(PAGE, [])
    assert none.ax_.get_title() == "no digit"


def test_a_large_picture_is_drawn_from_a_copy_in_its_own_coordinates():
    image = np.zeros((3000, 4001, 3), np.uint8)
    image[:, 2000:] = 200
    display = DigitPredictionsDisplay.from_predictions(image, [digit(1, 1.0, (9, 90, 2900, 900))])
    (shown,) = display.ax_.get_images()
    copy = np.asarray(shown.get_array())
    assert max(copy.shape) < 2500
    assert copy[:, copy.shape[1] // 2 + 1 :].min() == 200
    # The last columns that fill no pixel of the copy are left out.
    assert tuple(shown.get_extent()) == (-0.5, 3999.5, 2999.5, -0.5)
    assert display.boxes_[0].get_bbox().bounds == (89.5, 8.5, 810, 2891)
    assert display.ax_.get_xlim() == (-0.5, 4000.5)


@pytest.mark.parametrize("shape", [(6000, 1), (2, 9000), (5000, 3, 3)])
def test_a_strip_is_shown_whole(shape):
    display = DigitPredictionsDisplay.from_predictions(np.full(shape, 200, np.uint8), [])
    (shown,) = display.ax_.get_images()
    assert np.asarray(shown.get_array()).size > 0
    left, right, bottom, top = shown.get_extent()
    assert right > left
    assert bottom > top


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match=r"got shape \(3, 28, 28\)"):
        DigitPredictionsDisplay.from_predictions(np.zeros((3, 28, 28)), [])


@pytest.mark.parametrize("file_format", ["png", "jpg", "webp"])
def test_files_can_be_opened_and_leave_no_figure(file_format):
    content = render_predictions(PAGE, NUMBER, sure_from=0.9, file_format=file_format)
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert image.width > 2 * image.height
    assert plt.get_fignums() == []


def test_a_file_does_not_depend_on_the_user_s_style():
    expected = render_predictions(PAGE, NUMBER, sure_from=0.9, file_format="png")
    with plt.style.context("dark_background"):
        again = render_predictions(PAGE, NUMBER, sure_from=0.9, file_format="png")
    assert expected == again


@pytest.mark.parametrize("box", [None, (20, 10, 80, 50)])
@pytest.mark.parametrize("left_out", [None, "no digit"])
def test_labels_with_dollars_are_no_formulas(box, left_out):
    label = "$\\nothing$"
    found = digit(label, 0.9, box, runner_up="$", left_out=left_out, digit_probability=0.5)
    assert render_predictions(PAGE, [found], sure_from=0.9, file_format="png")
