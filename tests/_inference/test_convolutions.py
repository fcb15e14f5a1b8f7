"""Convolutions and pooling give what Keras gives, for every padding, stride and dilation."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from keras import layers

from skdigits._inference import UnsupportedLayerError

from ._networks import (
    IMAGE,
    SIGNAL,
    VOLUME,
    assert_like_keras,
    converted,
    network_of,
    random_weights,
    samples,
)

SHAPES = {1: SIGNAL, 2: IMAGE, 3: VOLUME}
ACTIVATIONS = ["linear", "relu", "softmax"]


def sizes(rank, most):
    """Draw one number for each axis."""
    return st.tuples(*[st.integers(1, most)] * rank)


def windows(rank, *paddings):
    """Draw settings that Keras and TensorFlow accept: strides or dilations, not both."""
    moves = st.one_of(
        st.fixed_dictionaries({"strides": sizes(rank, 3)}),
        st.fixed_dictionaries({"dilation_rate": sizes(rank, 3)}),
    )
    rest = st.fixed_dictionaries(
        {
            "kernel_size": sizes(rank, 4),
            "padding": st.sampled_from(["valid", "same", *paddings]),
            "activation": st.sampled_from(ACTIVATIONS),
            "use_bias": st.booleans(),
        }
    )
    return st.builds(lambda a, b: a | b, moves, rest)


def network_or_assume(shape, layer, settings):
    """Make a network, or draw other settings where Keras refuses these."""
    try:
        return network_of(shape, layer(**settings))
    except ValueError:
        assume(False)


def check_with_channels_first(network, layer, settings):
    """Check the layer with its channels first against the one with its channels last.

    TensorFlow has no such convolutions on a CPU, and older versions no such pooling.
    """
    weights = random_weights(network)
    x = samples(network.input_shape[1:])
    expected = converted(network, x)
    first = network_of(
        (x.shape[-1], *x.shape[1:-1]), layer(**settings, data_format="channels_first")
    )
    first.set_weights(weights)
    *_, width, n_channels = expected.shape
    if n_channels == width and getattr(first.layers[0], "use_bias", False):
        with pytest.raises(UnsupportedLayerError, match="its output is as wide as it has filters"):
            converted(first, np.moveaxis(x, -1, 1))
    elif settings.get("activation") != "softmax":
        actual = converted(first, np.moveaxis(x, -1, 1))
        np.testing.assert_allclose(np.moveaxis(actual, 1, -1), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolution(rank):
    @settings(max_examples=60 if rank < 3 else 15, deadline=None)
    @given(windows(rank, *(["causal"] if rank == 1 else [])))
    def check(window):
        window = {**window, "filters": 5}
        layer = getattr(layers, f"Conv{rank}D")
        network = network_or_assume(SHAPES[rank], layer, window)
        assert_like_keras(network)
        check_with_channels_first(network, layer, window)

    check()


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("Conv1D", {"filters": 4}),
        ("Conv2D", {"filters": 4}),
        ("Conv3D", {"filters": 4}),
        ("Conv2DTranspose", {"filters": 4}),
        ("DepthwiseConv2D", {"depth_multiplier": 2}),
        ("SeparableConv2D", {"filters": 4}),
    ],
)
def test_bias_that_keras_adds_along_the_width_is_refused(kind, parameters):
    """Keras mistakes the last axis for the channels if both have the same length."""

    def convert(width, *, use_bias):
        parameters.update(kernel_size=1, data_format="channels_first", use_bias=use_bias)
        layer = getattr(layers, kind)(**parameters)
        shape = (2, *(5,) * (layer.rank - 1), width)
        return converted(network_of(shape, layer), samples(shape))

    with pytest.raises(UnsupportedLayerError, match="its output is as wide as it has filters, 4"):
        convert(4, use_bias=True)
    assert convert(4, use_bias=False).any()
    assert convert(6, use_bias=True).any()


@pytest.mark.parametrize("settings", [{"strides": 2}, {"dilation_rate": 2}])
@pytest.mark.parametrize(("rank", "groups"), [(1, 3), (2, 2), (2, 4), (3, 2)])
def test_grouped_convolution(rank, groups, settings):
    """TensorFlow compiles each one, which takes time."""
    settings = {**settings, "filters": 12, "kernel_size": 2, "padding": "same", "groups": groups}
    layer = getattr(layers, f"Conv{rank}D")
    network = network_of(SHAPES[rank], layer(**settings))
    assert_like_keras(network)
    check_with_channels_first(network, layer, settings)


@pytest.mark.parametrize("kind", ["DepthwiseConv", "SeparableConv"])
@pytest.mark.parametrize("rank", [1, 2])
def test_convolution_of_each_channel(kind, rank):
    @settings(max_examples=40, deadline=None)
    @given(windows(rank), st.integers(1, 3))
    def check(window, multiplier):
        # TensorFlow has no others.
        assume(len(set(window.get("strides", (1,)))) == 1)
        window = {**window, "depth_multiplier": multiplier}
        if kind == "SeparableConv":
            window["filters"] = 3
        layer = getattr(layers, f"{kind}{rank}D")
        network = network_or_assume(SHAPES[rank], layer, window)
        assert_like_keras(network)
        check_with_channels_first(network, layer, window)

    check()


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_transposed_convolution(rank):
    layer = getattr(layers, f"Conv{rank}DTranspose")
    if "output_padding" not in layer(1, 1).get_config():
        pytest.skip("This version of Keras does not store output_padding.")

    @settings(max_examples=60 if rank < 3 else 15, deadline=None)
    @given(windows(rank), st.one_of(st.none(), st.integers(0, 2)))
    def check(window, output_padding):
        assume(output_padding is None or output_padding < min(window.get("strides", (1,))))
        window = {**window, "filters": 3, "output_padding": output_padding}
        network = network_or_assume(SHAPES[rank], layer, window)
        try:
            network(samples(SHAPES[rank]))
        except Exception:
            assume(False)
        assert_like_keras(network)

    check()


@pytest.mark.parametrize("kind", ["MaxPooling", "AveragePooling"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pooling(kind, rank):
    layer = getattr(layers, f"{kind}{rank}D")

    @settings(max_examples=25, deadline=None)
    @given(
        sizes(rank, 3), st.one_of(st.none(), sizes(rank, 3)), st.sampled_from(["valid", "same"])
    )
    def check(pool_size, strides, padding):
        window = {"pool_size": pool_size, "strides": strides, "padding": padding}
        network = network_or_assume(SHAPES[rank], layer, window)
        assert_like_keras(network)
        check_with_channels_first(network, layer, window)

    check()


@pytest.mark.parametrize("kind", ["GlobalMaxPooling", "GlobalAveragePooling"])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_global_pooling(kind, rank, data_format, keepdims):
    layer = getattr(layers, f"{kind}{rank}D")(data_format=data_format, keepdims=keepdims)
    assert_like_keras(network_of(SHAPES[rank], layer))
