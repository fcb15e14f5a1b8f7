"""The private parts of Keras that the package uses: this fails when they move."""

from __future__ import annotations

import random
import threading

import keras
import numpy as np
import pytest

from skdigits.neural_network._engine import _keras_private as private


def stack(*layers):
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(2)])


def test_layers_are_listed_with_the_network_and_those_within():
    inner = stack()
    network = stack(inner)
    found = private.layers_in(network)
    assert found[0] is network
    assert inner in found
    assert inner.layers[-1] in found
    assert len(found) == len(set(map(id, found)))


def test_the_calls_of_a_layer_are_those_in_one_network():
    inner = stack()
    dense = keras.layers.Dense(4)
    pixels = keras.Input((4,))
    first = dense(pixels)
    second = dense(first)
    end = inner(second)
    network = keras.Model(pixels, end)
    keras.Model(pixels, inner(dense(first)))
    for layer, ends in [(dense, [(pixels, first), (first, second)]), (inner, [(second, end)])]:
        found = private.calls_of(layer, network)
        assert [tuple(map(id, (*taken, *given))) for taken, given in found] == [
            tuple(map(id, each)) for each in ends
        ]
    network = stack(inner)
    [([taken], _)] = private.calls_of(network.layers[-1], network)
    assert taken.shape == (None, 2)


def test_each_dropout_has_a_seed():
    network = stack(keras.layers.Dropout(0.5), stack(keras.layers.GaussianNoise(0.1)))
    before = [seed.numpy().copy() for seed in private.seeds_in(network)]
    assert len(before) == 2
    network(np.ones((1, 4)), training=True)
    for seed, old in zip(private.seeds_in(network), before, strict=True):
        assert (seed.numpy() != old).any()


def test_layers_take_their_seeds_from_one_and_python_keeps_its_own():
    random.seed(3)
    expected = random.random()
    random.seed(3)
    made = []
    for seed in (7, 7, 8):
        with private.layers_seeded_by(seed):
            made.append(stack().get_weights()[0])
    np.testing.assert_array_equal(made[0], made[1])
    assert (made[0] != made[2]).any()
    assert random.random() == expected


def test_other_threads_draw_from_python_meanwhile():
    drawn = []
    with private.layers_seeded_by(0):
        random.seed(5)
        thread = threading.Thread(target=lambda: drawn.append(keras.random.SeedGenerator()))
        thread.start()
        thread.join()
    random.seed(5)
    expected = keras.random.SeedGenerator()
    np.testing.assert_array_equal(drawn[0].state.numpy(), expected.state.numpy())


def test_dropout_drops_with_a_named_seed():
    layer = keras.layers.Dropout(0.0, name="d")
    private.name_seed(layer, 0.5)
    [seed] = private.seeds_in(stack(layer))
    assert seed.path.startswith("d_seed")
    dropped = layer(np.ones((100, 100)), training=True).numpy()
    assert 0.4 < (dropped == 0).mean() < 0.6


def test_optimizer_knows_what_it_was_built_for():
    network = stack(keras.layers.Dense(3))
    optimizer = keras.optimizers.SGD()
    optimizer.build(network.trainable_variables)
    assert list(map(id, private.trained_by(optimizer))) == list(
        map(id, network.trainable_variables)
    )


@pytest.mark.parametrize(
    ("optimizer", "names"),
    [
        (keras.optimizers.Adadelta(), {"accum", "accum_update"}),
        (keras.optimizers.Adam(), {"m", "v"}),
        (keras.optimizers.Adam(amsgrad=True), {"m", "v", "vhat"}),
        (keras.optimizers.AdamW(), {"m", "v"}),
        (keras.optimizers.Adamax(), {"m", "v"}),
        (keras.optimizers.RMSprop(momentum=0.5), {"ms", "mom"}),
        (keras.optimizers.SGD(), set()),
        (keras.optimizers.SGD(momentum=0.5), {"accum"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, keras.Optimizer) else None,
)
def test_state_of_an_optimizer_is_found_by_the_names_of_the_kernels(optimizer, names):
    network = stack(keras.layers.Dense(3))
    optimizer.build(network.trainable_variables)
    handles = private.optimizer_state(optimizer, network.trainable_variables[1])
    assert set(handles) == names
    kept = {id(variable.value.handle) for variable in optimizer.variables}
    assert {id(handle) for handle in handles.values()} <= kept
