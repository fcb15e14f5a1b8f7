"""Digits of a picture are predicted, with what belongs to each."""

import copy
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from skdigits import (
    Deskewer,
    ImageScaler,
    MNISTNormalizer,
    load_pretrained,
    predict_digits,
    segment_digits,
)
from skdigits.exceptions import BlankPictureError
from skdigits.images import _reading
from skdigits.images._reading import Candidate


class Counting(ClassifierMixin, BaseEstimator):
    """Say of each picture that it is as many as it is in its call, and keep the calls."""

    def __init__(self, n_classes=10):
        self.n_classes = n_classes
        self.calls = []
        self.classes_ = np.arange(n_classes)

    def fit(self, X, y=None):
        return self

    def predict_proba(self, X):
        self.calls.append(np.asarray(X))
        shares = np.full((len(X), self.n_classes), 0.02)
        shares[np.arange(len(X)), np.arange(len(X)) % self.n_classes] = 0.9
        return shares


def test_a_picture_is_one_digit(framed_mlp, written):
    (digit,) = predict_digits(framed_mlp, written["7"])
    assert digit.label == 7
    assert type(digit.label) is int
    assert digit.box is None
    assert digit.line == 0
    assert digit.probabilities.shape == (10,)
    ordered = np.sort(digit.probabilities)
    assert (digit.probability, digit.runner_up_probability) == (ordered[-1], ordered[-2])
    assert digit.classes[digit.probabilities.argmax()] == digit.label
    assert digit.probabilities[digit.runner_up] == digit.runner_up_probability
    expected = framed_mlp.predict_proba([written["7"]])[0]
    np.testing.assert_array_equal(digit.probabilities, expected)
    np.testing.assert_array_equal(digit.framed, framed_mlp[0].transform([written["7"]])[0])


def test_a_number_is_read_in_order_with_boxes(framed_mlp, written):
    digits = predict_digits(framed_mlp, written["41\n0"], segment=True)
    assert [digit.label for digit in digits] == [4, 1, 0]
    assert [digit.line for digit in digits] == [0, 0, 1]
    assert [digit.box for digit in digits] == [
        segment.box for segment in segment_digits(written["41\n0"])
    ]


def test_all_digits_go_through_one_call(written):
    model = make_pipeline(MNISTNormalizer(), Counting())
    digits = predict_digits(model, written["41\n0"], segment=True)
    assert [digit.label for digit in digits] == [0, 1, 2]
    (call,) = model[-1].calls
    np.testing.assert_array_equal(call, [digit.framed for digit in digits])


def test_the_step_is_found_within_pipelines_and_before_others(written):
    classifier = Counting()
    model = make_pipeline(
        "passthrough",
        make_pipeline(MNISTNormalizer(), Deskewer().fit(np.zeros((1, 28, 28)))),
        classifier,
    )
    (digit,) = predict_digits(model, written["7"])
    assert digit.framed.dtype == np.uint8
    # The classifier got what came after it.
    assert classifier.calls[0].dtype == np.float32


def test_polarity_can_be_told_and_the_model_stays_as_it_is(framed_mlp, written):
    model = make_pipeline(MNISTNormalizer(invert=True), framed_mlp[1:])
    (own,), (told,) = (predict_digits(model, written["7"], invert=i) for i in ("auto", True))
    np.testing.assert_array_equal(own.framed, told.framed)
    with pytest.raises(BlankPictureError):
        predict_digits(model, written["7"], invert=False)
    assert model[0].get_params() == {"invert": True, "handle_blank": "error"}
    # Separated digits are bright, even where the model's step expects dark ink.
    (cut,) = predict_digits(model, written["7"], segment=True)
    assert cut.label == own.label == 7


def test_separation_asks_the_models_own_step_for_the_polarity(framed_mlp):
    # A thick bright one, which could be a sheet of paper on a dark table.
    picture = np.full((64, 60), 12, dtype=np.uint8)
    picture[4:60, 20:41] = 240
    model = make_pipeline(MNISTNormalizer(invert=False), framed_mlp[1:])
    (digit,) = predict_digits(model, picture, segment=True)
    assert digit.box == (4, 20, 60, 41)


def test_a_second_framing_step_does_no_harm(framed_mlp, written):
    twice = make_pipeline(MNISTNormalizer(), framed_mlp)
    for invert in ("auto", True):
        (digit,) = predict_digits(twice, written["7"], invert=invert)
        assert digit.label == 7


def test_what_the_step_finds_blank_is_left_out(written, monkeypatch):
    def find(writing, groups):
        speck = Candidate(np.array([1, 2, 3, 4]), np.zeros((40, 40), np.uint8))
        found = whole_candidates(writing, groups)
        return [*found[:1], speck, *found[1:]]

    whole_candidates = _reading.whole_candidates
    monkeypatch.setattr(_reading, "whole_candidates", find)
    model = make_pipeline(MNISTNormalizer(), MNISTNormalizer(), Counting())
    digits = predict_digits(model, written["41\n0"], segment=True)
    expected = segment_digits(written["41\n0"])
    assert [digit.box for digit in digits] == [segment.box for segment in expected]
    np.testing.assert_array_equal(model[-1].calls[0], [digit.framed for digit in digits])


@pytest.mark.parametrize("segment", [False, True])
@pytest.mark.parametrize("handle_blank", ["error", "zeros"])
def test_a_blank_picture_is_an_error(segment, handle_blank):
    model = make_pipeline(MNISTNormalizer(handle_blank=handle_blank), Counting())
    with pytest.raises(BlankPictureError) as caught:
        predict_digits(model, np.full((40, 40), 240, np.uint8), segment=segment)
    assert caught.value.indices == (0,)


def test_a_model_without_framing_takes_pictures_of_its_own_size(framed_mlp, written):
    model = framed_mlp[1:]
    digit = predict_digits(framed_mlp, written["7"])[0]
    (again,) = predict_digits(model, digit.framed)
    assert again.framed is None
    np.testing.assert_array_equal(again.probabilities, digit.probabilities)
    coloured = np.repeat(digit.framed[..., np.newaxis], 3, axis=2)
    (again,) = predict_digits(model, coloured)
    np.testing.assert_allclose(again.probabilities, digit.probabilities, atol=1e-4)


def test_a_model_without_framing_says_what_to_put_before_it(framed_mlp, written):
    model = framed_mlp[1:]
    for image, options in (
        (written["7"], {}),
        (written["41\n0"], {"segment": True}),
        (np.zeros((28, 28), np.uint8), {"invert": True}),
    ):
        with pytest.raises(ValueError, match=r"make_pipeline\(MNISTNormalizer\(\), model\)"):
            predict_digits(model, image, **options)
    wrapped = make_pipeline(MNISTNormalizer(), model)
    assert predict_digits(wrapped, written["7"])[0].label == 7


def test_the_advice_for_a_model_of_rows_works(written):
    rows = np.random.RandomState(0).randint(0, 256, size=(20, 784))
    model = KNeighborsClassifier().fit(rows, np.arange(20) % 10)
    with pytest.raises(ValueError, match=r"If the model takes flat samples") as caught:
        predict_digits(model, written["7"])
    step = str(caught.value).rpartition("add between them: ")[2]
    between = eval(step, {"FunctionTransformer": FunctionTransformer})
    assert len(predict_digits(make_pipeline(MNISTNormalizer(), between, model), written["7"])) == 1


def test_two_and_one_classes(written):
    two = predict_digits(make_pipeline(MNISTNormalizer(), Counting(2)), written["7"])[0]
    assert (two.label, two.runner_up, two.runner_up_probability) == (0, 1, 0.02)
    one = predict_digits(make_pipeline(MNISTNormalizer(), Counting(1)), written["7"])[0]
    assert (one.label, one.runner_up, one.runner_up_probability) == (0, None, 0.0)


def test_what_cannot_be_used_is_refused(written):
    with pytest.raises(TypeError, match="found LinearSVC"):
        predict_digits(make_pipeline(MNISTNormalizer(), LinearSVC()), written["7"])
    with pytest.raises(ValueError, match="invert must be"):
        predict_digits(make_pipeline(MNISTNormalizer(), Counting()), written["7"], invert="no")
    with pytest.raises(NotFittedError):
        predict_digits(make_pipeline(ImageScaler(), Counting()), np.zeros((28, 28)))


def test_ink_that_cannot_be_a_digit_is_no_digit_and_not_blank(framed_mlp, without_ones):
    image = np.full((200, 300), 245, np.uint8)
    image[95:103, 80:220] = 20  # a dash
    for model in (framed_mlp, without_ones):
        (digit,) = predict_digits(model, image, segment=True)
        assert (digit.is_digit, digit.left_out) == (False, "no digit")
        assert digit.framed.any()


def test_noise_is_not_a_sure_digit():
    model, rng = load_pretrained(), np.random.RandomState(0)
    for side in (16, 28, 64, 150):
        for share in (0.05, 0.2, 0.5, 0.8):
            noise = 255 * (rng.rand(side, side) < share).astype(np.uint8)
            try:
                (digit,) = predict_digits(model, noise)
            except BlankPictureError:
                continue
            assert not digit.is_digit or digit.probability < 0.9, (side, share)


@pytest.mark.parametrize("image", ["seven.png", Path("seven.png"), b"\x89PNG", ["seven.png"]])
def test_a_file_is_told_how_it_is_read(framed_mlp, image):
    for use in (
        lambda: predict_digits(framed_mlp, image),
        lambda: predict_digits(framed_mlp, image, segment=True),
        lambda: segment_digits(image),
        lambda: framed_mlp.predict(image),
    ):
        with pytest.raises(TypeError, match=r"skdigits\.read_image\(('seven\.png'|content)\)"):
            use()


def test_what_is_no_digit_is_said(without_ones, written):
    digits = predict_digits(without_ones, written["41\n0"], segment=True)
    assert [digit.is_digit for digit in digits] == [True, False, True]
    assert [digit.left_out for digit in digits] == [None, "no digit", None]
    assert [digits[0].label, digits[2].label] == [4, 0]
    frames = np.array([digit.framed for digit in digits])
    odds = np.exp(without_ones.score_samples(frames))
    found = [digit.digit_probability for digit in digits]
    np.testing.assert_allclose(found, odds / (1 + odds), rtol=1e-4, atol=1e-6)
    shares = np.array([digit.probabilities.max() for digit in digits])
    joint = [digit.probability for digit in digits]
    np.testing.assert_allclose(joint, shares * odds / (1 + odds), rtol=1e-4, atol=1e-6)
    (whole,) = predict_digits(without_ones, written["7"])
    assert (whole.label, whole.is_digit, whole.left_out) == (7, True, None)
    assert all(1 not in digit.classes for digit in digits)


def test_the_threshold_of_the_model_decides(without_ones, written):
    scaler, classifier = without_ones[1], copy.copy(without_ones[2])
    model = make_pipeline(MNISTNormalizer(), scaler, classifier)
    for threshold, expected in ((-np.inf, True), (np.inf, False)):
        classifier.set_params(outlier_threshold=threshold)
        for segment in (False, True):
            digits = predict_digits(model, written["7"], segment=segment)
            assert {digit.is_digit for digit in digits} == {expected}


def test_a_model_that_cannot_tell_takes_everything_for_a_digit(framed_mlp, written):
    (digit,) = predict_digits(framed_mlp, written["7"])
    assert (digit.is_digit, digit.left_out, digit.digit_probability) == (True, None, None)
