"""A fitted network is trained further: as frozen, as set, and never as another network."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from .._small import both, mlp

#: Ways to train a fitted classifier further.
FURTHER = ["fit", "partial_fit"]


def train_further(classifier, how, digits):
    """Train on, and say which layers with weights have changed."""
    layers = [layer for layer in classifier.model_.layers if layer.weights]
    before = [layer.get_weights() for layer in layers]
    getattr(classifier, how)(*digits)
    return [
        not all(map(np.array_equal, old, layer.get_weights()))
        for old, layer in zip(before, layers, strict=True)
    ]


@both
@pytest.mark.parametrize("how", FURTHER)
def test_frozen_layers_stay_as_they_are_until_thawed(make, how, digits):
    classifier = make(warm_start=True).fit(*digits)
    first = classifier.model_.layers[0]
    first.trainable = False
    assert train_further(classifier, how, digits)[0] is False
    assert all(train_further(classifier, how, digits)[1:])
    first.trainable = True
    assert all(train_further(classifier, how, digits))


@both
def test_a_classifier_with_a_frozen_layer_is_pickled(make, digits):
    X, y = digits
    classifier = make().fit(X, y)
    classifier.model_.layers[0].trainable = False
    copy = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(copy.predict_proba(X), classifier.predict_proba(X))
    assert train_further(copy, "partial_fit", digits)[0] is False
    classifier.partial_fit(X, y)
    np.testing.assert_array_equal(copy.predict_proba(X), classifier.predict_proba(X))


def test_freezing_keeps_the_state_of_the_optimizer_for_the_others(digits):
    classifier = mlp(optimizer="adam").fit(*digits)
    last = classifier.model_.layers[-1].kernel

    def moments():
        optimizer = classifier.model_.optimizer
        names = [variable.path for variable in optimizer.variables]
        (i,) = [i for i, name in enumerate(names) if name.endswith("logits_kernel_momentum")]
        return optimizer.variables[i].numpy(), int(optimizer.iterations)

    before, steps = moments()
    assert np.abs(before).max() > 0
    assert before.shape == last.shape
    classifier.model_.layers[0].trainable = False
    pickle.dumps(classifier)
    after, steps_after = moments()
    np.testing.assert_array_equal(after, before)
    assert steps_after == steps


@both
def test_partial_fit_uses_a_changed_learning_rate(make, digits):
    classifier = make().fit(*digits).set_params(learning_rate=1e-12)
    before = classifier.model_.get_weights()
    classifier.partial_fit(*digits)
    for old, new in zip(before, classifier.model_.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, atol=1e-6)


def test_partial_fit_learns_after_a_schedule_that_has_come_to_zero(digits):
    classifier = mlp(learning_rate_schedule="one_cycle").fit(*digits)
    classifier.set_params(learning_rate_schedule=None)
    assert train_further(classifier, "partial_fit", digits) == [True, True]
    assert float(classifier.model_.optimizer.learning_rate) > 0


def test_partial_fit_keeps_its_optimizer_where_nothing_was_set(digits):
    classifier = mlp().partial_fit(*digits, classes=range(10))
    optimizer = classifier.model_.optimizer
    classifier.partial_fit(*digits)
    assert classifier.model_.optimizer is optimizer
    classifier.set_params(loss="categorical_hinge").partial_fit(*digits)
    assert type(classifier.model_.loss).__name__ == "CategoricalHinge"


@pytest.mark.parametrize("how", FURTHER)
def test_parameters_of_another_network_are_refused(how, digits):
    X, y = digits
    classifier = mlp(hidden_layer_sizes=(8,), warm_start=True).fit(X, y)
    expected = classifier.predict_proba(X)
    classifier.set_params(hidden_layer_sizes=(9,))
    with pytest.raises(ValueError, match=r"shapes .*\(64, 9\).*\(64, 8\).*warm_start=False"):
        getattr(classifier, how)(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)
    assert classifier.n_epochs_ == 3
    classifier.set_params(warm_start=False).fit(X, y)
    assert classifier.model_.count_params() == 65 * 9 + 10 * 10
