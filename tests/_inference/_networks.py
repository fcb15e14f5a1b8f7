"""Networks of Keras, and what their ONNX graphs give."""

import keras
import numpy as np
from keras import layers
from onnx import checker, helper

from skdigits._inference import (
    GraphBuilder,
    Tensor,
    add_network,
    float_value,
    open_session,
)

FLAT = (6,)
SIGNAL = (7, 3)
IMAGE = (7, 5, 4)
VOLUME = (5, 4, 3, 2)


def random_weights(network, seed=0):
    """Give a network weights that hide no mistake, and return them."""
    rng = np.random.default_rng(seed)
    arrays = []
    for variable in network.weights:
        array = rng.normal(size=variable.shape).astype("float32")
        if "variance" in variable.path:
            array = np.abs(array) + 0.1
        arrays.append(array if variable.dtype == "float32" else variable.numpy())
    network.set_weights(arrays)
    for layer in network.layers:
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()  # set_weights leaves that out
    return arrays


def samples(shape, n=3, seed=1):
    """Return samples of both signs."""
    return np.random.default_rng(seed).normal(size=(n, *shape)).astype("float32") * 2


def architecture_of(network):
    """Return the configuration that a network at rest keeps."""
    architecture = keras.saving.serialize_keras_object(network)
    architecture.pop("compile_config", None)
    return architecture


def run(model, x):
    """Check an ONNX model and run it."""
    checker.check_model(model, full_check=True)
    return open_session(model).run(None, {"x": x})[0]


def converted(network, x):
    """Return what the graph of a network gives for samples."""
    graph = GraphBuilder()
    shape = x.shape[1:]
    y = add_network(graph, architecture_of(network), network.get_weights(), Tensor("x", shape))
    graph.nodes.append(helper.make_node("Identity", [y.name], ["y"]))
    model = graph.model([float_value("x", shape)], [float_value("y", y.shape)], name="test")
    result = run(model, x)
    assert result.shape[1:] == y.shape
    return result


def assert_like_keras(network, x=None):
    """Check a network with random weights against Keras."""
    random_weights(network)
    x = samples(network.input_shape[1:]) if x is None else x
    expected = keras.ops.convert_to_numpy(network(x, training=False))
    actual = converted(network, x)
    assert actual.shape == expected.shape
    scale = max(1, np.abs(expected).max())
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 * scale)


def network_of(shape, *stack):
    """Make a network of layers."""
    return keras.Sequential([keras.Input(shape, dtype="float32"), *stack])
