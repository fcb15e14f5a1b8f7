"""Whole networks become graphs, and whatever a file may hold ends in a plain error."""

import copy
import json
import math
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from keras import layers

from skdigits._inference import (
    GraphBuilder,
    Tensor,
    UnsupportedLayerError,
    add_network,
    network_model,
)
from skdigits.recipes import make_recipe, recipe_names

from ._networks import (
    FLAT,
    IMAGE,
    architecture_of,
    assert_like_keras,
    converted,
    network_of,
    random_weights,
    run,
    samples,
)

HOSTILE = [
    *[0, -1, -(10**30), 10**30, 2**31, 2**31 - 1, 2**62, 1.5, 1e300, float("nan"), float("inf")],
    *[True, False, None, "", "relu", "\0" * 10_000, [], [[]], [1, 2, 3], [0], {}, {"config": 1}],
    *[{"class_name": "Dense", "config": {}}, [None] * 1000, [10**30, 10**30], ["x", 0, 0]],
]


def small_cnn():
    """Return a network with many settings."""
    return network_of(
        IMAGE,
        layers.Conv2D(6, 3, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dropout(0.1),
        layers.Dense(5, activation=layers.LeakyReLU()),
        layers.Dense(3),
    )


def unusual_layers():
    """Return a network with the settings of many kinds of layers."""
    return network_of(
        IMAGE,
        layers.Normalization(),
        layers.DepthwiseConv2D(3, padding="same"),
        layers.SeparableConv2D(4, 2, strides=2),
        layers.LayerNormalization(),
        layers.PReLU(shared_axes=[1, 2]),
        layers.UpSampling2D(2),
        layers.ZeroPadding2D(1),
        layers.Cropping2D(((1, 1), (0, 1))),
        layers.AveragePooling2D(2, padding="same"),
        layers.ReLU(max_value=5, negative_slope=0.1),
        layers.Softmax(),
        layers.Rescaling(2.0, 0.5),
        layers.Permute((2, 1, 3)),
        layers.Reshape((-1, 3)),
        layers.Conv1D(4, 3, padding="causal"),
        layers.MaxPooling1D(2, strides=1, padding="same"),
        layers.GlobalMaxPooling1D(),
        layers.RepeatVector(3),
        layers.Flatten(),
    )


def branches():
    """Return a functional network with a shared layer and a nested network called twice."""
    x = keras.Input(IMAGE, dtype="float32", name="image")
    convolution = layers.Conv2D(4, 3, padding="same", activation="relu", name="shared")
    deep = convolution(convolution(x))
    wide = layers.Conv2D(4, 1, name="wide")(x)
    nested = network_of(IMAGE, layers.BatchNormalization(), layers.Conv2D(4, 2, padding="same"))
    y = layers.Add()([nested(deep), nested(wide), x])
    z = layers.Dense(6)(layers.Flatten()(y))
    pooled = layers.GlobalMaxPooling2D()(deep)
    return keras.Model(x, layers.Dense(3)(layers.Concatenate()([z, pooled])))


@pytest.mark.parametrize("make", [small_cnn, branches, unusual_layers])
def test_network_gives_what_keras_gives(make):
    assert_like_keras(make())


def test_functional_network_may_be_nested_in_others():
    inner, x = branches(), keras.Input(IMAGE, dtype="float32")
    outer = keras.Model(x, layers.Multiply()([inner(x), layers.Dense(3)(inner(x))]))
    assert_like_keras(network_of(IMAGE, layers.Rescaling(0.5), outer, layers.Dense(2)))


@pytest.mark.parametrize("n_calls", [1, 2, 3])
def test_functional_network_may_end_in_another(n_calls):
    """Keras counts the calls of a nested network differently there."""
    x = keras.Input(FLAT, dtype="float32")
    inner = keras.Model(x, layers.Dense(6, activation="tanh")(x))
    x = y = keras.Input(FLAT, dtype="float32")
    for _ in range(n_calls):
        y = inner(y)
    assert_like_keras(keras.Model(x, y))


def test_flattened_image_may_be_used_more_than_once():
    """Only a dense layer may read it in another order."""
    x = keras.Input(IMAGE, dtype="float32")
    flat = layers.Flatten()(layers.Conv2D(4, 2)(x))
    dense = layers.Dense(96, name="dense")
    y = layers.Concatenate()([dense(flat), dense(dense(flat)), flat, layers.Softmax()(flat)])
    assert_like_keras(keras.Model(x, y))


@pytest.mark.parametrize("name", recipe_names())
def test_recipes_give_what_keras_gives(name):
    last = make_recipe(name, random_state=0)[-1]
    classifiers = [one for _, one in last.estimators] if hasattr(last, "estimators") else [last]
    built = set()
    for classifier in classifiers:
        classifier.n_features_in_ = 784
        shape = (28, 28, 1) if hasattr(classifier, "image_shape") else (784,)
        network = classifier._build_network(shape, 10)
        text = json.dumps(architecture_of(network))
        if text not in built:
            built.add(text)
            random_weights(network)
            weights = [array * 0.05 for array in network.get_weights()]
            network.set_weights([np.abs(array) for array in weights])
            x = np.random.default_rng(0).random((4, *shape), dtype="float32")
            expected = network(x, training=False).numpy()
            model, costs = network_model(architecture_of(network), network.get_weights())
            np.testing.assert_allclose(run(model, x), expected, rtol=1e-5, atol=1e-6)
            assert "Transpose" not in {node.op_type for node in model.graph.node}
            assert [cost.outputs for cost in costs] == [
                math.prod(shape),
                *(math.prod(layer.output.shape[1:]) for layer in network.layers),
            ]
            assert sum(cost.products for cost in costs) == sum(
                layer.kernel.shape.num_elements() * math.prod(layer.output.shape[1:-1])
                for layer in network.layers
                if isinstance(layer, (layers.Dense, layers.Conv2D))
            )


def test_costs_of_a_convolution():
    network = network_of(IMAGE, layers.Conv2D(6, (3, 2), groups=2), layers.Flatten())
    _, costs = network_model(architecture_of(network), network.get_weights())
    first, convolution, last = costs
    assert (first.outputs, last.outputs) == (140, 5 * 4 * 6)
    assert convolution == (5 * 4 * 6, 5 * 4 * 3 * 2 * 4, 5 * 4 * 3 * 2 * 2 * 6)


def test_costs_of_windows_and_of_what_is_merged():
    image = keras.Input((9, 9, 2))
    pooled = layers.MaxPooling2D((4, 3), strides=1)(image)
    merged = layers.Add()([pooled, pooled, pooled])
    network = keras.Model(image, layers.Flatten()(merged))
    _, costs = network_model(architecture_of(network), network.get_weights())
    n_outputs = 6 * 7 * 2
    assert costs[1] == (n_outputs, n_outputs * 4 * 3, 0)
    assert costs[2] == (n_outputs, n_outputs * 3, 0)


def test_architecture_may_come_from_json():
    network = branches()
    x = samples(IMAGE)
    architecture = json.loads(json.dumps(architecture_of(network)))
    model, _ = network_model(architecture, network.get_weights())
    np.testing.assert_array_equal(run(model, x), converted(network, x))


@pytest.mark.parametrize("n_samples", [0, 1, 5])
def test_any_number_of_samples(n_samples):
    network = small_cnn()
    model, _ = network_model(architecture_of(network), network.get_weights())
    x = samples(IMAGE, 5)
    np.testing.assert_array_equal(run(model, x[:n_samples]), run(model, x)[:n_samples])


def test_several_networks_share_a_graph():
    graph, x = GraphBuilder(), Tensor("x", FLAT)
    for network in (network_of(FLAT, layers.Dense(4)), network_of((4,), layers.Dense(2))):
        x = add_network(graph, architecture_of(network), network.get_weights(), x)
    assert x.shape == (2,)


def test_weights_of_a_shared_layer_are_stored_once():
    x = keras.Input((784,), dtype="float32")
    shared = layers.Dense(784)
    network = keras.Model(x, shared(shared(shared(x))))
    model, _ = network_model(architecture_of(network), network.get_weights())
    assert model.ByteSize() < 1.1 * sum(array.nbytes for array in network.get_weights())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda weights: weights[:-1],
        lambda weights: [*weights, weights[0]],
        lambda weights: weights[::-1],
        lambda weights: [array.astype("float64") for array in weights],
        lambda weights: [array.astype("int32") for array in weights],
        lambda weights: [array.ravel() for array in weights],
        lambda weights: [array.tolist() for array in weights],
        lambda weights: [],
    ],
)
@pytest.mark.parametrize("make", [small_cnn, branches])
def test_weights_that_do_not_fit_are_refused(make, spoil):
    network = make()
    with pytest.raises(ValueError, match="weights"):
        network_model(architecture_of(network), spoil(network.get_weights()))


def test_input_of_another_shape_is_refused():
    network = small_cnn()
    with pytest.raises(ValueError, match=r"\(7, 5, 4\)"):
        add_network(
            GraphBuilder(), architecture_of(network), network.get_weights(), Tensor("x", (5, 7, 4))
        )


@pytest.mark.parametrize("dtype", ["float16", "float64", "mixed_bfloat16"])
def test_other_dtypes_are_refused(dtype):
    network = network_of(FLAT, layers.Dense(2, dtype=dtype))
    with pytest.raises(UnsupportedLayerError, match=dtype):
        network_model(architecture_of(network), network.get_weights())


def test_dtype_may_be_a_string():
    architecture = architecture_of(small_cnn())
    for layer in architecture["config"]["layers"]:
        layer["config"]["dtype"] = "float32"
    network_model(architecture, small_cnn().get_weights())


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
@pytest.mark.parametrize(
    "refused",
    [
        lambda x: layers.Dense(3)(layers.SimpleRNN(3)(layers.Reshape((-1, 2))(x))),
        lambda x: layers.Dense(3)(keras.ops.relu(x)),
        lambda x: layers.Dense(3)(x) + layers.Dense(3)(x),
        lambda x: layers.Dropout(0.5)(layers.Dense(3)(x), training=True),
        lambda x: layers.Lambda(lambda y: y)(layers.Dense(3)(x)),
    ],
)
def test_what_the_graph_cannot_express_is_refused(refused):
    x = keras.Input(FLAT, dtype="float32")
    network = keras.Model(x, refused(x))
    with pytest.raises(UnsupportedLayerError):
        network_model(architecture_of(network), network.get_weights())


def test_several_inputs_or_outputs_are_refused():
    a, b = (keras.Input(FLAT, dtype="float32") for _ in range(2))
    y = layers.Add()([a, b])
    for network in (keras.Model([a, b], y), keras.Model(a, [layers.Dense(2)(a)] * 2)):
        with pytest.raises(UnsupportedLayerError):
            network_model(architecture_of(network), network.get_weights())


def test_low_rank_and_quantised_layers_are_refused():
    for change in (lambda dense: dense.enable_lora(2), lambda dense: dense.quantize("int8")):
        network = network_of(FLAT, layers.Dense(3))
        change(network.layers[0])
        with pytest.raises(UnsupportedLayerError):
            network_model(architecture_of(network), network.get_weights())


def test_renormalization_is_refused():
    architecture = architecture_of(small_cnn())
    architecture["config"]["layers"][2]["config"]["renorm"] = True
    with pytest.raises(UnsupportedLayerError, match="'renorm'"):
        network_model(architecture, small_cnn().get_weights())


def test_setting_of_a_later_keras_is_refused():
    architecture = architecture_of(small_cnn())
    settings = architecture["config"]["layers"][-1]["config"]
    settings["kernel_initializer"] = settings["later"] = None
    network_model(architecture, small_cnn().get_weights())
    settings["later"] = 0
    with pytest.raises(UnsupportedLayerError, match="'later'"):
        network_model(architecture, small_cnn().get_weights())


def places(value, path=()):
    """Yield where a configuration holds something, lists and mappings included."""
    if path:
        yield path
    if isinstance(value, (dict, list, tuple)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def is_read(path):
    """Whether the graph depends on this part of a configuration."""
    ignored = ("_initializer", "_regularizer", "_constraint", "build_config", "trainable", "shape")
    return not any(str(key).endswith(ignored) and key != "batch_shape" for key in path)


@pytest.mark.parametrize("make", [small_cnn, branches, unusual_layers])
def test_hostile_configurations_end_in_plain_errors_at_once(make):
    network = make()
    text, weights = json.dumps(architecture_of(network)), network.get_weights()
    for path in filter(is_read, places(json.loads(text))):
        for value in [*HOSTILE, KeyError]:
            architecture = json.loads(text)
            parent = architecture
            for key in path[:-1]:
                parent = parent[key]
            if value is KeyError:
                del parent[path[-1]]
            else:
                parent[path[-1]] = value
            start = time.perf_counter()
            try:
                model, _ = network_model(architecture, weights)
            except (UnsupportedLayerError, ValueError) as error:
                assert len(str(error)) < 1000  # noqa: PT017
            else:
                assert model.ByteSize() < 100_000
            assert time.perf_counter() - start < 1


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_kernel_that_is_far_larger_than_the_image_is_refused(padding):
    """ONNX Runtime would look at each of its pixels."""
    architecture = architecture_of(network_of(IMAGE, layers.MaxPooling2D(2), layers.Flatten()))
    pooling = architecture["config"]["layers"][1]["config"]
    pooling |= {"pool_size": [10**6, 10**6], "padding": padding}
    with pytest.raises((UnsupportedLayerError, ValueError)):
        network_model(architecture, [])


def test_deep_nesting_is_refused():
    architecture = architecture_of(small_cnn())
    for _ in range(10_000):
        architecture = {**architecture, "config": {"name": "deep", "layers": [architecture]}}
    with pytest.raises(UnsupportedLayerError, match="deep"):
        network_model(architecture, small_cnn().get_weights())


def test_calls_that_multiply_are_refused():
    """Each network calls the one inside it twice, fifteen levels deep."""
    x = keras.Input((2,), dtype="float32")
    inner = keras.Model(x, layers.Dense(2)(x), name="inner")
    x = keras.Input((2,), dtype="float32")
    template = architecture_of(keras.Model(x, inner(inner(x))))
    network = template
    for _ in range(14):
        outer = copy.deepcopy(template)
        outer["config"]["layers"][1]["config"] = network["config"]
        network = outer
    start = time.perf_counter()
    with pytest.raises(UnsupportedLayerError, match="calls"):
        network_model(network, inner.get_weights())
    assert time.perf_counter() - start < 5


def test_too_many_layers_are_refused():
    architecture = architecture_of(network_of(FLAT, layers.Activation("relu")))
    architecture["config"]["layers"] += architecture["config"]["layers"][-1:] * 20_000
    with pytest.raises(UnsupportedLayerError, match="layers"):
        network_model(architecture, [])


def test_neither_keras_nor_tensorflow_nor_sklearn_is_imported():
    code = (
        "import sys, skdigits._inference; "
        "sys.exit(bool({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
