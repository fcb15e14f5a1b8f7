"""Names stand where they can be read, also where the figure is narrow and the points are near."""

from itertools import combinations, permutations
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from skdigits.inspection import ComparisonDisplay

#: Models of a comparison on 10,000 images: test error, seconds to fit, and to predict 1,000.
#: Beside one that guesses, all the others are in a corner.
MODELS = {
    "keras-cnn": (0.0140, 5.80, 0.0325),
    "pca-rbf-svm": (0.0260, 1.02, 0.1763),
    "keras-mlp": (0.0296, 5.25, 0.0159),
    "extra-trees": (0.0412, 7.08, 0.0397),
    "sklearn-mlp": (0.0443, 2.92, 0.0039),
    "knn": (0.0480, 0.01, 0.3715),
    "random-forest": (0.0488, 9.54, 0.0222),
    "logistic-regression": (0.0857, 0.51, 0.0018),
    "dummy": (0.8865, 0.002, 0.0002),
}
PHONE = (3.9, 4.25)


@pytest.fixture(params=["fit_time", "predict_time"])
def labels(request):
    """Give the names on a figure of the width of a phone, drawn."""
    results = [
        SimpleNamespace(model=name, test_error=error, fit_time=fit, predict_time=predict)
        for name, (error, fit, predict) in MODELS.items()
    ]
    figure = Figure(figsize=PHONE, layout="constrained")
    display = ComparisonDisplay(results).plot(request.param, ax=figure.subplots())
    figure.draw_without_rendering()
    return display.artists_["labels"]


def find_box(label):
    """Find the place of a name without its line, and without the room above its letters."""
    box = super(type(label), label).get_window_extent()
    return box.padded(-0.1 * box.height)


def find_line(label):
    """Find the line from a name to its point; None where there is no line."""
    patch = label.arrow_patch
    return patch and patch.get_transform().transform_path(patch.get_path())


def test_no_name_is_on_another(labels):
    for one, other in combinations(map(find_box, labels), 2):
        assert not one.overlaps(other)


def test_no_name_is_on_the_point_of_another(labels):
    for label, other in permutations(labels, 2):
        point = other.axes.transData.transform(other.xy)
        assert not find_box(label).contains(*point)


def test_no_line_goes_through_the_name_of_another(labels):
    for label, other in permutations(labels, 2):
        line = find_line(label)
        assert line is None or not line.intersects_bbox(find_box(other), filled=False)


def test_a_line_leads_to_the_point_of_its_name(labels):
    led = [label for label in labels if find_line(label) is not None]
    assert len(led) < len(labels) / 2
    for label in led:
        point = label.axes.transData.transform(label.xy)
        ends = find_line(label).vertices
        assert min(np.hypot(*(ends - point).T)) < 6 * label.axes.figure.dpi / 72


def test_names_that_are_near_to_their_points_have_no_line(labels):
    for label in labels:
        if find_line(label) is None:
            point = label.axes.transData.transform(label.xy)
            assert find_box(label).padded(12 * label.axes.figure.dpi / 72).contains(*point)
