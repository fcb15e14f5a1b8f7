"""Bad input: an error that says what is wrong, and an object that can be fitted after it."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from skdigits import BaseKerasClassifier
from skdigits.exceptions import DivergenceError, NetworkShapeError

from .._small import both, mlp


def with_value(X, value):
    spoiled = X.copy()
    spoiled[3, 7] = value
    return spoiled


def with_label(y, label):
    spoiled = y.astype(float)
    spoiled[5] = label
    return spoiled


#: Case: (change of the arguments of fit, error, what it says).
FAULTS = {
    "nan": (lambda X, y: {"X": with_value(X, np.nan)}, ValueError, "NaN"),
    "infinity": (lambda X, y: {"X": with_value(X, np.inf)}, ValueError, "infinity"),
    "nan_picture": (
        lambda X, y: {"X": with_value(X, np.nan).reshape(-1, 8, 8)}, ValueError, "NaN"),
    "empty": (lambda X, y: {"X": X[:0], "y": y[:0]}, ValueError, "0 sample"),
    "empty_pictures": (
        lambda X, y: {"X": X[:0].reshape(-1, 8, 8), "y": y[:0]}, ValueError, "0 sample"),
    "no_features": (lambda X, y: {"X": X[:, :0]}, ValueError, "0 feature"),
    "lengths": (lambda X, y: {"y": y[:-1]}, ValueError, "inconsistent numbers of samples"),
    "one_dimension": (lambda X, y: {"X": X[:, 0]}, ValueError, "Expected 2D array"),
    "five_dimensions": (
        lambda X, y: {"X": X.reshape(-1, 2, 4, 4, 2)}, ValueError, r"got shape \(300, 2, "),
    "scalar": (lambda X, y: {"X": 3.0}, ValueError, "scalar|2D array"),
    "ragged": (
        lambda X, y: {"X": [[1.0, 2.0], [3.0]], "y": [0, 1]}, ValueError, "different lengths"),
    "complex": (lambda X, y: {"X": X + 1j}, ValueError, "Complex data not supported"),
    "complex_pictures": (
        lambda X, y: {"X": (X + 1j).reshape(-1, 8, 8)}, ValueError, "Complex data"),
    "texts": (lambda X, y: {"X": np.full(X.shape, "a", object)}, ValueError, "could not convert"),
    "sparse": (lambda X, y: {"X": sparse.csr_matrix(X)}, TypeError, "[Ss]parse"),
    "sparse_array": (lambda X, y: {"X": sparse.csr_array(X)}, TypeError, "[Ss]parse"),
    "no_labels": (lambda X, y: {"y": None}, ValueError, "requires y to be passed"),
    "nan_label": (lambda X, y: {"y": with_label(y, np.nan)}, ValueError, "y contains NaN"),
    "continuous_labels": (lambda X, y: {"y": y + 0.5}, ValueError, "Unknown label type"),
    "label_matrix": (lambda X, y: {"y": np.c_[y, y]}, ValueError, "MultiOutputClassifier"),
    "indicators": (
        lambda X, y: {"y": np.c_[y > 4, y % 2 > 0]}, ValueError, "1d array.*MultiOutput"),
    "sparse_indicators": (
        lambda X, y: {"y": sparse.csr_matrix(np.c_[y > 4, y < 9])}, ValueError, "MultiOutput"),
    "sets_of_labels": (
        lambda X, y: {"y": [{label} for label in y]}, ValueError, "MultiLabelBinarizer"),
    "lists_of_labels": (
        lambda X, y: {"y": [[label] * (1 + label % 2) for label in y]}, ValueError, "MultiLabel"),
    "one_hot_labels": (lambda X, y: {"y": np.eye(10)[y]}, ValueError, r"y\.argmax\(axis=1\)"),
    "one_hot_booleans": (
        lambda X, y: {"y": np.eye(10)[y] > 0}, ValueError, r"y\.argmax\(axis=1\)"),
    "one_hot_frame": (lambda X, y: {"y": pd.get_dummies(y)}, ValueError, r"y\.argmax\(axis=1\)"),
    "zero_weights": (
        lambda X, y: {"sample_weight": np.zeros(len(y))}, ValueError, "zero"),
    "negative_weights": (
        lambda X, y: {"sample_weight": -np.ones(len(y))}, ValueError, "[Nn]egative"),
    "nan_weights": (
        lambda X, y: {"sample_weight": np.full(len(y), np.nan)}, ValueError, "NaN"),
    "weights_length": (
        lambda X, y: {"sample_weight": np.ones(3)}, ValueError, "sample_weight|inconsistent"),
    "X_val_alone": (lambda X, y: {"X_val": X}, ValueError, "y_val is missing"),
    "y_val_alone": (lambda X, y: {"y_val": y}, ValueError, "X_val is missing"),
    "X_val_features": (
        lambda X, y: {"X_val": X[:, :9], "y_val": y}, ValueError, "expecting 64 features"),
    "X_val_nan": (
        lambda X, y: {"X_val": with_value(X, np.nan), "y_val": y}, ValueError, "NaN"),
    "X_val_length": (
        lambda X, y: {"X_val": X[:9], "y_val": y}, ValueError, "inconsistent numbers"),
    "y_val_unseen": (
        lambda X, y: {"X_val": X, "y_val": y + 5}, ValueError, r"y_val contains labels.*\[10, 11"),
    "y_val_other_type": (
        lambda X, y: {"X_val": X, "y_val": y.astype(str)}, ValueError, "y_val contains labels"),
}  # fmt: skip


@both
@pytest.mark.parametrize("fault", FAULTS)
def test_fit_says_what_is_wrong_and_can_be_repeated(fault, make, digits):
    change, error, match = FAULTS[fault]
    arguments = {"X": digits[0], "y": digits[1]}
    classifier = make(epochs=1).fit(*digits)
    with pytest.raises(error, match=match):
        classifier.fit(**(arguments | change(*digits)))
    with pytest.raises(NotFittedError):  # neither half-fitted nor the old network
        classifier.predict(digits[0])
    expected = make(epochs=1).fit(*digits).predict_proba(digits[0])
    np.testing.assert_array_equal(classifier.fit(*digits).predict_proba(digits[0]), expected)


@both
def test_class_weights_may_not_rule_out_every_sample(make, digits):
    with pytest.raises(ValueError, match="nothing to train on"):
        make(class_weight=dict.fromkeys(range(10), 0)).fit(*digits)


@pytest.mark.parametrize(
    ("spoil", "error", "match"),
    [
        (lambda X: X[:, :-1], ValueError, "63 features.*expecting 64"),
        (lambda X: with_value(X, np.nan), ValueError, "NaN"),
        (lambda X: X[:0], ValueError, "0 sample"),
        (lambda X: X[0], ValueError, "Expected 2D array"),
        (lambda X: X.reshape(-1, 2, 4, 4, 2), ValueError, "Expected X of shape"),
        (lambda X: X + 1j, ValueError, "Complex data"),
        (lambda X: sparse.csr_matrix(X), TypeError, "[Ss]parse"),
    ],
)
def test_predict_says_what_is_wrong_and_stays_usable(spoil, error, match, fitted, raw):
    classifier, X = fitted[-1], raw[0] / 16
    expected = classifier.predict(X)
    for method in (classifier.predict, classifier.predict_proba, classifier.decision_function):
        with pytest.raises(error, match=match):
            method(spoil(X))
    np.testing.assert_array_equal(classifier.predict(X), expected)


@both
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_predict_before_fit_is_refused(method, make, digits):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(make(), method)(digits[0])


@both
def test_one_sample_is_one_class(make, digits):
    classifier = make(epochs=1).fit(digits[0][:1], digits[1][:1])
    assert (classifier.predict(digits[0]) == digits[1][0]).all()
    with pytest.raises(ValueError, match=r"validation_fraction.*single sample"):
        make(early_stopping=True).fit(digits[0][:1], digits[1][:1])


@both
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_other_column_names_are_refused(frame, make, digits):
    names = [f"p{i}" for i in range(64)]
    classifier = make(epochs=1).fit(frame(dict(zip(names, digits[0].T, strict=True))), digits[1])
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(frame(dict(zip(names[::-1], digits[0].T, strict=True))))


# A loss that is no number


def sine(x):
    """Be nobody's but the user's: networks with it are not trained by shared programs."""
    return keras.ops.sin(x)


class Watch(keras.callbacks.Callback):
    """Has a batch hook, so that Keras' own loop trains."""

    def on_train_batch_end(self, batch, logs=None):
        pass


#: The three ways that a network is trained.
PATHS = {
    "shared program": {},
    "own program": {"activation": sine},
    "Model.fit": {"callbacks": Watch},
}
DIVERGING = {"optimizer": "sgd", "learning_rate": 1e20}


@both
@pytest.mark.parametrize("path", PATHS)
def test_divergence_leaves_an_unfitted_classifier(path, make, digits):
    classifier = make(**DIVERGING, **PATHS[path])
    with pytest.raises(DivergenceError, match=r"in epoch [123]\b.*smaller learning_rate"):
        classifier.fit(*digits)
    with pytest.raises(NotFittedError):
        classifier.predict(digits[0])
    classifier.set_params(optimizer="adam", learning_rate=0.01).fit(*digits)
    assert np.isfinite(classifier.history_["loss"]).all()


@both
@pytest.mark.parametrize("path", PATHS)
def test_divergence_of_a_warm_start_keeps_the_old_network(path, make, digits):
    X, y = digits
    classifier = make(warm_start=True, **PATHS[path]).fit(X, y)
    expected, history = classifier.predict_proba(X), dict(classifier.history_)
    with pytest.raises(DivergenceError, match=r"in epoch [456]\b"):
        classifier.set_params(learning_rate=1e38).fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)
    assert classifier.history_ == history
    assert classifier.set_params(learning_rate=0.01).fit(X, y).n_epochs_ == 6
    assert classifier.history_["loss"][-1] < history["loss"][0]


def test_divergence_of_partial_fit_keeps_the_old_network(digits):
    X, y = digits
    classifier = mlp(optimizer="sgd").partial_fit(X, y, classes=range(10))
    expected = classifier.predict_proba(X)
    with pytest.raises(DivergenceError, match="in epoch 2"):
        classifier.partial_fit(X * 1e30, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)


# Ctrl-C


class CtrlC(keras.callbacks.Callback):
    """Press Ctrl-C at the end of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


class CtrlCWithinEpoch(CtrlC):
    """Press Ctrl-C between two batches."""

    def on_train_batch_end(self, batch, logs=None):
        pass


@both
@pytest.mark.parametrize("press", [CtrlC, CtrlCWithinEpoch])
def test_interrupted_fit_keeps_the_finished_epochs(press, make, digits):
    X, y = digits
    classifier = make(callbacks=press(2), epochs=9)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(X, y)
    assert classifier.n_epochs_ == 2
    assert {len(values) for values in classifier.history_.values()} == {2}
    expected = make(epochs=2, callbacks=None if press is CtrlC else Watch).fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected.predict_proba(X))
    assert classifier.set_params(callbacks=None).fit(X, y).n_epochs_ == 9


@both
@pytest.mark.parametrize("press", [CtrlC, CtrlCWithinEpoch])
def test_fit_interrupted_in_its_first_epoch_leaves_an_unfitted_classifier(press, make, digits):
    classifier = make(callbacks=press(0)).fit
    with pytest.raises(KeyboardInterrupt):
        classifier(*digits)
    with pytest.raises(NotFittedError):
        classifier.__self__.predict(digits[0])
    assert classifier.__self__.set_params(callbacks=None).fit(*digits).n_epochs_ == 3


@both
def test_interrupted_early_stopping_keeps_the_best_weights(make, digits):
    X, y = digits
    classifier = make(callbacks=CtrlC(4), epochs=9, early_stopping=True, learning_rate=0.3)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(X, y, X_val=X, y_val=y)
    assert classifier.score(X, y) == pytest.approx(
        classifier.history_["val_accuracy"][np.argmin(classifier.history_["val_loss"])]
    )


@both
def test_error_in_a_callback_leaves_an_unfitted_classifier(make, digits):
    class Fail(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise OSError("disk full")

    classifier = make(callbacks=Fail)
    with pytest.raises(OSError, match="disk full"):
        classifier.fit(*digits)
    with pytest.raises(NotFittedError):
        classifier.predict(digits[0])
    assert classifier.set_params(callbacks=None).fit(*digits).n_epochs_ == 3


# Networks of one's own that are none


@pytest.mark.parametrize(
    ("layers", "match"),
    [
        (lambda: [keras.layers.Dense(3)], r"output shape \(None, 10\).*found \(None, 3\)"),
        (lambda: [keras.layers.Dense(10, activation="softmax")], "is a softmax"),
        (lambda: [keras.layers.Dense(10), keras.layers.Softmax()], "is a softmax"),
        (lambda: [keras.layers.Dense(10, activation="sigmoid")], "is a sigmoid"),
        (lambda: [keras.layers.Dense(10), keras.layers.Activation("sigmoid")], "is a sigmoid"),
    ],
)
def test_own_network_must_end_in_logits(layers, match, digits):
    class Own(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            return keras.Sequential([keras.Input(input_shape), *layers()])

    with pytest.raises(NetworkShapeError, match=match):
        Own().fit(*digits)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"loss": keras.losses.SparseCategoricalCrossentropy()}, "from_logits=True"),
        ({"loss": keras.losses.CategoricalCrossentropy}, "not a class"),
        (
            {"loss": keras.losses.CategoricalCrossentropy(from_logits=True, reduction="none")},
            "no reduction",
        ),
        ({"optimizer": keras.optimizers.Adam}, "not a class"),
        ({"class_weight": {1: -5.0}}, "at least 0; got -5.0 for class 1"),
        ({"class_weight": {1: float("nan")}}, "at least 0; got nan"),
        ({"class_weight": {77: 1.0}}, r"names \[77\], which are not among"),
    ],
)
def test_value_that_would_silently_train_something_else_is_refused(parameters, said, digits):
    with pytest.raises(ValueError, match=said):
        mlp(**parameters).fit(*digits)


def test_tiny_weights_count_by_their_ratios_alone(digits):
    expected = mlp().fit(*digits, sample_weight=np.ones(300)).predict_proba(digits[0])
    tiny = mlp().fit(*digits, sample_weight=np.full(300, 1e-310)).predict_proba(digits[0])
    np.testing.assert_allclose(tiny, expected, atol=1e-6)


def test_stream_may_lack_a_weighted_class(digits):
    X, y = digits
    classifier = mlp(class_weight={1: 5.0}).partial_fit(X, y, classes=range(10))
    assert classifier.partial_fit(X[y != 1], y[y != 1]).n_epochs_ == 2


def compiled(input_shape, n_classes):
    network = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_classes)])
    network.compile("sgd", "mse")
    return network


class Subclassed(keras.Model):
    pass


@pytest.mark.parametrize(
    ("build", "said"),
    [(compiled, "not compiled"), (lambda *_: Subclassed(), "found Subclassed")],
    ids=["compiled", "subclassed"],
)
def test_network_that_cannot_be_served_is_refused(build, said, digits):
    class Own(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            return build(input_shape, n_classes)

    with pytest.raises(NetworkShapeError, match=said):
        Own().fit(*digits)
