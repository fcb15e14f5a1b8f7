"""Tests of occlusion_map and OcclusionDisplay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits import ImageScaler, MNISTNormalizer, load_mnist, load_pretrained, predict_digits
from skdigits.inspection import OcclusionDisplay, occlusion_map

from .._pages import write
from .._small import mlp
from ..handwriting import photographs

X, Y = load_digits(return_X_y=True)
LABELS = np.array(list("abcdefghij"))


class Scores:
    """A classifier whose decision is a function of the images."""

    def __init__(self, function, classes=(0, 1)):
        self.decision_function = function
        self.classes_ = np.array(classes)


@pytest.fixture(name="linear", scope="module")
def make_linear():
    return RidgeClassifier().fit(X, LABELS[Y])


def covered_means(image, score, window):
    """Compute importances one window after the other, with a border that images can leave."""
    side = len(image)
    total = np.zeros((side, side))
    for row in range(1 - window, side):
        for column in range(1 - window, side):
            rows = slice(max(row, 0), row + window)
            columns = slice(max(column, 0), column + window)
            covered = image.copy()
            covered[rows, columns] = 0
            total[rows, columns] += score(image) - score(covered)
    return total / window**2


@pytest.mark.parametrize("window", [1, 2, 3])
def test_importances_are_mean_falls_of_the_margin(window):
    image = np.zeros((6, 6))
    image[1:5, 2] = 3
    weights = np.arange(36.0).reshape(6, 6) - 20
    classifier = Scores(lambda images: (images * weights).sum(axis=(1, 2)) - 5)
    found = occlusion_map(classifier, image, label=1, window=window)
    expected = covered_means(image, lambda each: (each * weights).sum(), window)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(occlusion_map(classifier, image, label=0, window=window), -expected)


def test_the_margin_is_to_the_best_of_the_other_classes():
    image = np.zeros((2, 2))
    image[0] = 1
    scores = {2: [5.0, 1, 2], 1: [4.0, 1, 6]}
    classifier = Scores(
        lambda images: np.array([scores[int(each.sum())] for each in images]), (0, 1, 2)
    )
    found = occlusion_map(classifier, image, window=1)
    np.testing.assert_allclose(found, [[5, 5], [0, 0]])  # from 5 - 2 to 4 - 6


def test_the_most_probable_label_is_explained_unless_another_is_chosen(linear):
    best, other = linear.predict(X[:1])[0], "d"
    by_default = occlusion_map(linear, X[0])
    np.testing.assert_array_equal(by_default, occlusion_map(linear, X[0], label=best))
    assert by_default.shape == (8, 8)
    assert not np.allclose(by_default, occlusion_map(linear, X[0], label=other))
    with pytest.raises(ValueError, match=r"label must be one of \['a', .*got 'z'"):
        occlusion_map(linear, X[0], label="z")


def test_a_classifier_with_probabilities_alone():
    classifier = KNeighborsClassifier().fit(X, Y)
    found = occlusion_map(classifier, X[3], window=3)
    assert np.isfinite(found).all()
    assert found.max() > 0


def test_a_classifier_without_a_score_for_each_class_is_refused():
    classifier = SVC(decision_function_shape="ovo").fit(X[:200], Y[:200])
    with pytest.raises(TypeError, match="found SVC, which has neither"):
        occlusion_map(classifier, X[0])
    several = MultiOutputClassifier(KNeighborsClassifier()).fit(X, np.column_stack([Y, Y]))
    with pytest.raises(TypeError, match=r"found MultiOutputClassifier\. Explain each of"):
        occlusion_map(several, X[0])
    with pytest.raises(ValueError, match="a single class"):
        occlusion_map(KNeighborsClassifier().fit(X, np.zeros_like(Y)), X[0])
    with pytest.raises(NotFittedError):
        occlusion_map(mlp(), X[0])
    with pytest.raises(NotFittedError):
        occlusion_map(make_pipeline(ImageScaler(), RidgeClassifier()), X[0])


def test_the_background_is_that_of_the_border():
    image = np.full((9, 9, 3), (250, 240, 10), np.uint8)
    image[3:6, 3:6] = (0, 0, 250)
    seen = []

    def score(images):
        seen.append(images)
        return images.sum(axis=(1, 2, 3)).astype(float)

    found = occlusion_map(Scores(score), image)
    assert found.shape == (9, 9)
    assert not found[0].any()
    assert found[4, 4] < 0  # the ink makes the sum smaller than the paper would
    colours = np.unique(np.concatenate(seen).reshape(-1, 3), axis=0)
    np.testing.assert_array_equal(colours, [[0, 0, 250], [250, 240, 10]])
    dark = occlusion_map(Scores(score), image, background=0, label=1)
    assert (dark > 0).all()


def test_large_and_oblong_images():
    image = np.zeros((240, 180), np.uint8)
    image[100:140, 80:100] = 255
    classifier = Scores(lambda images: images[:, 110:130, 85:95].mean(axis=(1, 2)))
    found = occlusion_map(classifier, image)
    assert found.shape == image.shape
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert (100 <= row < 140, 80 <= column < 100) == (True, True)
    flat = Scores(lambda X: classifier.decision_function(X.reshape(-1, 240, 180)))
    np.testing.assert_array_equal(
        occlusion_map(flat, image.ravel(), image_shape=(240, 180)), found
    )


def test_invalid_arguments(linear):
    with pytest.raises(ValueError, match="window must be a positive integer, got 0"):
        occlusion_map(linear, X[0], window=0)
    with pytest.raises(ValueError, match=r"window must be a positive integer, got 2\.5"):
        occlusion_map(linear, X[0], window=2.5)
    with pytest.raises(TypeError, match="Expected the pixels of an image, got str"):
        occlusion_map(linear, "seven.png")
    with pytest.raises(ValueError, match="Pass their height and width: image_shape"):
        occlusion_map(linear, X[0, :60])


def test_a_pipeline_explains_the_framed_image():
    model, picture = load_pretrained(), photographs(1, seed=3).pictures[0]
    found = occlusion_map(model, picture)
    assert found.shape == (28, 28)
    (digit,) = predict_digits(model, picture)
    again = occlusion_map(model, digit.framed, framed=True, label=digit.label)
    np.testing.assert_array_equal(again, found)
    assert not found[digit.framed == 0].all()


def test_removing_important_ink_changes_the_label_sooner_than_removing_any():
    model, rng = load_pretrained(), np.random.default_rng(0)
    images = load_mnist(subset="test").images[:20]
    n_important = n_random = 0
    for image in images:
        (digit,) = predict_digits(model, image)
        importances = occlusion_map(model, digit.framed, framed=True)
        ink = np.flatnonzero(digit.framed)
        by_importance = ink[np.argsort(-importances.ravel()[ink])]
        n_important += n_removed(model, digit, by_importance)
        n_random += n_removed(model, digit, rng.permutation(ink))
    assert n_important < n_random / 2


def n_removed(model, digit, order):
    """Count how many pixels have to be removed, in this order, until the label changes."""
    copies = np.repeat(digit.framed.reshape(1, -1), len(order), axis=0)
    for number, pixel in enumerate(order):
        copies[number:, pixel] = 0
    scores = model[1:].decision_function(copies.reshape(-1, 28, 28))
    changed = model.classes_[scores.argmax(axis=1)] != digit.label
    return int(changed.argmax()) + 1 if changed.any() else len(order)


def titles(display):
    return [axes.get_title() for axes in display.axes_.flat]


def test_the_display_explains_each_image(linear):
    display = OcclusionDisplay.from_estimator(linear, X, indices=[0, 3, 5], figure=Figure())
    assert titles(display) == list(linear.predict(X[[0, 3, 5]]))
    np.testing.assert_array_equal(display.importances[1], occlusion_map(linear, X[3]))
    image, colours = (each.get_array() for each in display.axes_[0, 1].get_images())
    np.testing.assert_array_equal(image, X[3].reshape(8, 8))
    opacity = np.asarray(colours)[..., 3]
    assert opacity.flat[np.abs(display.importances[1]).argmax()] == 1
    assert opacity.flat[np.abs(display.importances[1]).argmin()] == 0


def test_the_display_says_which_label_it_explains_instead(linear):
    display = OcclusionDisplay.from_estimator(linear, X[:2], ["a", "c"], figure=Figure())
    assert titles(display) == ["a", "for c\npredicted b"]
    assert [len(display.figure_.axes), display.axes_.size] == [3, 2]  # and the colour bar
    plain = display.plot(colorbar=False, titles=None, figure=Figure())
    assert (len(plain.figure_.axes), titles(plain)) == (2, ["", ""])


def test_the_display_explains_the_digits_of_a_page():
    model, page = load_pretrained(), write("41\n0")
    digits = predict_digits(model, page, segment=True)
    display = OcclusionDisplay.from_predictions(model, digits, figure=Figure())
    assert titles(display)[:3] == ["4", "1", "0"]
    expected = occlusion_map(model, digits[1].framed, framed=True, label=1)
    np.testing.assert_array_equal(display.importances[1], expected)
    with pytest.raises(ValueError, match="Expected at least one prediction, each with framed"):
        OcclusionDisplay.from_predictions(model, [replace(digits[0], framed=None)])


def test_a_data_frame_stays_one():
    columns = [f"pixel{number}" for number in range(64)]
    frame = pd.DataFrame(X, columns=columns)
    classifier = RidgeClassifier().fit(frame, Y)
    display = OcclusionDisplay.from_estimator(classifier, frame, n_samples=2, figure=Figure())
    assert titles(display) == ["0", "1"]


def test_images_of_several_sizes_and_in_colour():
    rng = np.random.default_rng(0)
    images = [rng.random((6, 6, 3)), rng.random((9, 7, 3))]
    classifier = Scores(lambda images: images.sum(axis=(1, 2, 3)))
    display = OcclusionDisplay.from_estimator(classifier, images, figure=Figure())
    assert [each.shape for each in display.importances] == [(6, 6), (9, 7)]
    model = make_pipeline(MNISTNormalizer(), ImageScaler(), RidgeClassifier())
    digits = load_mnist(subset="train", n_samples=200, random_state=0)
    model.fit(digits.images, digits.target)
    pictures = photographs(2, seed=3).pictures
    display = OcclusionDisplay.from_estimator(model, pictures, figure=Figure())
    assert display.images.shape == (2, 28, 28)


def test_an_image_without_anything_on_it():
    display = OcclusionDisplay.from_estimator(
        Scores(lambda images: images.sum(axis=(1, 2))), np.zeros((1, 8, 8)), figure=Figure()
    )
    assert not display.importances.any()
