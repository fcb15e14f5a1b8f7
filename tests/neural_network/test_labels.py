"""Labels and samples of every kind that a classifier must take."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from .._small import both

LABELS = {
    "strings": lambda y: np.array([f"digit {label}" for label in y]),
    "objects": lambda y: np.array([f"digit {label}" for label in y], dtype=object),
    "unordered": lambda y: np.array([7, -3, 100, 2, 5, 11, 0, 44, 9, 1])[y],
    "bool": lambda y: y > 4,
    "list": lambda y: [str(label) for label in y],
    "whole_floats": lambda y: y.astype(float),
    "pandas": lambda y: pd.Series(y.astype(str), index=range(1000, 1000 + len(y))),
    "polars": lambda y: pl.Series("digit", y),
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
    assert (probabilities.shape, probabilities.dtype) == ((300, len(set(flat))), np.float32)
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
