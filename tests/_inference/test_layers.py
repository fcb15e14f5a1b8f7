"""Every kind of layer gives what Keras gives, whatever its settings."""

from functools import partial

import keras
import pytest
from keras import layers

from ._networks import FLAT, IMAGE, SIGNAL, VOLUME, assert_like_keras, network_of

LAYERS = [
    (FLAT, partial(layers.Dense, 3)),
    (FLAT, partial(layers.Dense, 3, use_bias=False, activation="tanh")),
    (SIGNAL, partial(layers.Dense, 3, activation="relu")),
    (IMAGE, partial(layers.Dense, 3, use_bias=False)),
    (IMAGE, partial(layers.Flatten)),
    (IMAGE, partial(layers.Flatten, data_format="channels_first")),
    (SIGNAL, partial(layers.Flatten, data_format="channels_first")),
    (FLAT, partial(layers.Flatten)),
    (FLAT, partial(layers.Flatten, data_format="channels_first")),
    (IMAGE, partial(layers.Reshape, (5, 7, 4))),
    (IMAGE, partial(layers.Reshape, (-1, 10))),
    (IMAGE, partial(layers.Reshape, (140,))),
    (IMAGE, partial(layers.Permute, (2, 1, 3))),
    (IMAGE, partial(layers.Permute, (3, 1, 2))),
    (SIGNAL, partial(layers.Permute, (2, 1))),
    (FLAT, partial(layers.RepeatVector, 4)),
    (SIGNAL, partial(layers.ZeroPadding1D, (1, 2))),
    (IMAGE, partial(layers.ZeroPadding2D, ((1, 2), (0, 3)))),
    (IMAGE, partial(layers.ZeroPadding2D, 2, data_format="channels_first")),
    (VOLUME, partial(layers.ZeroPadding3D, 1)),
    (SIGNAL, partial(layers.Cropping1D, (2, 1))),
    (IMAGE, partial(layers.Cropping2D, ((1, 2), (0, 3)))),
    (IMAGE, partial(layers.Cropping2D, ((1, 1), (2, 0)), data_format="channels_first")),
    (VOLUME, partial(layers.Cropping3D, 1)),
    (SIGNAL, partial(layers.UpSampling1D, 3)),
    (IMAGE, partial(layers.UpSampling2D, (2, 3))),
    (IMAGE, partial(layers.UpSampling2D, (2, 3), interpolation="bilinear")),
    (IMAGE, partial(layers.UpSampling2D, (1, 2), data_format="channels_first")),
    (VOLUME, partial(layers.UpSampling3D, (1, 2, 3))),
    (IMAGE, partial(layers.BatchNormalization)),
    (IMAGE, partial(layers.BatchNormalization, axis=1)),
    (IMAGE, partial(layers.BatchNormalization, axis=2, scale=False)),
    (IMAGE, partial(layers.BatchNormalization, center=False, epsilon=0.1)),
    (FLAT, partial(layers.BatchNormalization)),
    (FLAT, partial(layers.BatchNormalization, scale=False, center=False)),
    (SIGNAL, partial(layers.BatchNormalization)),
    (IMAGE, partial(layers.LayerNormalization)),
    (IMAGE, partial(layers.LayerNormalization, axis=[1, 2, 3])),
    (IMAGE, partial(layers.LayerNormalization, axis=[2, 3], scale=False)),
    (IMAGE, partial(layers.LayerNormalization, axis=2, center=False)),
    (IMAGE, partial(layers.LayerNormalization, axis=(1, 3), epsilon=0.1)),
    (FLAT, partial(layers.LayerNormalization, scale=False, center=False)),
    (IMAGE, partial(layers.Rescaling, 1 / 255, offset=-0.5)),
    (IMAGE, partial(layers.Normalization)),
    (IMAGE, partial(layers.Normalization, axis=2)),
    (IMAGE, partial(layers.Normalization, axis=None)),
    (IMAGE, partial(layers.Normalization, invert=True)),
    (IMAGE, partial(layers.Normalization, mean=2.0, variance=3.0)),
    (SIGNAL, partial(layers.Normalization, mean=[1, 2, 3], variance=[3, 2, 0])),
    (IMAGE, partial(layers.ReLU)),
    (IMAGE, partial(layers.ReLU, max_value=1.5)),
    (IMAGE, partial(layers.ReLU, max_value=6)),
    (IMAGE, partial(layers.ReLU, negative_slope=0.3)),
    (IMAGE, partial(layers.ReLU, negative_slope=0.3, max_value=1, threshold=0.5)),
    (IMAGE, partial(layers.ReLU, threshold=0.5)),
    (IMAGE, partial(layers.ReLU, threshold=0.5, max_value=0.0)),
    (IMAGE, partial(layers.LeakyReLU)),
    (IMAGE, partial(layers.LeakyReLU, negative_slope=0.05)),
    (IMAGE, partial(layers.PReLU)),
    (IMAGE, partial(layers.PReLU, shared_axes=[1, 2])),
    (FLAT, partial(layers.PReLU)),
    (IMAGE, partial(layers.Softmax)),
    (IMAGE, partial(layers.Softmax, axis=2)),
    (IMAGE, partial(layers.Softmax, axis=[1])),
    (IMAGE, partial(layers.Activation, "softmax")),
    (IMAGE, partial(layers.Activation, "log_softmax")),
    (IMAGE, partial(layers.Identity)),
    (IMAGE, partial(layers.Dropout, 0.5)),
    (SIGNAL, partial(layers.SpatialDropout1D, 0.5)),
    (IMAGE, partial(layers.SpatialDropout2D, 0.5)),
    (VOLUME, partial(layers.SpatialDropout3D, 0.5)),
    (IMAGE, partial(layers.GaussianNoise, 0.5)),
    (IMAGE, partial(layers.GaussianDropout, 0.5)),
    (IMAGE, partial(layers.AlphaDropout, 0.5)),
    (IMAGE, partial(layers.ActivityRegularization, 0.5)),
    (IMAGE, partial(layers.RandomFlip)),
    (IMAGE, partial(layers.RandomRotation, 0.1)),
    (IMAGE, partial(layers.RandomTranslation, 0.1, 0.1)),
    (IMAGE, partial(layers.RandomZoom, 0.1)),
    (IMAGE, partial(layers.RandomContrast, 0.1)),
    (IMAGE, partial(layers.RandomBrightness, 0.1)),
]
IDS = [f"{layer.func.__name__}-{i}" for i, (_, layer) in enumerate(LAYERS)]


@pytest.mark.parametrize(("shape", "layer"), LAYERS, ids=IDS)
def test_layer_gives_what_keras_gives(shape, layer):
    assert_like_keras(network_of(shape, layer()))


@pytest.mark.parametrize("layer", [layer for shape, layer in LAYERS if shape is IMAGE])
def test_layer_after_a_convolution(layer):
    """There its input has the channels first in the graph, and so may what comes after."""
    stack = [layers.Conv2D(4, 1), layer(), layers.Flatten(), layers.Dropout(0.1), layers.Dense(3)]
    if stack[1].compute_output_shape((None, *IMAGE))[-1] == 4:
        stack.insert(2, layers.Activation("relu"))
    assert_like_keras(network_of(IMAGE, *stack))


@pytest.mark.parametrize("alpha", [1.0, 0.7])
def test_elu_gives_what_keras_gives(alpha):
    if "alpha" not in layers.ELU().get_config():
        pytest.skip("This version of Keras does not store alpha.")
    assert_like_keras(network_of(FLAT, layers.ELU(alpha=alpha)))


@pytest.mark.parametrize("activation", [layers.LeakyReLU, layers.ReLU, layers.Softmax])
def test_layer_takes_another_as_its_activation(activation):
    assert_like_keras(network_of(FLAT, layers.Dense(4, activation=activation())))


@pytest.mark.parametrize(
    "merge",
    [
        layers.Add,
        layers.Subtract,
        layers.Multiply,
        layers.Average,
        layers.Maximum,
        layers.Minimum,
        layers.Concatenate,
        partial(layers.Concatenate, axis=1),
        partial(layers.Concatenate, axis=2),
    ],
)
@pytest.mark.parametrize("sides", ["plain", "convolved", "both"])
def test_merge_gives_what_keras_gives(merge, sides):
    """One side, or both, may have the channels first in the graph."""
    x = keras.Input(IMAGE, dtype="float32")
    a = layers.Rescaling(2.0)(x) if sides == "plain" else layers.Conv2D(4, 1)(x)
    b = layers.Conv2D(4, 1)(x) if sides == "both" else layers.Rescaling(0.5, 1.0)(x)
    assert_like_keras(keras.Model(x, layers.Dense(2)(merge()([a, b]))))


def test_merge_takes_many_inputs():
    x = keras.Input(FLAT, dtype="float32")
    branches = [layers.Dense(4)(x) for _ in range(4)]
    merged = [merge()(branches) for merge in (layers.Add, layers.Average, layers.Maximum)]
    assert_like_keras(keras.Model(x, layers.Concatenate()(merged)))


def test_channels_are_scaled_by_weights_of_their_own():
    """Squeeze and excitation multiplies two values of different shapes."""
    x = keras.Input(IMAGE, dtype="float32")
    y = layers.Conv2D(6, 3, padding="same", activation="relu")(x)
    weights = layers.GlobalAveragePooling2D(keepdims=True)(y)
    weights = layers.Dense(6, activation="sigmoid")(layers.Dense(2, activation="relu")(weights))
    y = layers.Multiply()([y, weights])
    assert_like_keras(keras.Model(x, layers.Dense(3)(layers.Flatten()(y))))
