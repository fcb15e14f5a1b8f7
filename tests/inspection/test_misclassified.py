"""Tests of MisclassifiedDisplay."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Perceptron
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdigits.inspection import MisclassifiedDisplay

LABELS = [4, 7, 9, 4, 7]
PREDICTIONS = [9, 7, 4, 7, 9]
CLASSES = [4, 7, 9]
PROBABILITIES = [
    [0.3, 0.1, 0.6],
    [0.0, 1.0, 0.0],
    [0.9, 0.1, 0.0],
    [0.2, 0.7, 0.1],
    [0.0, 0.4, 0.6],
]


@pytest.fixture(name="X")
def make_pictures():
    return np.random.RandomState(0).randint(0, 256, size=(5, 8, 8)).astype(np.uint8)


@pytest.fixture(name="many")
def make_many_mistakes():
    X = np.random.RandomState(0).rand(40, 64)
    return X, np.zeros(40, dtype=int), np.ones(40, dtype=int)


def titles(display):
    return [axes.get_title() for axes in display.axes_.flat if axes.axison]


def pictures(display):
    return [
        np.asarray(axes.get_images()[0].get_array()) for axes in display.axes_.flat if axes.axison
    ]


# Which pictures, and in which order


def test_the_surest_mistakes_first(X):
    display = MisclassifiedDisplay.from_predictions(
        X, LABELS, PREDICTIONS, probabilities=PROBABILITIES
    )
    # Those of the same probability keep their order.
    assert display.indices_.tolist() == [2, 3, 0, 4]
    assert display.n_mistakes_ == 4
    np.testing.assert_array_equal(pictures(display), X[[2, 3, 0, 4]])


def test_titles_say_both_labels_and_how_sure(X):
    display = MisclassifiedDisplay.from_predictions(
        X, LABELS, PREDICTIONS, probabilities=PROBABILITIES
    )
    assert titles(display) == [
        "4 (90%)\ntrue 9",
        "7 (70%)\ntrue 4",
        "9 (60%)\ntrue 4",
        "9 (60%)\ntrue 7",
    ]


def test_without_probabilities_in_their_order(X):
    display = MisclassifiedDisplay.from_predictions(X, LABELS, PREDICTIONS)
    assert display.indices_.tolist() == [0, 2, 3, 4]
    assert titles(display) == ["9\ntrue 4", "4\ntrue 9", "7\ntrue 4", "9\ntrue 7"]


def test_the_probability_is_that_of_the_predicted_label(X):
    # As of an SVC, whose probabilities come from another model than its labels.
    probabilities = np.array([[0.5, 0.1, 0.4], *PROBABILITIES[1:]])
    display = MisclassifiedDisplay.from_predictions(
        X, LABELS, PREDICTIONS, probabilities=probabilities, classes=CLASSES
    )
    assert titles(display)[-1] == "9 (40%)\ntrue 4"
    assert display.indices_.tolist() == [2, 3, 4, 0]


def test_text_labels(X):
    names = np.array([f"digit {label}" for label in range(10)])
    display = MisclassifiedDisplay.from_predictions(
        X,
        names[LABELS],
        names[PREDICTIONS],
        probabilities=PROBABILITIES,
        classes=names[CLASSES],
        n_images=1,
    )
    assert titles(display) == ["digit 4 (90%)\ntrue digit 9"]


@pytest.mark.parametrize("probabilities", [None, PROBABILITIES])
def test_labels_in_a_column(X, probabilities):
    column = pd.DataFrame({"digit": LABELS})
    for y, said in ((column, PREDICTIONS), (LABELS, np.transpose([PREDICTIONS]))):
        display, flat = (
            MisclassifiedDisplay.from_predictions(X, *each, probabilities=probabilities)
            for each in ((y, said), (LABELS, PREDICTIONS))
        )
        assert display.n_mistakes_ == 4
        np.testing.assert_array_equal(display.indices_, flat.indices_)
        assert titles(display) == titles(flat)


def test_at_most_25_unless_asked(many):
    assert len(MisclassifiedDisplay.from_predictions(*many).indices_) == 25
    for n_images, n_shown in [(1, 1), (30, 30), (40, 40), (100, 40)]:
        display = MisclassifiedDisplay.from_predictions(*many, n_images=n_images)
        assert len(pictures(display)) == len(display.indices_) == n_shown
        assert display.n_mistakes_ == 40


def test_fewer_mistakes_than_asked_for(X):
    display = MisclassifiedDisplay.from_predictions(X, LABELS, PREDICTIONS, n_images=25)
    assert len(pictures(display)) == 4


@pytest.mark.parametrize("n_images", [0, -1])
def test_invalid_number_of_pictures(X, n_images):
    with pytest.raises(ValueError, match=f"n_images must be a positive integer, got {n_images}"):
        MisclassifiedDisplay.from_predictions(X, LABELS, PREDICTIONS, n_images=n_images)


# No mistakes


def test_no_mistakes_are_said_to_be_none(X):
    display = MisclassifiedDisplay.from_predictions(
        X, LABELS, LABELS, probabilities=PROBABILITIES, n_images=3
    )
    assert [text.get_text() for text in display.figure_.texts] == ["No mistakes in 5 images."]
    assert display.figure_.axes == []
    assert display.axes_.size == 0
    assert display.indices_.tolist() == []
    assert display.n_mistakes_ == 0


def test_no_mistakes_in_the_colour_of_the_style_and_in_a_given_figure(X):
    figure = Figure()
    with plt.style.context("dark_background"):
        display = MisclassifiedDisplay.from_predictions(X, LABELS, LABELS, figure=figure)
    assert display.figure_ is figure
    assert same_color(figure.texts[0].get_color(), "white")
    assert plt.get_fignums() == []


def test_the_text_fits_its_figure():
    X = np.zeros((70_000, 1))
    display = MisclassifiedDisplay.from_predictions(X, X[:, 0], X[:, 0])
    display.figure_.canvas.draw()
    (text,) = display.figure_.texts
    assert "70,000" in text.get_text()
    box = text.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= display.figure_.bbox.x1


# Containers, shapes and figures


@pytest.mark.parametrize(
    "convert",
    [
        lambda X: X[..., np.newaxis],
        lambda X: X.reshape(-1, 64),
        lambda X: X.tolist(),
        lambda X: pd.DataFrame(X.reshape(-1, 64)),
        lambda X: pl.DataFrame(X.reshape(-1, 64), schema=[f"x{i}" for i in range(64)]),
    ],
    ids=["channel", "flat", "list", "pandas", "polars"],
)
def test_same_pictures_in_any_container(X, convert):
    display = MisclassifiedDisplay.from_predictions(convert(X), LABELS, PREDICTIONS)
    np.testing.assert_array_equal(pictures(display), X[[0, 2, 3, 4]])


def test_series_and_frames_are_taken_by_position(X):
    display = MisclassifiedDisplay.from_predictions(
        X,
        pd.Series(LABELS, index=[4, 3, 2, 1, 0]),
        pd.Series(PREDICTIONS),
        probabilities=pd.DataFrame(PROBABILITIES, columns=CLASSES),
    )
    assert display.indices_.tolist() == [2, 3, 0, 4]
    assert titles(display)[0] == "4 (90%)\ntrue 9"


def test_pictures_of_several_sizes():
    """As a Pipeline with a step takes them that frames pictures of any size."""
    sizes = [(8, 8), (200, 150), (12, 30, 3), (8, 8), (9, 9, 1)]
    X = [np.random.RandomState(0).randint(0, 256, size).astype(np.uint8) for size in sizes]
    display = MisclassifiedDisplay.from_predictions(
        X, LABELS, PREDICTIONS, probabilities=PROBABILITIES, cmap="gray"
    )
    expected = [X[2], X[3], X[0], X[4][..., 0]]
    for shown, picture in zip(pictures(display), expected, strict=True):
        np.testing.assert_array_equal(shown, picture)
    assert {axes.get_images()[0].cmap.name for axes in display.axes_.flat} == {"gray"}
    display.figure_.canvas.draw()
    alike = MisclassifiedDisplay.from_predictions(X, [4, 7, 9, 5, 7], [5, 7, 9, 4, 7])
    assert alike.indices_.tolist() == [0, 3]


def test_pictures_that_are_not_square(X):
    flat = X.reshape(-1, 64)[:, :60]
    display = MisclassifiedDisplay.from_predictions(flat, LABELS, PREDICTIONS, image_shape=(6, 10))
    assert pictures(display)[0].shape == (6, 10)
    with pytest.raises(ValueError, match=r"square.*\(60,\).*image_shape="):
        MisclassifiedDisplay.from_predictions(flat, LABELS, PREDICTIONS)


def test_a_given_figure_is_drawn_into(X):
    figure = Figure()
    display = MisclassifiedDisplay(X, LABELS, PREDICTIONS)
    assert display.plot(figure=figure) is display
    assert display.figure_ is figure
    assert list(display.axes_.flat) == figure.axes
    assert plt.get_fignums() == []


def test_input_stays_untouched(X):
    before = X.copy()
    MisclassifiedDisplay.from_predictions(X, LABELS, PREDICTIONS, probabilities=PROBABILITIES)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("probabilities", "classes", "message"),
    [
        ([0.5] * 5, None, r"shape \(n_samples, n_classes\), got \(5,\)"),
        (PROBABILITIES, [4, 7], "3 classes, one for each column of probabilities, got classes of"),
        (PROBABILITIES, [1, 4, 9], r"predictions to be among classes, found also \[7\]"),
        (PROBABILITIES[1:], CLASSES, "inconsistent numbers of samples"),
    ],
)
def test_probabilities_that_do_not_fit(X, probabilities, classes, message):
    with pytest.raises(ValueError, match=message):
        MisclassifiedDisplay.from_predictions(
            X, LABELS, PREDICTIONS, probabilities=probabilities, classes=classes
        )


def test_arrays_of_different_lengths(X):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        MisclassifiedDisplay.from_predictions(X, LABELS[:-1], PREDICTIONS)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        MisclassifiedDisplay(X, LABELS, PREDICTIONS[:-1]).plot()


# Estimators


@pytest.mark.parametrize("library", [None, pd, pl], ids=["numpy", "pandas", "polars"])
def test_what_an_estimator_gets_wrong(raw, library):
    X, y = raw
    if library:
        X = library.DataFrame(dict(zip([f"pixel{i}" for i in range(64)], X.T, strict=True)))
    classifier = make_pipeline(FunctionTransformer(), GaussianNB()).fit(X, y)
    display = MisclassifiedDisplay.from_estimator(classifier, X, y, n_images=4)

    predictions, sure = classifier.predict(X), classifier.predict_proba(X).max(axis=1)
    mistakes = np.flatnonzero(predictions != y)
    assert display.n_mistakes_ == len(mistakes) > 4
    assert set(display.indices_) <= set(mistakes)
    np.testing.assert_array_equal(sure[display.indices_], np.sort(sure[mistakes])[::-1][:4])
    np.testing.assert_array_equal(pictures(display), raw[0].reshape(-1, 8, 8)[display.indices_])
    first = display.indices_[0]
    assert titles(display)[0] == f"{predictions[first]} ({sure[first]:.0%})\ntrue {y[first]}"


def test_estimator_without_probabilities(raw):
    X, y = raw
    classifier = Perceptron(max_iter=1, tol=None, random_state=0).fit(X[:50], y[:50])
    display = MisclassifiedDisplay.from_estimator(classifier, X, y, n_images=3)
    mistakes = np.flatnonzero(classifier.predict(X) != y)
    np.testing.assert_array_equal(display.indices_, mistakes[:3])
    assert "%" not in titles(display)[0]


def test_estimator_that_is_not_fitted(raw):
    with pytest.raises(NotFittedError):
        MisclassifiedDisplay.from_estimator(GaussianNB(), *raw)
