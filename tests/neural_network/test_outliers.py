"""Samples that show none of the classes: the network learns them, and nobody predicts them."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler

from .._small import both, cnn, mlp

#: One of the digits stands for everything that is none of the others.
NONE = 9


@pytest.fixture(scope="module")
def fitted(digits):
    return mlp(epochs=20, outlier_label=NONE).fit(*digits)


def outputs_of_network(classifier, X):
    """Compute what the network itself gives, with the output for outliers last."""
    return classifier.model_(X.reshape(len(X), *classifier.input_shape_)).numpy().astype(float)


@both
def test_probabilities_are_those_of_the_classes_alone(make, digits):
    X, y = digits
    classifier = make(outlier_label=NONE).fit(X, y)
    outputs = outputs_of_network(classifier, X)
    assert outputs.shape == (len(X), 10)
    assert classifier.classes_.tolist() == list(range(9))
    logits, close = classifier.decision_function(X), {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(logits, outputs[:, :9] - outputs[:, 9:], **close)
    np.testing.assert_allclose(classifier.predict_proba(X), softmax(outputs[:, :9], 1), **close)
    np.testing.assert_array_equal(
        np.log(classifier.predict_proba(X)).argmax(1), classifier.predict_log_proba(X).argmax(1)
    )
    np.testing.assert_array_equal(classifier.predict(X), classifier.classes_[logits.argmax(1)])


def test_the_score_is_the_log_odds_of_a_class(fitted, digits):
    outputs = softmax(outputs_of_network(fitted, digits[0]), axis=1)
    score = fitted.score_samples(digits[0])
    np.testing.assert_allclose(1 / (1 + np.exp(score)), outputs[:, 9], rtol=1e-4, atol=1e-6)


def test_the_score_tells_outliers_from_the_classes(fitted, digits):
    X, y = digits
    assert roc_auc_score(y != NONE, fitted.score_samples(X)) > 0.99
    classes = y != NONE
    assert fitted.score(X[classes], y[classes]) > 0.95
    assert fitted.score(X, y) <= classes.mean()  # outliers count as errors


def test_outliers_count_as_a_class_in_the_history(fitted, digits):
    outputs = outputs_of_network(fitted, digits[0])
    labels = np.arange(10)[outputs.argmax(axis=1)]
    assert np.mean(labels == digits[1]) == pytest.approx(fitted.history_["accuracy"][-1], abs=0.05)


def test_without_outlier_label_the_score_is_of_the_logits(digits):
    X, y = digits
    classifier = mlp().fit(X, y)
    expected = np.log(np.exp(classifier.decision_function(X)).sum(axis=1))
    np.testing.assert_allclose(classifier.score_samples(X), expected)
    assert not hasattr(classifier, "outlier_label_")


@pytest.mark.parametrize(
    ("relabel", "outlier_label"),
    [
        (lambda y: np.where(y == NONE, -1, y), -1),
        (lambda y: np.where(y == NONE, -1.0, y), -1),
        (lambda y: np.where(y == NONE, 4, y + 10), np.int64(4)),
        (lambda y: np.where(y == NONE, "none", y.astype(str)), "none"),
        (lambda y: np.where(y == NONE, "none", y.astype(str)).astype(object), "none"),
        (lambda y: [str(label) for label in y], "9"),
    ],
)
def test_any_kind_of_label(fitted, digits, relabel, outlier_label):
    X, y = digits[0], relabel(digits[1])
    classifier = mlp(epochs=20, outlier_label=outlier_label).fit(X, y)
    assert classifier.classes_.tolist() == sorted(set(np.asarray(y).tolist()) - {outlier_label})
    assert classifier.outlier_label_ == outlier_label
    np.testing.assert_array_equal(classifier.decision_function(X), fitted.decision_function(X))


def test_two_classes_have_one_score(digits):
    X, y = digits
    few = np.isin(y, (0, 1, NONE))
    classifier = mlp(outlier_label=NONE).fit(X[few], y[few])
    logits = classifier.decision_function(X)
    assert logits.shape == (len(X),)
    np.testing.assert_array_equal(classifier.predict(X), (logits > 0).astype(int))
    assert classifier.predict_proba(X).shape == (len(X), 2)


def test_one_class_and_outliers(digits):
    X, y = digits
    few = np.isin(y, (0, NONE))
    classifier = mlp(epochs=10, outlier_label=NONE).fit(X[few], y[few])
    assert set(classifier.predict(X)) == {0}
    assert roc_auc_score(y[few] == 0, classifier.score_samples(X[few])) > 0.99


@pytest.mark.parametrize(
    ("parameters", "labels", "match"),
    [
        (
            {"outlier_label": -1},
            [0, 1, 2],
            r"No sample has the label outlier_label=-1\. Add .*None",
        ),
        ({"outlier_label": "1"}, [0, 1, 2], r"No sample has the label outlier_label='1'\. Add"),
        ({"outlier_label": 3}, [3, 3, 3], r"All samples have the label outlier_label=3, so"),
        ({"outlier_label": [1]}, [0, 1, 2], "'outlier_label' parameter .* must be"),
        ({"outlier_label": np.nan}, [0, 1, 2], "'outlier_label' parameter .* must be"),
        ({"outlier_label": np.inf}, [0, 1, 2], "'outlier_label' parameter .* must be"),
        ({"outlier_threshold": "low"}, [0, 1, 2], "'outlier_threshold' parameter .* must be"),
        ({"outlier_threshold": np.nan}, [0, 1, 2], "'outlier_threshold' parameter .* must be"),
    ],
)
def test_what_is_wrong_is_said(parameters, labels, match):
    with pytest.raises(ValueError, match=match):
        mlp(**parameters).fit(np.eye(3), labels)


@pytest.mark.parametrize("classes", [range(9), range(10)])
def test_batches_may_lack_outliers_or_hold_nothing_else(digits, classes):
    X, y = digits
    classifier = mlp(outlier_label=NONE)
    classifier.partial_fit(X[y != NONE], y[y != NONE], classes=list(classes))
    before = classifier.score_samples(X[y == NONE]).mean()
    for _ in range(3):
        classifier.partial_fit(X[y == NONE], y[y == NONE])
    assert classifier.classes_.tolist() == list(range(9))
    assert classifier.score_samples(X[y == NONE]).mean() < before
    with pytest.raises(ValueError, match="labels that the classifier does not know: \\[12\\]"):
        classifier.partial_fit(X, np.where(y == 3, 12, y))


def test_classes_without_a_class_are_refused(digits):
    with pytest.raises(ValueError, match=r"classes holds nothing but outlier_label=9\. Pass"):
        mlp(outlier_label=NONE).partial_fit(*digits, classes=[NONE])


def test_a_warm_start_continues_with_the_same_outliers(digits):
    X, y = digits
    classifier = mlp(outlier_label=NONE, warm_start=True).fit(X, y)
    loss = classifier.history_["loss"][-1]
    classes = y != NONE
    assert classifier.fit(X[classes], y[classes]).n_epochs_ == 6
    assert classifier.history_["loss"][-1] < loss
    for other in (None, -1):
        classifier.set_params(outlier_label=other)
        for fit in (classifier.fit, classifier.partial_fit):
            with pytest.raises(ValueError, match=r"outlier_label=9, and .*Set outlier_label=9"):
                fit(X, y)
    # What it was fitted with decides how it predicts.
    assert classifier.predict_proba(X).shape == (len(X), 9)


def test_a_new_fit_forgets_outliers(digits):
    X, y = digits
    classifier = mlp(outlier_label=NONE).fit(X, y).set_params(outlier_label=None).fit(X, y)
    assert classifier.predict_proba(X).shape == (len(X), 10)
    assert not hasattr(classifier, "outlier_label_")


@pytest.mark.parametrize("validation", ["held out", "given"])
def test_validation_and_early_stopping_see_outliers(digits, validation):
    X, y = digits
    given = {"X_val": X[200:], "y_val": y[200:]} if validation == "given" else {}
    classifier = mlp(epochs=60, early_stopping=True, patience=2, outlier_label=NONE)
    classifier.fit(X[:200], y[:200], **given)
    assert max(classifier.history_["val_accuracy"]) > 0.6
    assert classifier.n_epochs_ < 60


def test_outliers_weigh_one_unless_named(digits):
    X, y = digits

    def fit(sample_weight=None, **parameters):
        classifier = mlp(outlier_label=NONE, **parameters).fit(X, y, sample_weight)
        return classifier.score_samples(X)

    plain = fit()
    np.testing.assert_array_equal(fit(class_weight=dict.fromkeys(range(9), 1.0)), plain)
    heavy = fit(class_weight={NONE: 20.0})
    np.testing.assert_allclose(heavy, fit(np.where(y == NONE, 20.0, 1.0)), rtol=1e-5, atol=1e-5)
    assert heavy.mean() < plain.mean()
    shares = len(y) / (10 * np.bincount(y))
    np.testing.assert_allclose(fit(class_weight="balanced"), fit(shares[y]), rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match=r"names \[-1\], which are not among .*9\]"):
        fit(class_weight={-1: 2.0})


def test_changed_copies_are_averaged_before(digits):
    X, y = digits
    classifier = cnn(outlier_label=NONE).fit(X, y)
    once = classifier.decision_function(X[:20])
    classifier.set_params(test_time_shift=1)
    assert classifier.decision_function(X[:20]).shape == once.shape
    assert np.abs(classifier.decision_function(X[:20]) - once).max() > 1e-3


def test_copies_and_pickles_keep_it(fitted, digits):
    again = pickle.loads(pickle.dumps(fitted))
    assert again.outlier_label_ == NONE
    np.testing.assert_array_equal(again.score_samples(digits[0]), fitted.score_samples(digits[0]))
    unfitted = clone(fitted.set_params(outlier_threshold=1.5))
    fitted.set_params(outlier_threshold=0.0)
    params = unfitted.get_params()
    assert (params["outlier_label"], params["outlier_threshold"]) == (NONE, 1.5)
    assert not hasattr(unfitted, "outlier_label_")


def test_a_training_resumes_with_its_outliers(digits, tmp_path):
    X, y = digits
    whole = mlp(outlier_label=NONE).fit(X, y)
    for epochs in (1, 3):
        resumed = mlp(outlier_label=NONE, epochs=epochs, checkpoint_dir=tmp_path).fit(X, y)
    np.testing.assert_array_equal(resumed.score_samples(X), whole.score_samples(X))
    again = mlp(outlier_label=NONE, checkpoint_dir=tmp_path).fit(X, y)
    np.testing.assert_array_equal(again.score_samples(X), whole.score_samples(X))


def test_a_search_through_a_pipeline(raw):
    model = make_pipeline(ImageScaler(data_range=(0, 16)), mlp(outlier_label=NONE))
    grid = {"kerasmlpclassifier__hidden_layer_sizes": [(8,), (24,)]}
    search = GridSearchCV(model, grid, cv=2).fit(*raw)
    assert search.best_estimator_.classes_.tolist() == list(range(9))
    assert search.best_score_ < np.mean(raw[1] != NONE)
    assert search.score_samples(raw[0]).shape == (len(raw[0]),)


def soft_vote(classifier):
    return VotingClassifier([("one", classifier), ("two", classifier)], voting="soft")


def hard_vote(classifier):
    return VotingClassifier([("one", classifier), ("two", classifier)])


def bagging(classifier):
    return BaggingClassifier(classifier, n_estimators=2, random_state=0)


def calibration(classifier):
    return CalibratedClassifierCV(classifier, cv=2)


def stacking(classifier):
    return StackingClassifier([("one", classifier)], LogisticRegression(), cv=2)


def stacking_at_the_end(classifier):
    return StackingClassifier([("one", GaussianNB())], classifier, cv=2)


def search(classifier):
    return GridSearchCV(classifier, {"batch_size": [16]}, cv=2)


@pytest.mark.filterwarnings("ignore:Number of classes in training fold")
@pytest.mark.parametrize("outlier_label", [-1, 0, 4, 9])
@pytest.mark.parametrize(
    "make",
    [
        search,
        soft_vote,
        hard_vote,
        bagging,
        calibration,
        stacking,
        stacking_at_the_end,
        OneVsRestClassifier,
        OneVsOneClassifier,
        OutputCodeClassifier,
    ],
)
def test_ensembles_predict_the_right_classes_or_fail(digits, make, outlier_label):
    X, y = digits
    # The others keep their order, above and below the outliers.
    others = [label for label in range(10) if label != outlier_label]
    y = np.where(y == NONE, outlier_label, np.take(others, np.minimum(y, 8)))
    ensemble = make(mlp(epochs=15, outlier_label=outlier_label))
    try:
        predicted = ensemble.fit(X, y).predict(X)
    except ValueError:
        return
    is_class = y != outlier_label
    assert np.mean(predicted[is_class] == y[is_class]) > 0.9


@pytest.mark.parametrize(
    ("make", "outlier_label"),
    [
        (search, -1),
        (search, 9),
        (soft_vote, 9),
        (hard_vote, 9),
        (bagging, 9),
        (calibration, -1),
        (calibration, 9),
    ],
)
def test_ensembles_in_which_outliers_can_be_used(digits, make, outlier_label):
    X, y = digits
    y = np.where(y == NONE, outlier_label, y)
    ensemble = make(mlp(epochs=15, outlier_label=outlier_label)).fit(X, y)
    is_class = y != outlier_label
    assert ensemble.score(X[is_class], y[is_class]) > 0.9
    assert outlier_label not in ensemble.predict(X)


@pytest.mark.parametrize("make", [soft_vote, bagging])
def test_ensembles_that_number_labels_anew_say_what_to_do(digits, make):
    X, y = digits
    with pytest.raises(ValueError, match=r"label outlier_label=-1.*the largest for outliers"):
        make(mlp(outlier_label=-1)).fit(X, np.where(y == NONE, -1, y))


@pytest.mark.parametrize("outlier_label", [0, 5])
def test_a_number_that_ensembles_would_confuse_is_refused(digits, outlier_label):
    X, y = digits
    match = rf"outlier_label={outlier_label} is one of the labels 0 to 9\. .*set outlier_label=-1"
    with pytest.raises(ValueError, match=match):
        mlp(outlier_label=outlier_label).fit(X, y)
    for classes in (range(10), [label for label in range(10) if label != outlier_label]):
        with pytest.raises(ValueError, match=match):
            mlp(outlier_label=outlier_label).partial_fit(X, y, classes=list(classes))


@pytest.mark.parametrize(
    ("labels", "outlier_label"),
    [([0, 1, 2], True), ([0, 1, 1], False), ([True, False, True], 1), (["a", "b", "c"], True)],
)
def test_true_is_not_one(labels, outlier_label):
    with pytest.raises(ValueError, match=f"outlier_label={outlier_label} is not a label like"):
        mlp(outlier_label=outlier_label).fit(np.eye(3), labels)
    with pytest.raises(ValueError, match=f"outlier_label={outlier_label} is not a label like"):
        mlp(outlier_label=outlier_label).partial_fit(np.eye(3), labels, classes=labels)


def test_true_may_be_a_label_where_all_labels_are(two):
    X, y = two
    for outlier_label in (True, np.True_):
        classifier = mlp(epochs=20, outlier_label=outlier_label).fit(X / 16, y == 1)
        assert classifier.classes_.tolist() == [False]
        assert roc_auc_score(y == 0, classifier.score_samples(X / 16)) > 0.99


def test_no_warning_where_label_and_labels_are_of_other_kinds(digits):
    X, y = digits
    with warnings.catch_warnings(action="error"), pytest.raises(ValueError, match="'none'"):
        mlp(outlier_label="none").fit(X, y)
