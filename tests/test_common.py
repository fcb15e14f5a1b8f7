"""scikit-learn's own checks of an estimator."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdigits import KerasCNNClassifier, KerasMLPClassifier

from ._small import both, pipeline

EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "mini-batches of repeated samples are other batches than those of weighted samples; "
        "test_weights_equal_repetition shows the equivalence for a single batch"
    )
}


@parametrize_with_checks(
    [KerasMLPClassifier(), KerasCNNClassifier()],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
@pytest.mark.filterwarnings(
    # The checks' data has 1 to 20 columns, mostly no square.
    "ignore:.*features do not form a square image:UserWarning",
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@both
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_weights_equal_repetition(make, optimizer, digits):
    X, y = digits[0][:120], digits[1][:120]
    counts = np.random.RandomState(0).randint(0, 4, len(y))
    classifier = make(batch_size=1000, epochs=20, optimizer=optimizer, learning_rate=0.003)
    weighted = classifier.fit(X, y, sample_weight=counts).decision_function(X)
    unweighted = classifier.fit(X, y).decision_function(X)
    repeated = classifier.fit(X.repeat(counts, 0), y.repeat(counts)).decision_function(X)
    np.testing.assert_allclose(weighted, repeated, atol=2e-5)
    assert np.abs(unweighted - repeated).max() > 1e-3


@both
def test_is_classifier_and_gets_stratified_folds(make, raw):
    X, y = raw
    order = np.argsort(y, kind="stable")
    classifier = pipeline(make, epochs=8)
    assert is_classifier(make())
    assert is_classifier(classifier)
    assert type(check_cv(3, y, classifier=is_classifier(classifier))).__name__ == "StratifiedKFold"
    # Unstratified folds of sorted labels would hold classes that were never trained on.
    assert cross_val_score(classifier, X[order], y[order], cv=3).min() > 0.5
