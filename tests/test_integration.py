"""What scikit-learn does with a classifier, done with both, inside a Pipeline."""

from __future__ import annotations

import copy
import io
import pickle

import cloudpickle
import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, log_loss, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

from skdigits import BaseKerasClassifier, ImageScaler

from ._small import both, cnn, figures, mlp, pipeline


def step_name(make):
    return pipeline(make).steps[-1][0]


# Searches


@both
@pytest.mark.parametrize(
    ("search", "options"),
    [
        (GridSearchCV, {}),
        (RandomizedSearchCV, {"n_iter": 2, "random_state": 0}),
        (HalvingGridSearchCV, {"factor": 2, "min_resources": 150, "random_state": 0}),
    ],
)
def test_search_finds_the_better_parameter(search, options, make, raw):
    grid = {f"{step_name(make)}__learning_rate": [1e-6, 0.01]}
    found = search(pipeline(make, epochs=5), grid, cv=2, error_score="raise", **options).fit(*raw)
    assert list(found.best_params_.values()) == [0.01]
    assert found.best_score_ > 0.5
    assert found.score(*raw) > 0.6


# Cross-validation


@both
def test_cross_val_predict_gives_probabilities(make, raw):
    X, y = raw
    probabilities = cross_val_predict(pipeline(make), X, y, cv=2, method="predict_proba")
    assert probabilities.shape == (300, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert roc_auc_score(y, probabilities, multi_class="ovr") > 0.8


@both
def test_roc_auc_of_two_classes_by_either_method(make, two):
    classifier = pipeline(make, epochs=8)
    assert cross_val_score(classifier, *two, cv=2, scoring="roc_auc").min() > 0.95
    classifier.fit(*two)
    margins, probabilities = classifier.decision_function(two[0]), classifier.predict_proba(two[0])
    assert roc_auc_score(two[1], margins) > 0.95
    np.testing.assert_allclose(probabilities[:, 1], 1 / (1 + np.exp(-margins)), rtol=1e-4)


@both
def test_learning_curve_rises(make, raw):
    _, _, scores = learning_curve(
        pipeline(make, epochs=6), *raw, cv=2, train_sizes=[0.1, 1.0], shuffle=True, random_state=0
    )
    assert scores[1].mean() > scores[0].mean() + 0.1


# Ensembles and other wrappers

WRAPPERS = {
    "voting": lambda est: VotingClassifier(
        [("network", est), ("linear", LogisticRegression())], voting="soft"
    ),
    "stacking": lambda est: StackingClassifier([("network", est)], LogisticRegression(), cv=2),
    "bagging": lambda est: BaggingClassifier(est, n_estimators=2, random_state=0),
    "one_vs_rest": lambda est: OneVsRestClassifier(est),
    "calibrated": lambda est: CalibratedClassifierCV(est, cv=2),
}


@both
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_wrapper_classifies(wrapper, make, raw):
    X, y = raw
    classifier = WRAPPERS[wrapper](pipeline(make, epochs=6)).fit(X, y.astype(str))
    assert classifier.score(X, y.astype(str)) > 0.6
    np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1, rtol=1e-5)


@both
def test_ada_boost_weighs_the_samples(make, digits):
    # A Pipeline takes no plain sample_weight, so AdaBoost is put inside the Pipeline.
    X, y = digits
    boosted = AdaBoostClassifier(make(epochs=6), n_estimators=3, random_state=0)
    classifier = Pipeline([("scale", MinMaxScaler()), ("boost", boosted)]).fit(X, y)
    assert classifier.score(X, y) > 0.7
    assert len(set(classifier["boost"].estimator_weights_)) > 1


def test_permutation_importance_finds_the_pixels_that_matter(fitted, raw):
    X, y = raw[0][:60], raw[1][:60]
    importances = permutation_importance(fitted, X, y, n_repeats=1, random_state=0)
    assert importances.importances_mean.max() > 0
    always_empty = X.max(axis=0) == 0
    assert always_empty.any()
    assert (importances.importances_mean[always_empty] == 0).all()


# Copies

COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda est: pickle.loads(pickle.dumps(est)),
    "cloudpickle": lambda est: pickle.loads(cloudpickle.dumps(est)),
}


@pytest.mark.parametrize("how", COPIES)
def test_copy_predicts_bit_identically(how, fitted, raw):
    copied = COPIES[how](fitted)
    np.testing.assert_array_equal(copied.predict_proba(raw[0]), fitted.predict_proba(raw[0]))
    assert figures(copied[-1]) == figures(fitted[-1])


@pytest.mark.parametrize(
    ("dump", "load"),
    [({"compress": 3}, {}), ({"compress": ("xz", 1)}, {}), ({}, {"mmap_mode": "r"})],
)
def test_joblib_file_predicts_bit_identically(dump, load, fitted, raw, tmp_path):
    joblib.dump(fitted, tmp_path / "model.joblib", **dump)
    loaded = joblib.load(tmp_path / "model.joblib", **load)
    np.testing.assert_array_equal(loaded.predict_proba(raw[0]), fitted.predict_proba(raw[0]))


@both
def test_copy_can_be_trained_on_and_the_original_stays(make, digits):
    original = make(warm_start=True).fit(*digits)
    before = original.predict_proba(digits[0])
    copied = pickle.loads(pickle.dumps(original)).fit(*digits)
    assert copied.n_epochs_ == 6
    np.testing.assert_array_equal(original.predict_proba(digits[0]), before)
    np.testing.assert_array_equal(  # the optimiser's state came along
        original.fit(*digits).predict_proba(digits[0]), copied.predict_proba(digits[0])
    )


@both
def test_unfitted_pipeline_pickles_small(make):
    assert len(pickle.dumps(pipeline(make))) < 3000


@both
def test_pickling_registers_nothing_with_keras(make, digits):
    before = dict(keras.saving.get_custom_objects())
    pickle.loads(pickle.dumps(make().fit(*digits)))
    assert keras.saving.get_custom_objects() == before


class Doubling(keras.layers.Layer):
    """A layer of one's own."""

    def call(self, x):
        return 2 * x


def sine(x):
    """Be an activation of one's own."""
    return keras.ops.sin(x)


class OwnClassifier(BaseKerasClassifier):
    """A network of one's own layers and functions."""

    def _build_network(self, input_shape, n_classes):
        layers = keras.layers
        return keras.Sequential(
            [
                keras.Input(input_shape),
                Doubling(),
                layers.Dense(8, activation=sine),
                layers.Activation(sine),
                layers.Dropout(0.1),
                layers.Dense(n_classes),
            ]
        )


@pytest.mark.parametrize("how", COPIES)
def test_network_of_own_layers_and_functions_is_copied(how, digits):
    classifier = OwnClassifier(random_state=0, epochs=2, warm_start=True).fit(*digits)
    copied = COPIES[how](classifier)
    expected = classifier.predict_proba(digits[0])
    np.testing.assert_array_equal(copied.predict_proba(digits[0]), expected)
    assert figures(copied.fit(*digits)) == figures(classifier.fit(*digits))


def test_clone_of_a_fitted_pipeline_is_unfitted_and_equal(fitted):
    copied = clone(fitted)
    assert not hasattr(copied[-1], "model_")
    assert copied[-1].get_params() == fitted[-1].get_params()


def own_activation(factor):
    def activation(x):
        return factor * x

    return activation


@pytest.mark.parametrize(
    ("functions", "match"),
    [
        ({"activation": lambda x: x * abs(x)}, r"The lambda in layer '\w+' cannot be .* def\."),
        (
            {"activation": own_activation(2), "conv_activation": own_activation(3)},
            "two different things named 'activation'",
        ),
    ],
)
def test_functions_that_keras_cannot_name_are_refused(functions, match, digits):
    classifier = cnn(**functions, epochs=1).fit(*digits)
    with pytest.raises(pickle.PicklingError, match=match):
        cloudpickle.dumps(classifier)


def test_subclass_of_a_script_travels_by_cloudpickle(digits):
    class LinearClassifier(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            import keras

            layers = [keras.Input(input_shape), keras.layers.Dense(n_classes)]
            return keras.Sequential(layers)

    classifier = LinearClassifier(epochs=2, random_state=0).fit(*digits)
    buffer = io.BytesIO(cloudpickle.dumps(classifier))
    loaded = pickle.load(buffer)
    np.testing.assert_array_equal(
        loaded.predict_proba(digits[0]), classifier.predict_proba(digits[0])
    )


# Data frames and metadata


@both
def test_set_output_gives_the_network_named_columns(make, raw):
    X, y = raw
    frame = pd.DataFrame(X, columns=[f"p{i}" for i in range(64)])
    classifier = pipeline(make).set_output(transform="pandas").fit(frame, y)
    assert list(classifier[-1].feature_names_in_) == list(frame)
    assert classifier.predict(frame).shape == y.shape


@both
def test_sample_weight_is_routed(make, raw):
    X, y = raw
    only_low = (y < 5).astype(float)
    with config_context(enable_metadata_routing=True):
        network = make(epochs=8).set_fit_request(sample_weight=True)
        scoring = get_scorer("accuracy").set_score_request(sample_weight=True)
        classifier = Pipeline([("scale", ImageScaler(data_range=(0, 16))), ("net", network)])
        weighted = clone(classifier).fit(X, y, sample_weight=only_low)
        scores = cross_val_score(
            classifier, X, y, cv=2, scoring=scoring, params={"sample_weight": only_low}
        )
    assert weighted.predict(X).max() < 5
    assert scores.min() > 0.7  # unweighted, no score could be above about 0.5


@both
def test_validation_set_is_transformed_on_its_way(make, raw):
    X, y = raw
    with config_context(enable_metadata_routing=True):
        classifier = Pipeline(
            [
                ("scale", MinMaxScaler((-1, 1))),
                ("net", make().set_fit_request(X_val=True, y_val=True)),
            ],
            transform_input=["X_val"],
        ).fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    history = classifier[-1].history_
    expected = log_loss(y[200:], classifier.predict_proba(X[200:]))
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-4)
    assert history["val_accuracy"][-1] == pytest.approx(classifier.score(X[200:], y[200:]))


# Another process


def test_saved_pipelines_predict_bit_identically_in_a_fresh_process(raw, tmp_path, run_python):
    expected = {}
    for make in (mlp, cnn):
        fitted = pipeline(make).fit(*raw)
        joblib.dump(fitted, tmp_path / f"{make.__name__}.joblib")
        expected[make.__name__] = fitted.predict_proba(raw[0])
    program = """
import sys, joblib
folder = sys.argv[1]
X = joblib.load(folder + "/X.joblib")
assert not {"skdigits", "keras", "tensorflow"} & set(sys.modules)
for name in ("mlp", "cnn"):
    probabilities = joblib.load(f"{folder}/{name}.joblib").predict_proba(X)
    joblib.dump(probabilities, f"{folder}/{name}-out.joblib")
"""
    joblib.dump(raw[0], tmp_path / "X.joblib")
    run_python("-c", program, tmp_path)
    for name, probabilities in expected.items():
        found = joblib.load(tmp_path / f"{name}-out.joblib")
        np.testing.assert_array_equal(found, probabilities)
