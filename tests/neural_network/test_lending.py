"""Which fits XLA compiles, and what a lent program leaves behind."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits.neural_network import _epoch, _lending

from .._small import cnn, mlp


@pytest.fixture
def compiled(monkeypatch):
    """Note the batches that XLA trains."""
    calls = []
    real = _epoch.WholeBatches.train

    def train(self, stretch, n_rows, seed):
        calls.append(n_rows)
        return real(self, stretch, n_rows, seed)

    monkeypatch.setattr(_epoch.WholeBatches, "train", train)
    monkeypatch.setattr(_lending, "_STEPS_WORTH_COMPILING", 10)
    return calls


def test_long_fit_of_a_dense_network_is_compiled_by_xla(digits, compiled):
    # 300 samples: 9 whole batches of 32, and 12 samples more.
    mlp(epochs=2, batch_size=32).fit(*digits)
    assert compiled == [288, 288]


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (mlp, {"epochs": 1}),
        (mlp, {"epochs": 2, "batch_size": 301}),
        (cnn, {"epochs": 2}),
    ],
    ids=["few steps", "no whole batch", "convolutions"],
)
def test_other_fits_are_not(make, options, digits, compiled):
    make(**({"batch_size": 32} | options)).fit(*digits)
    assert compiled == []


def test_build_of_tensorflow_without_xla_trains_all_the_same(digits, compiled, monkeypatch):
    monkeypatch.setattr(_lending, "_has_xla", lambda: False)
    assert mlp(epochs=2, batch_size=32).fit(*digits).n_epochs_ == 2
    assert compiled == []


@pytest.mark.parametrize("options", [{}, {"dropout": 0.3}, {"augmentation": "light"}])
def test_fit_by_xla_repeats_bit_for_bit(options, digits, compiled):
    first, second, other = (
        mlp(epochs=3, batch_size=32, random_state=seed, **options).fit(*digits).decision_function
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first(digits[0]), second(digits[0]))
    assert (first(digits[0]) != other(digits[0])).any()
    assert compiled


@pytest.mark.parametrize("options", [{"dropout": 0.5}, {"augmentation": "strong"}])
def test_fit_by_xla_learns_as_the_kernels_do(options, digits, compiled, monkeypatch):
    scores = []
    for least in (0, np.inf):
        monkeypatch.setattr(_lending, "_STEPS_WORTH_COMPILING", least)
        made = [mlp(epochs=30, random_state=i, **options).fit(*digits) for i in range(4)]
        scores.append([classifier.history_["loss"][-1] for classifier in made])
    by_xla, by_kernels = map(np.array, scores)
    assert abs(by_xla.mean() - by_kernels.mean()) < 4 * np.hypot(by_xla.std(), by_kernels.std())


def test_long_and_short_fits_of_one_structure_do_not_share_a_program(digits, compiled):
    for epochs in (2, 1, 2):
        mlp(hidden_layer_sizes=(9,), epochs=epochs, batch_size=32).fit(*digits)
    assert len(compiled) == 4
