"""What networks cost is known before they are run, and leaves room for real ones."""

from __future__ import annotations

import math

import keras
import pytest

from skdigits import KerasCNNClassifier, KerasMLPClassifier, make_recipe, recipe_names
from skdigits._inference import network_model
from skdigits.neural_network._engine._storage import describe_architecture
from skdigits.persistence._sizes import NetworkTooLargeError, Total

N_CLASSES = 10


def build(classifier, shape):
    """Build the network of a classifier, which then knows its input."""
    classifier.set_params(kernel_initializer="zeros").input_shape_ = shape
    return classifier._build_network(shape, N_CLASSES)


def read_costs(network):
    """Read what the layers of a network take."""
    return network_model(describe_architecture(network), network.get_weights())[1]


def looked_at(layer):
    """Count the values that the windows of a layer look at."""
    n_outputs = math.prod(layer.output.shape[1:])
    if isinstance(layer, keras.layers.Conv2D):
        return math.prod(layer.kernel.shape) * n_outputs // layer.filters**2
    return n_outputs * math.prod(getattr(layer, "pool_size", (0,)))


def counted(classifier, shape):
    """Give a classifier and what its layers take."""
    return classifier, read_costs(build(classifier, shape))


NETWORKS = {
    "linear": (KerasMLPClassifier(hidden_layer_sizes=()), (9,)),
    "hidden": (KerasMLPClassifier(hidden_layer_sizes=(7, 5), dropout=(0.1, 0)), (9,)),
    "not flat": (KerasMLPClassifier(batch_normalization=True), (3, 3)),
    "convolution": (KerasCNNClassifier(filters=4), (8, 8, 1)),
    "blocks": (
        KerasCNNClassifier(
            filters=(3, (4, 5)), kernel_size=[3, (2, 1)], pool_size=[2, 1], conv_dropout=(0.2, 0)
        ),
        (12, 9, 2),
    ),
    "all": (
        KerasCNNClassifier(
            filters=((6, 6), 8), batch_normalization=True, dropout=0.3, conv_dropout=0.1
        ),
        (28, 28, 1),
    ),
}


@pytest.mark.parametrize("case", NETWORKS)
def test_the_network_that_keras_builds_is_the_one_that_was_counted(case):
    network = build(*NETWORKS[case])
    first, *costs = read_costs(network)
    assert first.outputs == math.prod(network.input_shape[1:])
    outputs = [math.prod(layer.output.shape[1:]) for layer in network.layers]
    assert [cost.outputs for cost in costs] == outputs
    places = [math.prod(layer.output.shape[1:-1]) for layer in network.layers]
    assert [cost.products for cost in costs] == [
        math.prod(layer.kernel.shape) * n if hasattr(layer, "kernel") else 0
        for layer, n in zip(network.layers, places, strict=True)
    ]
    assert [cost.gathered for cost in costs] == list(map(looked_at, network.layers))


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_is_small_enough(name):
    last = make_recipe(name, random_state=0)[-1]
    voters = [voter for _, voter in last.estimators] if hasattr(last, "estimators") else [last]
    total = Total()
    for voter in voters:
        is_cnn = isinstance(voter, KerasCNNClassifier)
        classifier, costs = counted(voter, (28, 28, 1) if is_cnn else (784,))
        for _ in range(4):
            total.add(classifier, costs)


VGG16 = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
REAL = {
    "20 hidden layers": (
        KerasMLPClassifier(hidden_layer_sizes=[512] * 20, batch_normalization=True, dropout=0.2),
        (784,),
    ),
    "images of 128 pixels": (
        KerasCNNClassifier(
            filters=((32, 32), (64, 64), (128, 128)), batch_normalization=True, conv_dropout=0.1,
            test_time_shift=1, test_time_rotation=5.0,
        ),
        (128, 128, 3),
    ),
    "photographs": (
        KerasCNNClassifier(
            filters=(32, 64, 128), test_time_shift=1, test_time_rotation=5.0,
            hidden_layer_sizes=(64,),
        ),
        (224, 224, 3),
    ),
    "VGG16": (
        KerasCNNClassifier(filters=VGG16, kernel_size=3, hidden_layer_sizes=(64, 4096)),
        (300, 300, 3),
    ),
    "scans": (
        KerasCNNClassifier(filters=(16, 32), kernel_size=5, hidden_layer_sizes=()),
        (512, 512, 1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REAL)
def test_a_real_network_is_small_enough(case):
    Total().add(*counted(*REAL[case]))


def test_ensembles_of_real_networks_are_small_enough():
    for case, n_voters in (("images of 128 pixels", 10), ("photographs", 5)):
        total, voter = Total(), counted(*REAL[case])
        for _ in range(n_voters):
            total.add(*voter)


LARGE = {
    "input": (
        KerasCNNClassifier(filters=1, kernel_size=1, pool_size=2048), (2048, 2048, 4),
        "samples of 16,777,216 values; a model file may have 4,194,304"),
    "side": (
        KerasCNNClassifier(filters=1, kernel_size=1, pool_size=1, hidden_layer_sizes=()),
        (1, 2**19, 1),
        "images with a side of 524,288 pixels; .* 262,144 at most"),
    "layer": (
        KerasCNNClassifier(filters=16, kernel_size=1, pool_size=1024), (1024, 1024, 1),
        "a layer that gives 16,777,216 values"),
    "depth": (
        KerasMLPClassifier(hidden_layer_sizes=[2] * 100), (2,),
        "a network of 101 layers; .* 100 at most"),
    "kernel": (
        KerasCNNClassifier(filters=1, kernel_size=128, pool_size=1024), (1151, 1151, 1),
        "networks that compute [0-9,]+ values for a sample"),
    "products": (
        KerasCNNClassifier(filters=((1024, 1024),), kernel_size=3, pool_size=88), (92, 92, 3),
        "[0-9,]+ multiplications for a sample"),
    "copies": (
        KerasCNNClassifier(
            filters=((64,) * 3, (128,) * 3, (256,) * 4, (512,) * 3), kernel_size=3,
            test_time_shift=1, test_time_rotation=1.0,
        ),
        (300, 300, 3), "multiplications for the copies of a sample"),
}  # fmt: skip


@pytest.mark.parametrize("case", LARGE)
def test_a_network_that_costs_too_much_is_refused(case):
    classifier, shape, match = LARGE[case]
    network = counted(classifier, shape)
    with pytest.raises(NetworkTooLargeError, match=match):
        Total().add(*network)


def test_many_networks_cost_too_much_where_one_does_not():
    total, voter = Total(), counted(KerasMLPClassifier(hidden_layer_sizes=[2] * 99), (2,))
    for _ in range(4):
        total.add(*voter)
    with pytest.raises(NetworkTooLargeError, match=r"networks of 401 layers; .* 400 at most"):
        total.add(*counted(KerasMLPClassifier(hidden_layer_sizes=[]), (2,)))
