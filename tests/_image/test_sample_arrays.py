"""Samples in every container and order of axes: taken alike, or refused with what to type."""

from __future__ import annotations

import warnings

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from sklearn import config_context
from sklearn.utils.validation import validate_data

from skdigits import BaseKerasClassifier, Deskewer, ImageScaler, MNISTNormalizer
from skdigits._image import are_plain_rows, flatten_samples

from .._small import cnn, mlp

PICTURES = np.random.RandomState(0).randint(0, 255, (12, 9, 9), dtype=np.uint8)
COLOUR = np.random.RandomState(0).randint(0, 255, (12, 9, 7, 3), dtype=np.uint8)


def objects(pictures):
    array = np.empty(len(pictures), dtype=object)
    array[:] = list(pictures)
    return array


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "nested_lists": lambda pictures: pictures.tolist(),
    "array_of_objects": objects,
    "column_of_objects": lambda pictures: objects(pictures).reshape(-1, 1),
    "series": lambda pictures: pd.Series(list(pictures), index=range(50, 62)),
    "data_frame": lambda pictures: pd.DataFrame({"image": list(pictures)}),
    "polars_series": lambda pictures: pl.Series("image", list(pictures), dtype=pl.Object),
    "pillow": lambda pictures: [Image.fromarray(picture) for picture in pictures],
    "tensor": tf.constant,
    "channels_last": lambda pictures: pictures[..., np.newaxis],
    "channels_first": lambda pictures: pictures[:, np.newaxis],
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_pictures_come_in_any_container(container):
    rows, shape = flatten_samples(CONTAINERS[container](PICTURES))
    np.testing.assert_array_equal(rows, PICTURES.reshape(12, 81))
    assert shape in ((9, 9), (9, 9, 1))


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("make", [ImageScaler, Deskewer, MNISTNormalizer])
def test_transformers_take_them_alike(container, make):
    expected = make().fit_transform(PICTURES)
    found = make().fit_transform(CONTAINERS[container](PICTURES))
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_classifier_takes_them_alike(container):
    X, y = PICTURES / np.float32(255), np.arange(12) % 2
    contained = PICTURES if container == "pillow" else X
    given = CONTAINERS[container](contained)
    if container == "pillow":
        X, given = ImageScaler().fit_transform(PICTURES), ImageScaler().fit_transform(given)
    expected = cnn(epochs=1).fit(X, y)
    found = cnn(epochs=1).fit(given, y)
    np.testing.assert_array_equal(found.predict_proba(given), expected.predict_proba(X))


def test_what_is_not_a_picture_is_left_to_scikit_learn():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    assert flatten_samples(frame) == (frame, ())
    words = np.array([["a"], ["b"]], dtype=object)
    assert flatten_samples(words)[0] is words


def test_pictures_of_several_sizes_are_told_what_makes_them_one():
    with pytest.raises(ValueError, match=r"different lengths.*MNISTNormalizer"):
        flatten_samples([np.zeros((4, 4)), np.zeros((5, 4))])


def test_a_list_of_pictures_of_several_sizes_may_come_as_a_series():
    pictures = [PICTURES[0], PICTURES[1][:, 1:]]
    framed = MNISTNormalizer().fit_transform(pd.Series(pictures))
    np.testing.assert_array_equal(framed, MNISTNormalizer().fit_transform(pictures))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_channels_that_stand_first_are_put_last(channels):
    X = np.random.RandomState(0).random_sample((5, channels, 8, 6))
    rows, shape = flatten_samples(X)
    assert shape == (8, 6, channels)
    np.testing.assert_array_equal(rows, X.transpose(0, 2, 3, 1).reshape(5, -1))


def test_a_network_sees_pictures_of_pytorch_as_those_of_keras():
    X, y = COLOUR / np.float32(255), np.arange(12) % 2
    first = X.transpose(0, 3, 1, 2)
    expected, found = cnn(epochs=1).fit(X, y), cnn(epochs=1).fit(first, y)
    assert found.input_shape_ == (9, 7, 3)
    np.testing.assert_array_equal(found.predict_proba(first), expected.predict_proba(X))
    np.testing.assert_array_equal(expected.predict_proba(first), found.predict_proba(X))


def test_channels_that_may_stand_first_or_last_are_refused_with_the_line_to_type():
    X = np.zeros((4, 16, 9, 9))
    with pytest.raises(ValueError, match=r"X\.transpose\(0, 2, 3, 1\).*image_shape=\(16, 9, 9\)"):
        cnn().fit(X, [0, 1, 0, 1])
    assert cnn(epochs=1, image_shape=(16, 9, 9)).fit(X, [0, 1, 0, 1]).input_shape_ == (16, 9, 9)


def test_a_shape_that_was_fitted_is_taken_as_it_is():
    assert flatten_samples(np.zeros((4, 1, 9, 9)), (1, 9, 9))[1] == (1, 9, 9)


@given(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4)), st.integers(1, 3))
def test_pictures_with_their_channels_last_are_kept(shape, n):
    X = np.arange(n * np.prod(shape)).reshape(n, *shape)
    rows, found = flatten_samples(X)
    assert found == shape
    np.testing.assert_array_equal(rows, X.reshape(n, -1))


@pytest.mark.parametrize("make", [ImageScaler, Deskewer, mlp, cnn])
@pytest.mark.parametrize("flat", [True, False])
def test_a_single_picture_is_told_how_to_be_passed(make, flat):
    X = PICTURES[:10, :8, :8] / np.float32(255)
    estimator = make().fit(X.reshape(10, 64) if flat else X, np.arange(10) % 2)
    with pytest.raises(ValueError, match=r"one image of shape \(8, 8\).*X\[None\]"):
        (estimator.predict if hasattr(estimator, "predict") else estimator.transform)(X[0])


def test_a_single_colour_picture_is_told_too():
    X = COLOUR / np.float32(255)
    scaler = ImageScaler(output_shape="image").fit(X)
    with pytest.raises(ValueError, match=r"one image of shape \(9, 7, 3\).*X\[None\]"):
        scaler.transform(X[0])


def test_the_normaliser_tells_it_where_it_knows_flat_pictures():
    normalizer = MNISTNormalizer().fit(PICTURES.reshape(12, 81))
    with pytest.raises(ValueError, match=r"X\[None\]"):
        normalizer.transform(PICTURES[0])


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return PICTURES, np.arange(12) % 2


STREAMS = {
    "tf.data": lambda: tf.data.Dataset.from_tensor_slices(PICTURES).batch(4),
    "generator": lambda: (picture for picture in PICTURES),
    "PyDataset": Batches,
}


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("make", [mlp, cnn])
def test_a_stream_alone_is_told_too(stream, make):
    with pytest.raises(TypeError, match=r"array of all samples.*then pass both, X and y"):
        make().fit(STREAMS[stream]())


def test_a_shape_that_a_parameter_names_is_taken_as_it_is():
    X = np.random.RandomState(0).randint(0, 255, (5, 3, 8, 8))
    scaler = ImageScaler(output_shape=(3, 8, 8))
    np.testing.assert_allclose(scaler.fit_transform(X), X / 255, rtol=1e-6)
    np.testing.assert_allclose(scaler.transform(X.reshape(5, -1)), X / 255, rtol=1e-6)


@pytest.mark.parametrize("image_shape", [np.array([9, 9, 1]), [9, 9], (9, np.int64(9))])
def test_a_classifier_is_told_a_shape_in_any_form(image_shape):
    X = PICTURES.reshape(12, 81) / 255
    assert cnn(epochs=1, image_shape=image_shape).fit(X, np.arange(12) % 2).input_shape_ == (
        9,
        9,
        1,
    )


def test_a_parameter_of_that_name_in_a_class_of_ones_own_means_what_it_means_there():
    class Own(BaseKerasClassifier):
        def __init__(self, *, image_shape=4, epochs=1):
            super().__init__(epochs=epochs)
            self.image_shape = image_shape

        def _build_network(self, input_shape, n_classes):
            return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_classes)])

    Own().fit(PICTURES.reshape(12, 81) / 255, np.arange(12) % 2)


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("make", [ImageScaler, Deskewer, MNISTNormalizer, mlp, cnn])
def test_a_stream_is_told_what_to_pass(stream, make):
    with pytest.raises(TypeError, match=r"array of all samples.*np\.concatenate"):
        make().fit(STREAMS[stream](), np.arange(12) % 2)


#: What may be passed to an estimator that was fitted on four features.
ROWS = st.sampled_from(["uint8", "float32", ">f4", "float64", "int64", "bool", "O", "U1"]).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)
    )
)
FLOATS = hnp.arrays("float32", st.tuples(st.integers(1, 3), st.just(4)))


class Checked(np.ndarray):
    """An array that is never plain, so that it gets all checks."""


def outcome(function, X, **config):
    """Values, error and warnings of a call."""
    with warnings.catch_warnings(record=True) as caught, config_context(**config):
        warnings.simplefilter("always")
        try:
            result = function(X)
            values = (type(result), result.dtype, result.shape, result.tobytes())
        except Exception as error:
            values = type(error), str(error)
    return values, [str(warning.message) for warning in caught]


@settings(deadline=None)
@given(ROWS | FLOATS)
def test_plain_rows_are_those_that_scikit_learn_returns_as_they_are(X):
    scaler = ImageScaler().fit(np.zeros((1, 4)))
    if are_plain_rows(X, scaler):
        assert validate_data(scaler, X, reset=False, dtype=[np.float32, np.uint8]) is X


@settings(deadline=None)
@given(ROWS | FLOATS, st.booleans(), st.sampled_from(["default", "pandas"]))
def test_a_scaler_answers_for_plain_rows_as_for_all_others(X, assume_finite, transform_output):
    scaler = ImageScaler().fit(np.zeros((1, 4)))
    config = {"assume_finite": assume_finite, "transform_output": transform_output}

    def scale(X):
        scaled = scaler.transform(X)
        return scaled if transform_output == "default" else scaled.to_numpy()

    assert outcome(scale, X, **config) == outcome(scale, X.view(Checked), **config)


@pytest.fixture(scope="module")
def classifier():
    X = PICTURES.reshape(12, 81)[:, :4] / np.float32(255)
    return mlp(epochs=1).fit(X, np.arange(12) % 2)


@settings(deadline=None)
@given(X=ROWS | FLOATS)
def test_a_classifier_answers_for_plain_rows_as_for_all_others(X, classifier):
    score = classifier.decision_function
    assert outcome(score, X) == outcome(score, X.view(Checked))


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((0, 4), np.uint8),
        np.zeros((2, 3), np.uint8),
        np.array([[np.nan, 0, 0, 0]], np.float32),
        np.array([[np.inf, -np.inf, 0, 0]], np.float32),
        np.full((1, 4), 3e38, np.float32),
        np.zeros((2, 4)),
        np.zeros((2, 2, 2), np.uint8),
    ],
    ids=["empty", "features", "nan", "infinity", "overflow", "float64", "images"],
)
def test_what_is_not_plain_is_checked_in_full(X):
    assert not are_plain_rows(X, ImageScaler().fit(np.zeros((1, 4))))


def test_rows_without_names_are_not_plain_where_names_are_expected():
    scaler = ImageScaler().fit(pd.DataFrame(np.zeros((1, 4)), columns=list("abcd")))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        scaler.transform(np.zeros((1, 4), np.uint8))
