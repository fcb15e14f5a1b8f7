"""Tests of DigitGridDisplay."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB

from skdigits.inspection import DigitGridDisplay


@pytest.fixture(name="X")
def make_pictures():
    return np.random.RandomState(0).randint(0, 256, size=(40, 8, 8)).astype(np.uint8)


@pytest.fixture
def y():
    return np.arange(40) % 10


def titles(display):
    return [axes.get_title() for axes in display.axes_.flat if axes.axison]


def pictures(display):
    return [
        np.asarray(axes.get_images()[0].get_array()) for axes in display.axes_.flat if axes.axison
    ]


# What the tutorials show


def test_first_four_in_two_rows(X):
    display = DigitGridDisplay.from_arrays(X, n_samples=4)
    assert display.axes_.shape == (2, 2)
    assert titles(display) == [""] * 4
    np.testing.assert_array_equal(pictures(display), X[:4])


def test_first_five_in_a_row(X, y):
    display = DigitGridDisplay.from_arrays(X, y, n_samples=5)
    assert display.axes_.shape == (1, 5)
    assert titles(display) == ["0", "1", "2", "3", "4"]


def test_chosen_pictures_with_predicted_labels(X, y):
    indices = (28, 20, 15, 13)
    display = DigitGridDisplay.from_arrays(X, y_pred=y, indices=indices)
    assert titles(display) == ["8", "0", "5", "3"]
    np.testing.assert_array_equal(pictures(display), X[list(indices)])


def test_grey_on_white(X):
    image = DigitGridDisplay.from_arrays(X).axes_[0, 0].get_images()[0]
    assert same_color(image.cmap(0.0), "white")
    assert same_color(image.cmap(1.0), "black")
    other = DigitGridDisplay.from_arrays(X, cmap="viridis").axes_[0, 0].get_images()[0]
    assert other.cmap.name == "viridis"


# Titles


def test_wrong_predictions_stand_out_in_words_and_colour(X):
    display = DigitGridDisplay.from_arrays(X[:2], [4, 9], [4, 4])
    right, wrong = (axes.title for axes in display.axes_.flat)
    assert (right.get_text(), wrong.get_text()) == ("4", "4\ntrue 9")
    assert not same_color(right.get_color(), wrong.get_color())


def test_probabilities_of_the_predicted_or_of_all_labels(X):
    of_all = [[0.1, 0.9], [0.75, 0.25]]
    for y_proba in (of_all, [0.9, 0.75]):
        display = DigitGridDisplay.from_arrays(X[:2], [1, 1], [1, 0], y_proba=y_proba)
        assert titles(display) == ["1 (90%)", "0 (75%)\ntrue 1"]


def test_text_labels(X):
    display = DigitGridDisplay.from_arrays(X[:2], ["one", "two"], ["one", "one"])
    assert titles(display) == ["one", "one\ntrue two"]


@pytest.mark.parametrize("own", [["a", "b"], np.array(["a", "b"])], ids=["list", "array"])
def test_own_titles_or_none(X, y, own):
    display = DigitGridDisplay.from_arrays(X[:2], y[:2], titles=own)
    assert titles(display) == ["a", "b"]
    assert titles(display.plot(titles=None)) == ["", ""]


@pytest.mark.parametrize("own", ["labels", ["only one"]])
def test_invalid_titles(X, own):
    with pytest.raises(ValueError, match='titles must be "auto", a list of 2 titles or None'):
        DigitGridDisplay.from_arrays(X[:2], titles=own)


# Samples


def test_at_most_25_unless_asked(X):
    assert len(pictures(DigitGridDisplay.from_arrays(X))) == 25
    assert len(pictures(DigitGridDisplay.from_arrays(X, n_samples=40))) == 40
    assert len(pictures(DigitGridDisplay.from_arrays(X[:3]))) == 3


def test_mask_and_negative_indices(X, y):
    assert titles(DigitGridDisplay.from_arrays(X, y, indices=y == 7)) == ["7"] * 4
    assert titles(DigitGridDisplay.from_arrays(X, y, indices=[-1, -2])) == ["9", "8"]


@pytest.mark.parametrize(
    ("choice", "error", "message"),
    [
        ({"indices": [0], "n_samples": 1}, ValueError, "got both"),
        ({"indices": []}, ValueError, "non-empty list of integers"),
        ({"indices": [0.5]}, ValueError, "non-empty list of integers"),
        ({"indices": [[0]]}, ValueError, "non-empty list of integers"),
        ({"indices": [True, False]}, ValueError, r"boolean mask of shape \(40,\)"),
        ({"indices": np.zeros(40, dtype=bool)}, ValueError, "true somewhere"),
        ({"indices": [0, 40]}, IndexError, "between -40 and 39, got indices from 0 to 40"),
        ({"indices": [-41]}, IndexError, "got indices from -41 to -41"),
        ({"n_samples": 0}, ValueError, "between 1 and the number of samples, 40, got 0"),
        ({"n_samples": 41}, ValueError, "got 41"),
    ],
)
def test_invalid_choice_of_samples(X, choice, error, message):
    with pytest.raises(error, match=message):
        DigitGridDisplay.from_arrays(X, **choice)


def test_arrays_of_different_lengths(X, y):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        DigitGridDisplay.from_arrays(X, y[:-1])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        DigitGridDisplay(X, predictions=y[:-1]).plot()


# Containers and shapes


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
    display = DigitGridDisplay.from_arrays(convert(X), indices=[3, 30])
    np.testing.assert_array_equal(pictures(display), X[[3, 30]])


def test_labels_in_a_series_are_taken_by_position(X, y):
    series = pd.Series(y, index=np.arange(40)[::-1])
    assert titles(DigitGridDisplay.from_arrays(X, series, indices=[1, 2])) == ["1", "2"]


def test_labels_in_a_column(X, y):
    column = pd.DataFrame({"digit": y})
    flat = titles(DigitGridDisplay.from_arrays(X, y, y[::-1], n_samples=5))
    assert titles(DigitGridDisplay.from_arrays(X, column, y[::-1], n_samples=5)) == flat
    assert (
        titles(DigitGridDisplay(X[:5], labels=column[:5], predictions=y[::-1][:5]).plot()) == flat
    )
    assert titles(DigitGridDisplay(X[:5], labels=column[:5]).plot()) == ["0", "1", "2", "3", "4"]


def test_pictures_that_are_not_square(X):
    flat = X.reshape(-1, 64)[:, :60]
    display = DigitGridDisplay.from_arrays(flat, n_samples=2, image_shape=(6, 10))
    assert pictures(display)[0].shape == (6, 10)
    with pytest.raises(ValueError, match=r"square.*\(60,\).*image_shape="):
        DigitGridDisplay.from_arrays(flat)
    with pytest.raises(ValueError, match=r"to show as \(7, 7\)"):
        DigitGridDisplay.from_arrays(flat, image_shape=(7, 7))


def test_colour_pictures():
    X = np.random.RandomState(0).randint(0, 256, size=(2, 4, 5, 3)).astype(np.uint8)
    np.testing.assert_array_equal(pictures(DigitGridDisplay.from_arrays(X)), X)
    with pytest.raises(ValueError, match=r"got samples of shape \(4, 5, 2\)"):
        DigitGridDisplay.from_arrays(X[..., :2])


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float16, np.float64])
def test_any_data_type_can_be_drawn(X, dtype):
    display = DigitGridDisplay.from_arrays((X > 127).astype(dtype), n_samples=2)
    display.figure_.canvas.draw()


def test_one_scale_for_the_whole_grid(X):
    faint = X[:2].astype(float)
    faint[1] /= 10
    display = DigitGridDisplay.from_arrays(faint)
    scales = {axes.get_images()[0].get_clim() for axes in display.axes_.flat}
    assert scales == {(faint.min(), faint.max())}


# Layout


@pytest.mark.parametrize(
    ("n_samples", "shape"),
    [(1, (1, 1)), (2, (1, 2)), (4, (2, 2)), (5, (1, 5)), (6, (2, 3)), (25, (5, 5)), (40, (5, 8))],
)
def test_nearly_square_grid(X, n_samples, shape):
    assert DigitGridDisplay.from_arrays(X, n_samples=n_samples).axes_.shape == shape


def test_empty_cells_are_invisible(X):
    display = DigitGridDisplay.from_arrays(X[:5], n_columns=3)
    assert display.axes_.shape == (2, 3)
    assert [axes.axison for axes in display.axes_.flat] == [True] * 5 + [False]
    with pytest.raises(ValueError, match="n_columns must be a positive integer, got 0"):
        display.plot(n_columns=0)


def test_titles_do_not_overlap_pictures(X):
    display = DigitGridDisplay.from_arrays(X[:12], np.ones(12), np.zeros(12), n_columns=4)
    display.figure_.canvas.draw()
    for above, below in zip(display.axes_[:-1].flat, display.axes_[1:].flat, strict=True):
        assert below.title.get_window_extent().y1 <= above.get_window_extent().y0


def test_a_given_figure_is_drawn_into(X):
    figure = Figure()
    display = DigitGridDisplay.from_arrays(X[:4], figure=figure)
    assert display.figure_ is figure
    assert len(figure.axes) == 4
    assert plt.get_fignums() == []
    part = Figure().subfigures(1, 2)[1]
    assert display.plot(figure=part).figure_ is part


def test_plot_returns_itself_and_input_stays_untouched(X):
    before = X.copy()
    display = DigitGridDisplay(X[:2], labels=[1, 2])
    assert display.plot() is display
    np.testing.assert_array_equal(X, before)


# Estimators


class RecordingClassifier(GaussianNB):
    """Remembers what it was asked to predict."""

    def predict(self, X):
        self.asked_ = X
        return super().predict(X)


@pytest.mark.parametrize("library", [None, pd, pl], ids=["numpy", "pandas", "polars"])
def test_only_the_shown_samples_are_predicted_in_their_container(X, y, library):
    flat = X.reshape(-1, 64)
    if library:
        flat = library.DataFrame(dict(zip([f"pixel{i}" for i in range(64)], flat.T, strict=True)))
    classifier = RecordingClassifier().fit(flat, y)
    display = DigitGridDisplay.from_estimator(classifier, flat, indices=[12, 3])

    assert type(classifier.asked_) is type(flat)
    np.testing.assert_array_equal(np.asarray(classifier.asked_), X.reshape(-1, 64)[[12, 3]])
    np.testing.assert_array_equal(display.predictions, classifier.predict(classifier.asked_))


def test_predictions_beside_true_labels_and_probabilities(X, y):
    classifier = DummyClassifier(strategy="constant", constant=3).fit(X, y)
    display = DigitGridDisplay.from_estimator(
        classifier, X, y, indices=[2, 3], show_probabilities=True
    )
    assert titles(display) == ["3 (100%)\ntrue 2", "3 (100%)"]
    np.testing.assert_array_equal(display.labels, [2, 3])
    np.testing.assert_array_equal(display.predictions, [3, 3])
    np.testing.assert_array_equal(display.probabilities, [1, 1])


def test_more_than_25_by_estimator(X, y):
    classifier = DummyClassifier().fit(X, y)
    assert len(pictures(DigitGridDisplay.from_estimator(classifier, X))) == 25
    assert len(pictures(DigitGridDisplay.from_estimator(classifier, X, n_samples=40))) == 40


def test_estimator_that_is_not_fitted(X):
    with pytest.raises(NotFittedError):
        DigitGridDisplay.from_estimator(GaussianNB(), X)


def test_labels_with_dollars_are_no_formulas(X):
    display = DigitGridDisplay(X[:2], labels=["$\\nothing$", "$"]).plot(figure=Figure())
    display.figure_.draw_without_rendering()
    assert titles(display) == ["$\\nothing$", "$"]
