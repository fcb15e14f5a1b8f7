"""What is no digit is recognised also within searches and ensembles, and nothing is confused."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, MNISTNormalizer, load_mnist, predict_digits
from skdigits.images._refusal import can_refuse, refusal_threshold

from .._pages import write
from .._small import mlp

#: One of the digits stands for everything that is none of the others. It is the last one, because
#: votes and bagging number the labels.
NONE = 9
SCALER = ImageScaler().fit(np.zeros((1, 784), np.uint8))


@pytest.fixture(scope="module")
def samples():
    X, y = load_mnist(subset="train", n_samples=1500, return_X_y=True, random_state=0)
    return SCALER.transform(X), y


@pytest.fixture(scope="module")
def without_nines(samples):
    return mlp(epochs=6, outlier_label=NONE).fit(*samples)


def member(seed=0, **parameters):
    return mlp(epochs=6, outlier_label=NONE, **(parameters | {"random_state": seed}))


def frozen(X, y, fitted):
    return FrozenEstimator(fitted)


def search(X, y, fitted):
    return GridSearchCV(member(), {"batch_size": [32]}, cv=2).fit(X, y)


def search_of_pipelines(X, y, fitted):
    model = make_pipeline(ImageScaler(data_range=(0, 1)), member())
    grid = {"kerasmlpclassifier__batch_size": [32]}
    return FrozenEstimator(GridSearchCV(model, grid, cv=2).fit(X, y))


def soft_vote(X, y, fitted):
    voters = [(str(seed), member(seed)) for seed in range(3)]
    vote = VotingClassifier(voters, voting="soft", weights=[1, 5, 2])
    return vote.set_params(**{"1": "drop"}).fit(X, y)


def bag(X, y, fitted):
    return BaggingClassifier(member(), 2, max_features=0.9, random_state=0).fit(X, y)


def calibrated(X, y, fitted):
    return CalibratedClassifierCV(member(), cv=2).fit(X, y)


def calibrated_afterwards(X, y, fitted):
    kept = y != NONE
    after = CalibratedClassifierCV(FrozenEstimator(fitted), method="isotonic")
    return after.fit(X[kept], y[kept])


def stack_of_fitted(X, y, fitted):
    kept = y != NONE
    stack = StackingClassifier([("one", fitted)], LogisticRegression(), cv="prefit")
    return stack.fit(X[kept], y[kept])


def calibrated_vote(X, y, fitted):
    vote = VotingClassifier([("one", member()), ("two", member(1))], voting="soft")
    return CalibratedClassifierCV(vote, cv=2).fit(X, y)


KINDS = [
    frozen,
    search,
    search_of_pipelines,
    soft_vote,
    bag,
    calibrated,
    calibrated_afterwards,
    stack_of_fitted,
    calibrated_vote,
]


@pytest.fixture(scope="module", params=KINDS, ids=lambda make: make.__name__)
def model(request, samples, without_nines):
    return make_pipeline(MNISTNormalizer(), SCALER, request.param(*samples, without_nines))


@pytest.mark.parametrize("segment", [False, True])
def test_no_digit_is_said(model, segment):
    page = write("79") if segment else write("9")
    *others, nine = predict_digits(model, page, segment=segment)
    assert (nine.is_digit, nine.left_out) == (False, "no digit")
    assert nine.digit_probability < 0.5
    for seven in others or predict_digits(model, write("7")):
        assert (seven.label, seven.left_out) == (7, None)
        assert seven.digit_probability > 0.5
        assert seven.classes.tolist() == list(range(9))
        assert seven.probabilities.shape == (9,)
        assert seven.probabilities.sum() == pytest.approx(1)


@pytest.mark.parametrize("segment", [False, True])
def test_images_are_framed_by_a_pipeline_within(without_ones, segment):
    model = FrozenEstimator(without_ones)
    digits, expected = (
        predict_digits(each, write("17"), segment=segment) for each in (model, without_ones)
    )
    assert [each.left_out for each in digits] == [each.left_out for each in expected]
    for digit, other in zip(digits, expected, strict=True):
        np.testing.assert_array_equal(digit.framed, other.framed)
        np.testing.assert_array_equal(digit.probabilities, other.probabilities)


def test_a_vote_gives_the_mean_of_its_members(samples, without_nines):
    vote = soft_vote(*samples, without_nines)
    pictures = load_mnist(subset="test", n_samples=20, random_state=0).images
    X = SCALER.transform(pictures.reshape(20, -1))
    odds = [member.score_samples(X) for member in vote.estimators_]
    expected = (expit(odds[0]) + 2 * expit(odds[1])) / 3
    model = make_pipeline(SCALER, vote)
    found = [predict_digits(model, picture)[0].digit_probability for picture in pictures]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)


def test_thresholds_of_members_are_averaged_like_their_scores(samples, without_nines):
    vote = soft_vote(*samples, without_nines)
    for member, threshold in zip(vote.estimators_, (1.0, -2.0), strict=True):
        member.set_params(outlier_threshold=threshold)
    mean = (expit(1.0) + 2 * expit(-2.0)) / 3
    assert expit(refusal_threshold(vote)) == pytest.approx(mean)
    for threshold in (-np.inf, np.inf, 3.0):
        for member in vote.estimators_:
            member.set_params(outlier_threshold=threshold)
        assert refusal_threshold(vote) == pytest.approx(threshold)


def test_a_model_that_cannot_tell(samples):
    X, y = samples
    vote = VotingClassifier([("one", mlp())], voting="soft")
    assert not can_refuse(vote)
    model = make_pipeline(MNISTNormalizer(), SCALER, vote.fit(X, y))
    assert not can_refuse(model)
    assert refusal_threshold(model) == -np.inf
    (nine,) = predict_digits(model, write("9"))
    assert (nine.is_digit, nine.digit_probability) == (True, None)
    assert nine.classes.tolist() == list(range(10))
