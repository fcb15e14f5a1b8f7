"""Losses of every kind: each computes what its name says, or is refused by that name."""

from __future__ import annotations

import inspect
import pickle
import warnings

import keras
import numpy as np
import pytest
from scipy.special import softmax

from skdigits.neural_network._engine._losses import encode_targets, make_loss

from ..._small import mlp

LOGITS = np.random.RandomState(0).normal(size=(6, 4)).astype(np.float32)
CODES = np.array([0, 1, 2, 3, 0, 1])

#: Losses that do not do, and a word of the reason.
REFUSED = {
    "CTC": "sequences",
    "Circle": "embeddings",
    "Dice": "whole batch",
    "MeanAbsolutePercentageError": "divides by the targets",
    "Tversky": "whole batch",
}
#: Losses of scores, which stay as they are.
OF_SCORES = ["CategoricalHinge", "Hinge", "SquaredHinge"]
KINDS = dict(inspect.getmembers(keras.losses, inspect.isclass))
OTHERS = [name for name in KINDS if name not in {"Loss", *REFUSED, *OF_SCORES}]


def of_logits(kind):
    """Make a loss, with logits where it has that setting."""
    has_setting = "from_logits" in inspect.signature(kind).parameters
    return kind(from_logits=True) if has_setting else kind()


@pytest.mark.parametrize("name", OTHERS)
def test_a_loss_of_keras_is_computed_of_the_probabilities(name):
    loss = of_logits(KINDS[name])
    used = make_loss(loss, 0.0)
    targets = encode_targets(used, CODES, 4)
    found = float(used(targets, LOGITS))
    if hasattr(loss, "from_logits"):
        expected = float(loss(targets, LOGITS))
    else:
        expected = float(loss(targets, softmax(LOGITS, axis=1)))
    assert found == pytest.approx(expected, rel=1e-5)
    # Better predictions have a lower loss.
    assert float(used(targets, 9 * np.eye(4, dtype=np.float32)[CODES])) < found


@pytest.mark.parametrize("name", OF_SCORES)
def test_a_loss_of_scores_stays_as_it_is(name):
    loss = KINDS[name]()
    assert make_loss(loss, 0.0) is loss


@pytest.mark.parametrize("name", [*OTHERS, *OF_SCORES])
def test_a_network_learns_by_every_loss(name, digits):
    X, y = digits
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier = mlp(loss=of_logits(KINDS[name]), epochs=20).fit(X, y)
    assert classifier.score(X, y) > 0.75
    loaded = pickle.loads(pickle.dumps(classifier))
    for each in (classifier, loaded):
        each.partial_fit(X, y)
    np.testing.assert_array_equal(loaded.decision_function(X), classifier.decision_function(X))


@pytest.mark.parametrize("name", REFUSED)
def test_a_loss_for_something_else_is_refused_with_the_reason(name, digits):
    with pytest.raises(ValueError, match=rf"loss={name} .*{REFUSED[name]}"):
        mlp(loss=KINDS[name]()).fit(*digits)


@pytest.mark.parametrize(
    "name", ["CategoricalCrossentropy", "BinaryCrossentropy", "SparseCategoricalCrossentropy"]
)
def test_a_loss_that_is_set_to_probabilities_is_refused(name, digits):
    with pytest.raises(ValueError, match=rf"loss={name} expects probabilities.*from_logits=True"):
        mlp(loss=KINDS[name]()).fit(*digits)


def own_function(y_true, y_pred):
    return keras.losses.categorical_crossentropy(y_true, y_pred, from_logits=True)


@pytest.mark.parametrize("function", [own_function, keras.losses.categorical_crossentropy])
def test_a_function_is_refused_with_the_class_to_write(function, digits):
    with pytest.raises(ValueError, match=rf"function {function.__name__}.*class MyLoss\("):
        mlp(loss=function).fit(*digits)


def test_a_loss_of_ones_own_gets_one_hot_targets_and_logits(digits):
    class Own(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return own_function(y_true, y_pred)

    expected = mlp(loss="categorical_crossentropy").fit(*digits)
    found = mlp(loss=Own()).fit(*digits)
    difference = found.decision_function(digits[0]) - expected.decision_function(digits[0])
    assert np.abs(difference).max() < 1e-4


class Brier(keras.losses.MeanSquaredError):
    """Of the softmax, which it computes itself: it has been told that it gets logits."""

    def call(self, y_true, y_pred):
        return super().call(y_true, keras.ops.softmax(y_pred))


def test_a_subclass_with_a_call_of_its_own_gets_logits():
    loss = Brier()
    assert make_loss(loss, 0.0) is loss


def test_weights_of_samples_and_classes_count_for_losses_of_probabilities(digits):
    X, y = digits
    parameters = {"loss": keras.losses.MeanSquaredError(), "epochs": 10}
    plain = mlp(**parameters).fit(X, y).predict(X)
    heavy = mlp(**parameters, class_weight={n: 50.0 if n == 3 else 1.0 for n in range(10)})
    assert (heavy.fit(X, y).predict(X) == 3).sum() > 1.2 * (plain == 3).sum()


def test_a_network_with_such_a_loss_is_loaded_by_keras_itself(digits, tmp_path):
    classifier = mlp(loss=keras.losses.Poisson()).fit(*digits)
    classifier.model_.save(tmp_path / "network.keras")
    alone = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(
        alone(digits[0].astype(np.float32)), classifier.decision_function(digits[0]), atol=1e-5
    )
