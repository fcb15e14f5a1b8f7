"""Tests of LearningCurveDisplay."""

from __future__ import annotations

import subprocess
import sys
from types import MappingProxyType, SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdigits.inspection import LearningCurveDisplay

HISTORY = MappingProxyType(
    {
        "loss": [0.4, 0.2, 0.1],
        "accuracy": [0.8, 0.9, 0.95],
        "val_loss": [0.3, 0.25, 0.2],
        "val_accuracy": [0.85, 0.88, 0.9],
        "learning_rate": [0.01, 0.005, 0.001],
    }
)


class EpochClassifier(ClassifierMixin, BaseEstimator):
    """Has what a Keras classifier shows of its training."""

    def __init__(self, epochs=3):
        self.epochs = epochs

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.history_ = {name: values[: self.epochs] for name, values in HISTORY.items()}
        return self


def labels(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def epoch_ticks(axes):
    low, high = axes.get_xlim()
    return [tick for tick in axes.get_xticks() if low <= tick <= high]


def test_loss_and_accuracy_of_training_and_validation():
    display = LearningCurveDisplay.from_history(HISTORY)
    assert [axes.get_ylabel() for axes in display.axes_] == ["Loss", "Accuracy"]
    assert list(display.lines_) == ["loss", "val_loss", "accuracy", "val_accuracy"]
    for axes in display.axes_:
        assert axes.get_xlabel() == "Epoch"
        assert labels(axes) == ["training", "validation"]
    for name, line in display.lines_.items():
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(line.get_ydata(), HISTORY[name])


def test_the_two_lines_differ_in_colour_and_in_print():
    lines = LearningCurveDisplay.from_history(HISTORY).lines_
    training, validation = lines["loss"], lines["val_loss"]
    assert not same_color(training.get_color(), validation.get_color())
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()


def test_without_validation():
    history = {"loss": HISTORY["loss"], "accuracy": HISTORY["accuracy"]}
    display = LearningCurveDisplay.from_history(history)
    assert [labels(axes) for axes in display.axes_] == [["training"], ["training"]]


def test_without_accuracy():
    display = LearningCurveDisplay.from_history({"loss": [0.3], "learning_rate": [0.1]})
    assert list(display.lines_) == ["loss"]


def test_one_epoch_shows_its_markers():
    history = {name: values[:1] for name, values in HISTORY.items()}
    display = LearningCurveDisplay.from_history(history)
    assert all(line.get_marker() not in ("", "none", "None") for line in display.lines_.values())
    assert [epoch_ticks(axes) for axes in display.axes_] == [[1], [1]]


@pytest.mark.parametrize("n_epochs", [1, 2, 3, 10, 12, 80, 150])
def test_ticks_are_epochs(n_epochs):
    display = LearningCurveDisplay.from_history({"loss": np.linspace(1, 0, n_epochs)})
    ticks = epoch_ticks(display.axes_[0])
    assert ticks
    assert all(tick == int(tick) and 1 <= tick <= n_epochs for tick in ticks)


def test_chosen_metrics():
    display = LearningCurveDisplay.from_history(HISTORY, metrics=["learning_rate", "loss"])
    assert [axes.get_ylabel() for axes in display.axes_] == ["Learning rate", "Loss"]
    assert list(display.lines_) == ["learning_rate", "loss", "val_loss"]
    assert len(LearningCurveDisplay(HISTORY).plot(metrics="loss").axes_) == 1


@pytest.mark.parametrize("wrap", [lambda c: c, lambda c: make_pipeline(FunctionTransformer(), c)])
def test_from_estimator(wrap):
    estimator = wrap(EpochClassifier(epochs=2))
    with pytest.raises(NotFittedError, match=r"This EpochClassifier has no history_ yet\. Call"):
        LearningCurveDisplay.from_estimator(estimator)
    estimator.fit(np.zeros((2, 1)), [0, 1])
    display = LearningCurveDisplay.from_estimator(estimator, metrics=["accuracy"])
    np.testing.assert_array_equal(display.lines_["accuracy"].get_ydata(), [0.8, 0.9])


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_pipeline(FunctionTransformer(), LogisticRegression()),
        make_pipeline("passthrough"),
        EpochClassifier,
        {"loss": [1.0]},
    ],
    ids=["classifier", "pipeline", "passthrough", "class", "dict"],
)
def test_from_something_else(estimator):
    with pytest.raises(
        TypeError, match="Expected a Keras classifier with history_, or a Pipeline"
    ):
        LearningCurveDisplay.from_estimator(estimator)


@pytest.mark.parametrize(
    ("history", "metrics", "error", "message"),
    [
        ([0.1], None, TypeError, "history must be a dict of lists.*got list"),
        (SimpleNamespace(), None, TypeError, "got SimpleNamespace"),
        ({}, None, ValueError, "from_keras"),
        ({"lr": [1]}, None, ValueError, r"found only \['lr'\]"),
        (HISTORY, ["loss", "auc"], ValueError, r"Expected history to have \['auc'\]"),
        ({"loss": []}, None, ValueError, r"numbers of epochs: {'loss': 0}"),
        ({"loss": [1, 2], "val_loss": [1]}, None, ValueError, "'loss': 2, 'val_loss': 1"),
    ],
)
def test_invalid_history(history, metrics, error, message):
    with pytest.raises(error, match=message):
        LearningCurveDisplay.from_history(history, metrics=metrics)
    assert plt.get_fignums() == []


def test_a_given_figure_is_drawn_into():
    figure = Figure()
    display = LearningCurveDisplay(HISTORY)
    assert display.plot(figure=figure) is display
    assert display.figure_ is figure
    assert list(display.axes_) == figure.axes
    assert plt.get_fignums() == []


def test_plotting_again_starts_afresh():
    display = LearningCurveDisplay.from_history(HISTORY)
    display.plot(metrics=["loss"])
    assert list(display.lines_) == ["loss", "val_loss"]


def test_nothing_overlaps_when_drawn():
    display = LearningCurveDisplay.from_history(HISTORY)
    display.figure_.canvas.draw()
    left, right = (axes.get_tightbbox() for axes in display.axes_)
    assert left.x1 < right.x0


def test_importing_inspection_leaves_matplotlib_alone():
    code = "import sys, skdigits.inspection; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
