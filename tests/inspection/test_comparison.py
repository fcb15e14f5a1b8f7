"""Tests of ComparisonDisplay."""

from __future__ import annotations

from itertools import combinations, pairwise
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from skdigits.inspection import ComparisonDisplay

COSTS = ["fit_time", "predict_time"]


def result(model, error, *, cv_error=None, cv_std=0.002, fit_time=1.0, predict_time=0.1):
    """Make what a comparison found of one model with test samples."""
    return SimpleNamespace(
        model=model,
        cv_mean=1 - (error if cv_error is None else cv_error),
        cv_std=cv_std,
        test_error=error,
        test_error_low=0.8 * error,
        test_error_high=1.3 * error,
        fit_time=fit_time,
        predict_time=predict_time,
        on_frontier=None,
    )


def untested(model, cv_error, *, cv_std=0.002, fit_time=1.0):
    """Make what a comparison found of one model without test samples."""
    found = result(model, cv_error, cv_std=cv_std, fit_time=fit_time)
    names = ["test_error", "test_error_low", "test_error_high", "predict_time"]
    return SimpleNamespace(**vars(found) | dict.fromkeys(names))


@pytest.fixture
def results():
    return [
        result("cnn", 0.01, cv_error=0.012, fit_time=100, predict_time=0.2),
        result("svc", 0.02, cv_error=0.018, fit_time=10, predict_time=0.5),
        result("mlp", 0.02, cv_error=0.021, fit_time=50, predict_time=0.05),
        result("knn", 0.03, cv_error=0.04, fit_time=0.1, predict_time=0.3),
        result("linear", 0.08, cv_error=0.09, fit_time=2, predict_time=0.001),
    ]


def rows(display):
    """Name the rows from top to bottom."""
    ticks = zip(display.ax_.get_yticks(), display.ax_.get_yticklabels(), strict=True)
    shown = [(tick, label.get_text()) for tick, label in ticks]
    return [name for _, name in sorted(shown, reverse=not display.ax_.yaxis_inverted())]


def dots(display):
    return display.artists_["error"].lines[0].get_xdata()


def intervals(display):
    (lines,) = display.artists_["error"].lines[2]
    return [(segment[0, 0], segment[1, 0]) for segment in lines.get_segments()]


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def labels(display):
    return {label.get_text(): label for label in display.artists_["labels"]}


def boxes(display):
    """Give the places of the labels on the drawn figure."""
    display.figure_.canvas.draw()
    renderer = display.figure_.canvas.get_renderer()
    # Of the text alone: Annotation's own extent has the line to its point.
    return [
        super(type(label), label).get_window_extent(renderer)
        for label in display.artists_["labels"]
    ]


# Errors


def test_best_model_on_top(results):
    display = ComparisonDisplay(results).plot()
    assert rows(display) == ["cnn", "svc", "mlp", "knn", "linear"]
    np.testing.assert_array_equal(display.artists_["error"].lines[0].get_ydata(), range(5))
    assert display.ax_.get_xlabel() == "Test error (%)"


def test_test_errors_with_their_intervals(results):
    display = ComparisonDisplay(results).plot()
    np.testing.assert_allclose(dots(display), [1, 2, 2, 3, 8])
    np.testing.assert_allclose(
        intervals(display), [(0.8, 1.3), (1.6, 2.6), (1.6, 2.6), (2.4, 3.9), (6.4, 10.4)]
    )


def test_cross_validated_errors_are_fainter(results):
    display = ComparisonDisplay(results).plot()
    errors, validated = display.artists_["error"].lines[0], display.artists_["cross-validation"]
    np.testing.assert_allclose(validated.get_xdata(), [1.2, 1.8, 2.1, 4, 9])
    assert not same_color(validated.get_color(), errors.get_color())
    assert validated.get_marker() != errors.get_marker()
    assert legend(display) == ["test, 95% interval", "cross-validated"]


def test_without_test_samples_the_cross_validated_errors():
    results = [untested("svc", 0.02, cv_std=0.005), untested("knn", 0.04, cv_std=0.05)]
    display = ComparisonDisplay(results).plot()
    np.testing.assert_allclose(dots(display), [2, 4])
    # No model has fewer than no errors.
    np.testing.assert_allclose(intervals(display), [(1.5, 2.5), (0, 9)], atol=1e-12)
    assert display.ax_.get_xlabel() == "Cross-validated error (%)"
    assert list(display.artists_) == ["error"]
    assert legend(display) == ["cross-validated, ± one standard deviation"]


@pytest.mark.parametrize(("largest", "scale"), [(0.1, "linear"), (0.101, "log")])
def test_log_axis_beyond_ten_times_the_smallest_error(largest, scale):
    display = ComparisonDisplay([result("cnn", 0.01), result("dummy", largest)]).plot()
    assert display.ax_.get_xscale() == scale
    display = ComparisonDisplay([untested("cnn", 0.01), untested("dummy", largest)]).plot()
    assert display.ax_.get_xscale() == scale


def test_log_axis_has_plain_numbers_within_reach_of_the_errors():
    display = ComparisonDisplay(
        [untested("cnn", 0.004, cv_std=0.004), untested("dummy", 0.9)]
    ).plot()
    display.figure_.canvas.draw()
    low, high = display.ax_.get_xlim()
    shown = [
        tick.get_text()
        for tick in display.ax_.get_xticklabels()
        if low <= tick.get_position()[0] <= high
    ]
    assert shown == ["0.2", "0.5", "1", "2", "5", "10", "20", "50", "100"]
    assert 0.1 < low < 0.4


def test_an_error_of_zero_is_shown():
    perfect = result("cnn", 0.0)
    # As Wilson's interval comes out of its formula.
    perfect.test_error_low, perfect.test_error_high = 1e-18, 0.01
    display = ComparisonDisplay([perfect, result("dummy", 0.9)]).plot()
    display.figure_.canvas.draw()
    assert display.ax_.get_xscale() == "linear"
    assert display.ax_.get_xlim()[0] <= 0
    np.testing.assert_allclose(intervals(display)[0], (0, 1))


# Costs


def test_frontier_of_the_training_time(results):
    display = ComparisonDisplay(results).plot("fit_time")
    # mlp is slower than svc and no better; linear is beaten by knn in both.
    assert display.frontier_ == ["knn", "svc", "cnn"]
    line, others = display.artists_["frontier"], display.artists_["others"]
    np.testing.assert_allclose(line.get_xydata(), [(0.1, 3), (10, 2), (100, 1)])
    np.testing.assert_allclose(others.get_xydata(), [(50, 2), (2, 8)])
    assert line.get_drawstyle() == "steps-post"
    assert not same_color(line.get_color(), others.get_color())
    assert line.get_markersize() > others.get_markersize()
    assert display.ax_.get_xlabel() == "Time to fit (s)"
    assert display.ax_.get_ylabel() == "Test error (%)"


def test_frontier_of_the_prediction_time(results):
    display = ComparisonDisplay(results).plot("predict_time")
    assert display.frontier_ == ["linear", "mlp", "cnn"]
    line = display.artists_["frontier"]
    np.testing.assert_allclose(line.get_xydata(), [(1, 8), (50, 2), (200, 1)])
    assert display.ax_.get_xlabel() == "Time to predict 1,000 samples (ms)"


@pytest.mark.parametrize(
    ("points", "frontier"),
    [
        ([(1, 0.1)], [0]),
        ([(1, 0.1), (2, 0.1)], [0]),
        ([(1, 0.2), (1, 0.1)], [1]),
        ([(1, 0.1), (1, 0.1), (1, 0.2)], [0, 1]),
        ([(3, 0.1), (1, 0.3), (2, 0.2), (2, 0.2), (4, 0.1)], [1, 2, 3, 0]),
    ],
    ids=["one", "equal error", "equal cost", "equal", "many"],
)
def test_ties_on_the_frontier(points, frontier):
    results = [result(f"m{i}", error, fit_time=time) for i, (time, error) in enumerate(points)]
    display = ComparisonDisplay(results).plot("fit_time")
    assert display.frontier_ == [f"m{i}" for i in frontier]


def test_the_frontier_does_not_depend_on_the_order(results):
    display = ComparisonDisplay(results[::-1]).plot("fit_time")
    assert display.frontier_ == ["knn", "svc", "cnn"]


def test_training_time_without_test_samples():
    results = [untested("svc", 0.02, fit_time=5), untested("knn", 0.04, fit_time=0.1)]
    display = ComparisonDisplay(results).plot("fit_time")
    np.testing.assert_allclose(display.artists_["frontier"].get_xydata(), [(0.1, 4), (5, 2)])
    assert display.ax_.get_ylabel() == "Cross-validated error (%)"


@pytest.mark.parametrize("kind", COSTS)
def test_log_axes_as_far_as_there_is_no_zero(results, kind):
    ax = ComparisonDisplay(results).plot(kind).ax_
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    results[0].test_error = 0.0
    display = ComparisonDisplay(results).plot(kind)
    display.figure_.canvas.draw()
    assert (display.ax_.get_xscale(), display.ax_.get_yscale()) == ("log", "linear")
    assert "cnn" in display.frontier_


@pytest.mark.parametrize("kind", COSTS)
def test_each_point_has_its_name(results, kind):
    display = ComparisonDisplay(results).plot(kind)
    assert list(labels(display)) == ["cnn", "svc", "mlp", "knn", "linear"]
    for found in results:
        label = labels(display)[found.model]
        factor = 1000 if kind == "predict_time" else 1
        np.testing.assert_allclose(
            label.xy, (factor * getattr(found, kind), 100 * found.test_error)
        )
        is_bold = label.get_fontweight() == "bold"
        assert is_bold == (found.model in display.frontier_)


def crowds():
    """Give the points of models that are hard to label."""
    random = np.random.RandomState(0)
    near = [(1 + 0.03 * i, 0.02 + 0.0004 * i) for i in range(8)]
    cloud = random.lognormal(sigma=0.5, size=(14, 2)) * (1, 0.02)
    return [near, [*near, (1000, 0.001), (0.001, 0.9)], [(1, 0.02)] * 5, cloud]


@pytest.mark.parametrize("points", crowds(), ids=["near", "near and far", "equal", "cloud"])
@pytest.mark.parametrize("dpi", [50, 200])
def test_labels_neither_overlap_nor_leave_the_axes(points, dpi):
    results = [
        result(f"classifier {i}", error, fit_time=time) for i, (time, error) in enumerate(points)
    ]
    with plt.rc_context({"figure.dpi": dpi}):
        display = ComparisonDisplay(results).plot("fit_time")
    found = boxes(display)
    # Of the height of a letter.
    leeway = 0.2 * found[0].height
    for one, other in combinations(found, 2):
        shared = one.intersection(one, other)
        assert shared is None or min(shared.size) < leeway
    frame = display.ax_.bbox.padded(leeway)
    assert all(frame.containsx(box.x0) and frame.containsx(box.x1) for box in found)
    assert all(frame.containsy(box.y0) and frame.containsy(box.y1) for box in found)


def test_labels_are_placed_for_the_part_of_the_figure_that_is_given(results):
    part = plt.figure(figsize=(10, 4), layout="constrained").subfigures(1, 2)[1]
    display = ComparisonDisplay(results).plot("fit_time", ax=part.subplots())
    assert display.figure_ is part
    assert len(labels(display)) == 5


# Axes, styles and mistakes


@pytest.mark.parametrize("kind", ["error", *COSTS])
def test_given_axes_are_drawn_on(results, kind):
    ax = Figure().subplots()
    display = ComparisonDisplay(results)
    assert display.plot(kind, ax=ax) is display
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert plt.get_fignums() == []


@pytest.mark.parametrize("kind", ["error", *COSTS])
def test_text_has_the_colour_of_the_style(results, kind):
    with plt.style.context("dark_background"):
        display = ComparisonDisplay(results).plot(kind)
        display.figure_.canvas.draw()
    texts = [*display.ax_.get_yticklabels(), *display.ax_.get_legend().get_texts()]
    texts += [display.ax_.xaxis.label, *display.artists_.get("labels", [])]
    assert all(same_color(text.get_color(), "white") for text in texts)


@pytest.mark.parametrize("n_models", [2, 15])
def test_rows_have_room(n_models):
    results = [result(f"model {i}", 0.01 + 0.001 * i) for i in range(n_models)]
    display = ComparisonDisplay(results).plot()
    display.figure_.canvas.draw()
    names = [label.get_window_extent() for label in display.ax_.get_yticklabels()]
    assert all(above.y0 > below.y1 for above, below in pairwise(names))
    box = display.ax_.get_legend().get_window_extent()
    assert box.y0 >= display.ax_.bbox.y1 - 1
    assert box.y1 <= display.figure_.bbox.y1 + 1


def test_unknown_kind(results):
    with pytest.raises(
        ValueError, match="kind must be one of error, fit_time, predict_time, got 'size'"
    ):
        ComparisonDisplay(results).plot("size")
    assert plt.get_fignums() == []


def test_prediction_time_without_test_samples():
    with pytest.raises(ValueError, match=r"no test samples\. Pass X_test and y_test"):
        ComparisonDisplay([untested("svc", 0.02)]).plot("predict_time")
    assert plt.get_fignums() == []


def test_no_results():
    with pytest.raises(ValueError, match="Expected results of at least one model"):
        ComparisonDisplay([]).plot()
