"""Figures become the same bytes every time, for light and for dark pages."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from skdigits.inspection._confusion_matrix import draw_confusion_matrix
from skdigits.inspection._rendering import darken, render_figure, swap_lightness


def _draw(figure):
    axes = figure.subplots()
    axes.plot([0, 1], [1, 0], "o-", label="line")
    axes.errorbar([0, 1], [0, 1], xerr=0.1, fmt="s")
    axes.imshow(np.eye(3), cmap="gray_r")
    axes.set_title("Title", color="black")
    axes.legend()


@pytest.mark.parametrize("file_format", ["svg", "png"])
@pytest.mark.parametrize("dark", [False, True])
def test_a_drawing_has_the_same_bytes_whatever_the_settings(file_format, dark):
    first = render_figure(_draw, (3, 2), file_format=file_format, dark=dark)
    with matplotlib.rc_context({"figure.facecolor": "pink", "lines.linewidth": 5}):
        assert render_figure(_draw, (3, 2), file_format=file_format, dark=dark) == first


def test_the_settings_are_as_before():
    before = dict(matplotlib.rcParams)
    render_figure(_draw, (3, 2))
    assert dict(matplotlib.rcParams) == before


def test_a_dark_figure_is_light_on_dark():
    figure = Figure()
    _draw(figure)
    darken(figure)
    axes = figure.axes[0]
    assert max(figure.get_facecolor()[:3]) < 0.2
    assert max(axes.get_facecolor()[:3]) < 0.2
    texts = [axes.title, *axes.get_xticklabels(), *axes.get_legend().get_texts()]
    assert all(min(to_rgba(text.get_color())[:3]) > 0.8 for text in texts)
    assert max(axes.images[0].get_cmap()(0.0)[:3]) < 0.2
    assert min(axes.images[0].get_cmap()(1.0)[:3]) > 0.8


def test_lines_keep_their_hue_and_markers_go_with_them():
    figure = Figure()
    (line,) = figure.subplots().plot([0, 1], "o-", color="#0072B2")
    darken(figure)
    red, green, blue, _ = to_rgba(line.get_color())
    assert red < green < blue
    assert to_rgba(line.get_markerfacecolor()) == to_rgba(line.get_color())


def test_what_is_transparent_stays_so():
    assert swap_lightness("none")[3] == 0
    assert swap_lightness((1, 0, 0, 0.3))[3] == 0.3


def test_a_confusion_matrix_colours_the_mistakes_only():
    y = np.repeat([0, 1], [100, 50])
    predicted = y.copy()
    predicted[:4] = 1
    display = draw_confusion_matrix(y, predicted, [0, 1], figure=Figure())
    assert display.im_.get_array().tolist() == [[0, 4], [0, 0]]
    texts = [[text.get_text() for text in row] for row in display.text_]
    assert texts == [["96", "4"], ["", "50"]]


def test_a_confusion_matrix_of_no_mistakes_or_many_labels_is_drawn():
    y = np.arange(30)
    display = draw_confusion_matrix(y, y, y, figure=Figure())
    assert display.text_ is None
    assert display.im_.get_array().max() == 0
