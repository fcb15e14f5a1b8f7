"""A network is rebuilt from parameters and weights, and nothing larger than the weights."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits.persistence._network import is_same, rebuild_network, trial_logits

from .._small import both, cnn, mlp


@both
def test_a_rebuilt_network_gives_the_same_logits(make, digits):
    classifier = make(batch_normalization=True, dropout=0.2, epochs=1).fit(*digits)
    network = rebuild_network(classifier, classifier.model_.get_weights())
    np.testing.assert_array_equal(trial_logits(network), trial_logits(classifier.model_))
    assert [layer.name for layer in network.layers] == [
        layer.name for layer in classifier.model_.layers
    ]


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
    weights = classifier.model_.get_weights()
    classifier.set_params(**larger)
    with pytest.raises(ValueError, match="no weights of shape"):
        rebuild_network(classifier, weights)


@pytest.mark.parametrize("change", [{"activation": "tanh"}, {"hidden_layer_sizes": (24, 24)}])
def test_another_network_is_not_the_same(change, digits):
    one, other = mlp(epochs=1).fit(*digits), mlp(epochs=1, **change).fit(*digits)
    assert is_same(trial_logits(one.model_), trial_logits(one.model_) + 1e-6)
    assert not is_same(trial_logits(one.model_), trial_logits(other.model_))
