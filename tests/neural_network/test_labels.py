"""Labels and samples of every kind that a classifier must take."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import __version__ as sklearn_version
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, cross_val_predict, cross_val_score
from sklearn.neural_network import MLPClassifier

from .._small import both, mlp, pipeline

NAMES = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])

LABELS = {
    "strings": lambda y: np.array([f"digit {label}" for label in y]),
    "objects": lambda y: np.array([f"digit {label}" for label in y], dtype=object),
    "unordered": lambda y: np.array([7, -3, 100, 2, 5, 11, 0, 44, 9, 1])[y],
    "bool": lambda y: y > 4,
    "list": lambda y: [str(label) for label in y],
    "whole_floats": lambda y: y.astype(float),
    "pandas": lambda y: pd.Series(y.astype(str), index=range(1000, 1000 + len(y))),
    "polars": lambda y: pl.Series("digit", y),
    "pandas_string": lambda y: pd.Series(NAMES[y]).astype("string"),
    "pandas_category": lambda y: pd.Series(NAMES[y]).astype("category"),
    "pandas_category_of_ints": lambda y: pd.Series(y).astype("category"),
    "pandas_boolean": lambda y: pd.Series(y > 4).astype("boolean"),
    "pandas_nullable_ints": lambda y: pd.Series(y).astype("Int64"),
    "column": lambda y: y.reshape(-1, 1),
}


@both
@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.filterwarnings(
    # scikit-learn's own advice about a column of labels, which is the case "column".
    "ignore:A column-vector y was passed"
)
def test_labels_come_back_as_they_went_in(kind, make, digits):
    X, y = digits[0], LABELS[kind](digits[1])
    classifier = make(epochs=8).fit(X, y)
    flat = np.asarray(y).ravel()
    np.testing.assert_array_equal(classifier.classes_, np.unique(flat))
    predicted = classifier.predict(X)
    assert np.mean(predicted == flat) > 0.7
    assert predicted.dtype == classifier.classes_.dtype
    probabilities = classifier.predict_proba(X)
    assert (probabilities.shape, probabilities.dtype) == ((300, len(set(flat))), np.float64)
    np.testing.assert_array_equal(classifier.classes_[probabilities.argmax(axis=1)], predicted)


@both
def test_two_classes_have_one_margin_positive_for_the_second(make, two):
    X, y = two[0] / 16, np.array(["no", "yes"])[two[1]]
    classifier = make(epochs=8).fit(X, y)
    margin = classifier.decision_function(X)
    assert margin.shape == (len(y),)
    np.testing.assert_array_equal(margin > 0, classifier.predict(X) == "yes")
    assert classifier.score(X, y) > 0.9


@both
def test_many_classes_have_a_logit_each(make, digits):
    classifier = make().fit(*digits)
    logits = classifier.decision_function(digits[0])
    assert logits.shape == (300, 10)
    exponentials = np.exp(logits.astype(float))
    np.testing.assert_allclose(
        classifier.predict_proba(digits[0]), exponentials / exponentials.sum(1, keepdims=True),
        rtol=1e-5,
    )  # fmt: skip


@both
def test_one_class_is_always_predicted(make, digits):
    classifier = make().fit(digits[0], ["three"] * 300)
    assert set(classifier.predict(digits[0])) == {"three"}
    assert (classifier.predict_proba(digits[0]) == 1).all()


@both
def test_a_hundred_classes(make, digits):
    y = np.arange(300) // 3
    classifier = make().fit(digits[0], y)
    assert classifier.predict_proba(digits[0]).shape == (300, 100)


@both
@pytest.mark.parametrize(
    "convert",
    [
        lambda X: X.tolist(),
        lambda X: X.astype(np.uint8),
        lambda X: X.astype(np.int64),
        lambda X: X.astype(np.float16),
        lambda X: X.astype(object),
        lambda X: np.asfortranarray(X),
        lambda X: X[:, ::-1][:, ::-1],
        lambda X: pd.DataFrame(X, columns=[f"p{i}" for i in range(64)]),
        lambda X: pl.DataFrame(X, schema=[f"p{i}" for i in range(64)]),
        lambda X: X.reshape(-1, 8, 8),
        lambda X: X.reshape(-1, 8, 8).tolist(),
        lambda X: X.reshape(-1, 8, 8, 1).astype(np.uint8),
    ],
    ids=[
        "list",
        "uint8",
        "int64",
        "float16",
        "object",
        "fortran",
        "strided",
        "pandas",
        "polars",
        "3d",
        "3d_list",
        "4d",
    ],
)
def test_samples_of_any_kind_train_alike(convert, make, raw):
    X, y = raw
    converted = convert(X)
    expected = make().fit(X, y).predict_proba(X)
    classifier = make().fit(converted, y)
    np.testing.assert_array_equal(classifier.predict_proba(converted), expected)
    assert classifier.n_features_in_ == 64
    if hasattr(converted, "columns"):
        assert list(classifier.feature_names_in_) == list(converted.columns)


@both
def test_pictures_and_rows_may_be_mixed_but_not_other_pictures(make, digits):
    X, y = digits
    classifier = make().fit(X.reshape(-1, 8, 8), y)
    np.testing.assert_array_equal(
        classifier.predict_proba(X), classifier.predict_proba(X.reshape(-1, 8, 8, 1))
    )
    with pytest.raises(ValueError, match=r"samples of shape \(4, 16\).*shape \(8, 8\)"):
        classifier.predict(X.reshape(-1, 4, 16))


@both
def test_arguments_are_not_written_into(make, digits):
    X, y, weights = digits[0].copy(), digits[1].copy(), np.linspace(0.5, 2, 300)
    class_weight = {label: 1.0 + label for label in range(10)}
    before = X.copy(), y.copy(), weights.copy(), class_weight.copy()
    for array in (X, y, weights):
        array.setflags(write=False)
    for given in (class_weight, None):
        classifier = make(class_weight=given, augmentation="light", validation_fraction=0.2)
        classifier.fit(X, y, sample_weight=weights)
        make(class_weight=given).partial_fit(X, y, classes=range(10), sample_weight=weights)
    for array, old in zip((X, y, weights), before[:3], strict=True):
        np.testing.assert_array_equal(array, old)
    assert class_weight == before[3]


@both
def test_class_weight_is_the_product_with_sample_weight(make, digits):
    X, y = digits
    weights = np.where(y == 3, 5.0, 1.0)
    expected = make().fit(X, y, sample_weight=weights).decision_function(X)
    np.testing.assert_array_equal(
        make(class_weight={3: 5.0}).fit(X, y).decision_function(X), expected
    )
    assert (make().fit(X, y).decision_function(X) != expected).any()
    balanced = np.r_[y[y == 1][:5], y[y != 1]]
    rows = np.r_[X[y == 1][:5], X[y != 1]]
    inverse = 1 / np.bincount(balanced)[balanced]
    np.testing.assert_allclose(
        make(class_weight="balanced").fit(rows, balanced).decision_function(X),
        make().fit(rows, balanced, sample_weight=inverse).decision_function(X),
        atol=1e-3,
    )  # fmt: skip


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
def test_classes_are_those_of_scikit_learns_network(kind, digits):
    X, y = digits[0], LABELS[kind](digits[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        expected = MLPClassifier((4,), max_iter=1).fit(X, y).classes_
    found = mlp(epochs=1).fit(X, y).classes_
    np.testing.assert_array_equal(found, expected)
    assert found.dtype.kind in (expected.dtype.kind, "O")  # as LogisticRegression has it


def with_missing(y, missing):
    """Give an array of objects with a label missing."""
    y = y.astype(object)
    y[3] = missing
    return y


def series(values, dtype):
    """Give a Series with a label missing."""
    labels = pd.Series(values).astype(dtype)
    labels[3] = pd.NA
    return labels


MISSING = {
    "None_among_strings": lambda y: with_missing(NAMES[y], None),
    "nan_among_strings": lambda y: with_missing(NAMES[y], np.nan),
    "NA_among_strings": lambda y: with_missing(NAMES[y], pd.NA),
    "nan_among_ints": lambda y: with_missing(y, np.nan),
    "None_among_ints": lambda y: with_missing(y, None),
    "list_with_None": lambda y: [None, *NAMES[y][1:].tolist()],
    "list_with_nan": lambda y: [float("nan"), *NAMES[y][1:].tolist()],
    "floats": lambda y: with_missing(y, np.nan).astype(float),
    "series_of_objects": lambda y: pd.Series(with_missing(NAMES[y], None)),
    "string": lambda y: series(NAMES[y], "string"),
    "category": lambda y: series(NAMES[y], "category"),
    "boolean": lambda y: series(y > 4, "boolean"),
    "nullable_ints": lambda y: series(y, "Int64"),
    "polars": lambda y: pl.Series([None, *NAMES[y][1:].tolist()]),
}


@pytest.mark.parametrize("kind", MISSING)
def test_missing_labels_are_refused_as_by_scikit_learn(kind, digits):
    X, y = digits[0], MISSING[kind](digits[1])
    for refused in (
        lambda: mlp().fit(X, y),
        lambda: mlp().partial_fit(X, y, classes=NAMES),
        lambda: mlp(epochs=1).fit(X, digits[1], X_val=X, y_val=y),
    ):
        with pytest.raises(ValueError, match="contains NaN"):
            refused()


# Weights of classes


def test_a_fold_may_lack_a_class_that_has_a_weight(digits):
    X, y = digits
    weights = dict.fromkeys(range(10), 1.0) | {3: 5.0}
    few = y != 9
    expected = mlp().fit(X[few], y[few], sample_weight=np.where(y[few] == 3, 5.0, 1.0))
    found = mlp(class_weight=weights).fit(X[few], y[few])
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    order = np.argsort(y, kind="stable")
    scores = cross_val_score(mlp(class_weight=weights), X[order], y[order], cv=KFold(5))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("named", [{0: 1.0, "1": 2.0}, {10: 3.0}, {0: 1.0, 1: 1.0, 77: 2.0}])
def test_a_class_without_a_weight_beside_a_name_that_is_none_is_refused(named, digits):
    with pytest.raises(ValueError, match=r"class_weight names .* no weight for \["):
        mlp(class_weight=named).fit(*digits)


# Probabilities


@both
def test_log_probabilities_are_the_logarithms_also_through_a_pipeline(make, raw):
    X, y = raw
    model = pipeline(make).fit(X, y)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(model.predict_proba(X)))
    assert cross_val_predict(model, X, y, cv=2, method="predict_log_proba").shape == (300, 10)


def test_log_probabilities_are_finite_where_probabilities_vanish(digits):
    classifier = mlp(epochs=1).fit(*digits)
    classifier.model_.layers[-1].kernel.assign(classifier.model_.layers[-1].kernel * 1e4)
    assert (classifier.predict_proba(digits[0]) == 0).any()
    assert np.isfinite(classifier.predict_log_proba(digits[0])).all()


@pytest.mark.parametrize(
    "ensemble",
    [
        lambda: VotingClassifier([("a", mlp()), ("b", mlp())], voting="soft"),
        lambda: BaggingClassifier(mlp(epochs=1), n_estimators=2),
        lambda: CalibratedClassifierCV(mlp(epochs=1), cv=2),
        lambda: CalibratedClassifierCV(mlp(epochs=1), cv=2, ensemble=False),
        pytest.param(
            lambda: CalibratedClassifierCV(mlp(epochs=1), cv=2, method="temperature"),
            marks=pytest.mark.skipif(
                sklearn_version.startswith(("1.6.", "1.7.")), reason="came with scikit-learn 1.8"
            ),
        ),
        lambda: StackingClassifier([("a", mlp(epochs=1))], cv=2, passthrough=False),
        mlp,
    ],
)
def test_probabilities_sum_to_one_in_ensembles_too(ensemble, digits):
    X, y = digits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        probabilities = ensemble().fit(X, y).predict_proba(X).astype(float)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    log_loss(y, probabilities)  # warns where they do not
