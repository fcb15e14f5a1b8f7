"""A network is restored from parameters and weights, and nothing larger than the weights."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from ..._small import both, cnn


def restored(classifier, weights, **parameters):
    """Give a new classifier the attributes and weights of a fitted one, as a model file does."""
    copy = clone(classifier).set_params(**parameters)
    for name in ("classes_", "n_features_in_", "sample_shape_", "input_shape_"):
        setattr(copy, name, getattr(classifier, name))
    copy._restore_network(weights)
    return copy


@both
def test_a_restored_network_gives_the_same_logits(make, digits):
    X, y = digits
    classifier = make(batch_normalization=True, dropout=0.2, epochs=1).fit(X, y)
    copy = restored(classifier, classifier.model_.get_weights())
    np.testing.assert_array_equal(copy.decision_function(X), classifier.decision_function(X))
    names = [[layer.name for layer in each.model_.layers] for each in (copy, classifier)]
    assert names[0] == names[1]


@both
def test_a_restored_network_is_trained_further(make, digits):
    classifier = make(epochs=1).fit(*digits)
    copy = restored(classifier, classifier.model_.get_weights())
    loss = copy.partial_fit(*digits).history_["loss"]
    assert loss[-1] < classifier.history_["loss"][-1]


@pytest.mark.parametrize(
    "larger",
    [
        {"hidden_layer_sizes": (10**6, 10**6)},
        {"hidden_layer_sizes": (16,) * 90},  # more layers are refused before
        {"filters": (10**7,)},
        {"kernel_size": 8, "filters": (10**9,)},
    ],
    ids=["wide", "deep", "filters", "kernel"],
)
def test_parameters_of_a_larger_network_take_no_memory(larger, digits):
    classifier = cnn(epochs=1).fit(*digits)
    with pytest.raises(ValueError, match="no weights of shape"):
        restored(classifier, classifier.model_.get_weights(), **larger)
