"""The shapes of a convolutional classifier: pictures, blocks, and what does not fit."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from skdigits import KerasCNNClassifier, KerasMLPClassifier
from skdigits.exceptions import NetworkShapeError

from .._small import cnn


def shapes(classifier):
    """List (kind, kernel or pool, output shape) of the layers up to the flattening."""
    seen = []
    for layer in classifier.model_.layers:
        kind = type(layer).__name__
        window = getattr(layer, "kernel_size", getattr(layer, "pool_size", None))
        seen.append((kind, window, layer.output.shape[1:]))
    return seen


# Which picture


@pytest.mark.parametrize(
    ("shape", "image_shape", "expected"),
    [
        ((64,), None, (8, 8, 1)),
        ((8, 8), None, (8, 8, 1)),
        ((8, 8, 1), None, (8, 8, 1)),
        ((4, 16), None, (4, 16, 1)),
        ((4, 4, 4), None, (4, 4, 4)),
        ((64,), (4, 16), (4, 16, 1)),
        ((64,), (4, 4, 4), (4, 4, 4)),
        ((64,), [8, np.int64(8)], (8, 8, 1)),
        ((8, 8), (16, 4), (16, 4, 1)),
    ],
)
def test_picture_shape(shape, image_shape, expected, digits):
    X = digits[0].reshape(-1, *shape)
    classifier = cnn(image_shape=image_shape, epochs=1).fit(X, digits[1])
    assert classifier.input_shape_ == classifier.model_.input_shape[1:] == expected
    assert classifier.sample_shape_ == shape
    assert classifier.n_features_in_ == 64
    assert len(classifier.predict(X)) == 300


def test_flat_samples_that_are_no_square_warn_and_train_as_one_row(digits):
    X, y = digits[0][:, :60], digits[1]
    with pytest.warns(UserWarning, match=r"60 features do not form.*image_shape") as caught:
        classifier = cnn().fit(X, y)
    assert caught[0].filename == __file__
    assert classifier.input_shape_ == (1, 60, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cnn(image_shape=(6, 10)).fit(X, y).input_shape_ == (6, 10, 1)
        classifier.predict(X)


@pytest.mark.parametrize(
    "image_shape", [(8, 9), (8,), (2, 2, 4, 4), (8.0, 8.0), (0, 64), (-8, -8)]
)
def test_image_shape_that_is_none_is_refused(image_shape, digits):
    with pytest.raises(ValueError, match=r"image_shape( must be|=.*product is 64)") as caught:
        cnn(image_shape=image_shape).fit(*digits)
    assert str(image_shape) in str(caught.value)


# Spellings of the blocks


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            {"filters": 4},
            [("Conv2D", (3, 3), (6, 6, 4)), ("MaxPooling2D", (2, 2), (3, 3, 4))],
        ),
        (
            {"filters": (4,), "kernel_size": (3, 2), "pool_size": (2, 1)},  # a pair
            [("Conv2D", (3, 2), (6, 7, 4)), ("MaxPooling2D", (2, 1), (3, 7, 4))],
        ),
        (
            {"filters": ((4, 4),), "kernel_size": [3, 3], "pool_size": [2, 2]},
            [
                ("Conv2D", (3, 3), (6, 6, 4)), ("Conv2D", (3, 3), (4, 4, 4)),
                ("MaxPooling2D", (2, 2), (2, 2, 4)),
            ],
        ),
        (
            {"filters": (4, 5), "kernel_size": (3, 2)},
            [
                ("Conv2D", (3, 3), (6, 6, 4)), ("MaxPooling2D", (2, 2), (3, 3, 4)),
                ("Conv2D", (2, 2), (2, 2, 5)), ("MaxPooling2D", (2, 2), (1, 1, 5)),
            ],
        ),
        (
            {"filters": ((4, 6), 5), "kernel_size": 2, "pool_size": 1},
            [
                ("Conv2D", (2, 2), (7, 7, 4)), ("Conv2D", (2, 2), (6, 6, 6)),
                ("Conv2D", (2, 2), (5, 5, 5)),
            ],
        ),
        (
            {"filters": [[4], 5], "kernel_size": [[5, 3], (1, 2)], "pool_size": (2, 1)},
            [
                ("Conv2D", (5, 3), (4, 6, 4)), ("MaxPooling2D", (2, 2), (2, 3, 4)),
                ("Conv2D", (1, 2), (2, 2, 5)),
            ],
        ),
        (
            {"filters": np.array([4]), "pool_size": [(1, 3)]},
            [("Conv2D", (3, 3), (6, 6, 4)), ("MaxPooling2D", (1, 3), (6, 2, 4))],
        ),
    ],
    ids=["one", "a_pair", "a_pair_for_a_stack", "two_kernels", "nested", "pairs", "array"],
)  # fmt: skip
def test_blocks_may_be_spelled(parameters, expected, digits):
    classifier = cnn(epochs=1, **parameters).fit(*digits)
    found = shapes(classifier)
    kinds = [row[0] for row in found]
    assert found[: kinds.index("Flatten")] == expected
    assert kinds[kinds.index("Flatten") :] == ["Flatten", "Dense", "Dense"]


@pytest.mark.parametrize("side", [1, 2, 3, 5, 8])
def test_auto_fits_any_picture(side, digits):
    X = digits[0][:, : side * side]
    classifier = cnn(filters=((4, 4), 4, (4, 4, 4)), epochs=1).fit(X, digits[1])
    assert classifier.predict(X).shape == (300,)


def test_batch_normalization_stands_before_each_activation(digits):
    classifier = cnn(batch_normalization=True, conv_dropout=0.1, dropout=0.2).fit(*digits)
    kinds = [type(layer).__name__ for layer in classifier.model_.layers]
    normalized = ["BatchNormalization", "Activation"]
    assert kinds == [
        "Conv2D", *normalized, "MaxPooling2D", "Dropout", "Flatten",
        "Dense", *normalized, "Dropout", "Dense",
    ]  # fmt: skip
    assert not classifier.model_.layers[0].use_bias
    assert classifier.model_.layers[1].momentum == 0.9


@pytest.mark.parametrize(
    ("sizes", "dropout", "expected"),
    [
        ((), 0.0, [(64, 10)]),
        (7, 0.0, [(64, 7), (7, 10)]),
        ([7, 5], (0.1, 0.0), [(64, 7), (7, 5), (5, 10)]),
        (np.array([7]), 0.0, [(64, 7), (7, 10)]),
    ],
)
def test_hidden_layers_may_be_spelled(sizes, dropout, expected, digits):
    classifier = KerasMLPClassifier(hidden_layer_sizes=sizes, dropout=dropout, epochs=1)
    network = classifier.fit(*digits).model_
    kernels = [layer.kernel.shape for layer in network.layers if hasattr(layer, "kernel")]
    assert kernels == expected


# What does not fit


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"kernel_size": 9}, r"convolution 1 .*9x9 pixels, but only 8x8.*smaller kernel_size"),
        ({"filters": (4, 4, 4), "kernel_size": 3}, r"convolution 3 .*3x3 pixels, but only 1x1|"
         r"convolution 2 .*only"),
        ({"filters": ((4, 4), 4), "kernel_size": 5}, r"convolution 1\.2 .*but only 4x4"),
        ({"pool_size": 7}, r"pooling 1 .*7x7 pixels, but only 6x6.*smaller pool_size"),
        ({"filters": (4, 4), "pool_size": (6, 2)}, r"convolution 2|pooling 2 .*only 1x1"),
        ({"image_shape": (2, 32), "kernel_size": 3}, r"only 2x32.*image is 2x32"),
    ],
)  # fmt: skip
def test_impossible_network_names_the_layer_and_the_way_out(parameters, match, digits):
    classifier = cnn(**parameters)
    with pytest.raises(NetworkShapeError, match=match) as caught:
        classifier.fit(*digits)
    assert isinstance(caught.value, ValueError)
    assert "fewer entries in filters" in str(caught.value)
    fixed = {"kernel_size": "auto", "pool_size": "auto", "epochs": 1}
    assert classifier.set_params(**fixed).fit(*digits).n_epochs_ == 1


def test_default_network_takes_mnist_sized_pictures():
    X = np.zeros((10, 784), np.uint8)
    classifier = KerasCNNClassifier(epochs=1).fit(X, range(10))
    assert classifier.input_shape_ == (28, 28, 1)


def test_a_pair_for_more_than_two_blocks_is_told_how_to_be_written(digits):
    with pytest.raises(ValueError, match=r"here 3; got 2.*\[\(3, 2\), \(3, 2\), \(3, 2\)\]"):
        cnn(filters=(2, 2, 2), kernel_size=(3, 2)).fit(*digits)
