"""What a network gives for made-up samples tells it from others."""

from __future__ import annotations

import pytest

from skdigits.persistence._networks import is_same, trial_logits

from .._small import mlp


@pytest.mark.parametrize("change", [{"activation": "tanh"}, {"hidden_layer_sizes": (24, 24)}])
def test_another_network_is_not_the_same(change, digits):
    one, other = (
        trial_logits(mlp(epochs=1, **params).fit(*digits)._run_network, (64,))
        for params in ({}, change)
    )
    assert is_same(one, one + 1e-6)
    assert not is_same(one, other)
