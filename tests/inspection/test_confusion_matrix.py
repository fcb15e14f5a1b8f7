"""The confusion matrix of a comparison, also of many classes."""

import itertools
import string

import numpy as np
import pytest
from matplotlib.figure import Figure

from skdigits.inspection._confusion_matrix import draw_confusion_matrix


@pytest.mark.parametrize("width", [3.9, 10.8])
@pytest.mark.parametrize("labels", [string.ascii_letters + string.digits, string.digits])
def test_labels_do_not_overlap(width, labels):
    classes = np.array(sorted(labels))
    figure = Figure(figsize=(width, width), layout="constrained")
    display = draw_confusion_matrix(classes, np.roll(classes, 1), classes, figure=figure)
    figure.draw_without_rendering()
    for axis in (display.ax_.xaxis, display.ax_.yaxis):
        boxes = [label.get_window_extent() for label in axis.get_ticklabels()]
        assert len(boxes) > 5
        assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))


def test_long_labels_are_written_upwards():
    classes = np.array(["trousers", "ankle boot", "bag"])
    display = draw_confusion_matrix(classes, classes, classes, figure=Figure())
    assert {label.get_rotation() for label in display.ax_.get_xticklabels()} == {90}
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == classes.tolist()


def test_labels_with_dollars_are_no_formulas():
    classes = np.array(["$\\nothing$", "$a", "b$"])
    figure = Figure()
    display = draw_confusion_matrix(classes, classes, classes, figure=figure)
    figure.draw_without_rendering()
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == classes.tolist()
