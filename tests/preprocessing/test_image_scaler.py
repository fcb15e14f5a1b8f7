"""Tests of ImageScaler as a scikit-learn transformer."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdigits.preprocessing import ImageScaler


@parametrize_with_checks(
    [
        ImageScaler(),
        ImageScaler(feature_range=(-0.5, 0.5), dtype="float64"),
        ImageScaler(data_range=(0, 1), dtype="float16"),
    ]
)
def test_sklearn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_data_frame_in_and_out(library):
    X = library.DataFrame({"a": [0, 255], "b": [51, 102]})
    scaler = ImageScaler().set_output(transform=library.__name__)
    scaled = scaler.fit_transform(X)

    assert isinstance(scaled, library.DataFrame)
    assert list(scaled.columns) == ["a", "b"]
    assert list(scaler.feature_names_in_) == ["a", "b"]
    assert list(scaler.get_feature_names_out()) == ["a", "b"]
    values = scaled.to_numpy()
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.array([[0, 51], [255, 102]], np.float32) / 255)
    np.testing.assert_array_equal(np.rint(scaler.inverse_transform(scaled)), X.to_numpy())


def test_pandas_output_keeps_the_index():
    X = pd.DataFrame({"a": [0, 255]}, index=["first", "second"])
    scaled = ImageScaler().set_output(transform="pandas").fit_transform(X)
    assert list(scaled.index) == ["first", "second"]


def test_pictures_can_become_a_data_frame(images):
    scaled = ImageScaler().set_output(transform="pandas").fit_transform(images)
    assert scaled.shape == (5, 784)
    assert scaled.columns[-1] == "x783"


def test_data_frame_to_pictures():
    X = pd.DataFrame(np.zeros((3, 4), dtype=np.uint8), columns=list("abcd"))
    assert ImageScaler(output_shape="image").fit_transform(X).shape == (3, 2, 2, 1)


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_data_frame_output_needs_flat_output(images, container):
    scaler = ImageScaler(output_shape="image").set_output(transform=container)
    with pytest.raises(ValueError, match=f"A {container} DataFrame holds flat samples only"):
        scaler.fit_transform(images)
    with config_context(transform_output=container), pytest.raises(ValueError, match="flat"):
        ImageScaler(output_shape="image").fit(images).transform(images)
    # What set_output says comes before the global configuration.
    scaler.set_output(transform="default")
    with config_context(transform_output=container):
        assert scaler.transform(images).shape == (5, 28, 28, 1)


def test_no_feature_names_for_pictures(images):
    scaler = ImageScaler(output_shape="image").fit(images)
    with pytest.raises(ValueError, match=r'Only a flat output.*output_shape="flat"'):
        scaler.get_feature_names_out()


def test_feature_names_of_an_array(images):
    names = ImageScaler().fit(images).get_feature_names_out()
    assert (names[0], names[-1], len(names)) == ("x0", "x783", 784)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_and_infinite_values(images, value):
    X = images.astype(np.float32)
    X[0, 0, 0] = value
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        ImageScaler().fit(X)
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        ImageScaler().fit(images).transform(X)


def test_sparse_and_complex_and_text_and_empty():
    with pytest.raises(TypeError, match="Sparse data was passed"):
        ImageScaler().fit(scipy.sparse.csr_array(np.eye(4)))
    with pytest.raises(ValueError, match="Complex data not supported"):
        ImageScaler().fit(np.ones((2, 2, 2), dtype=complex))
    with pytest.raises(ValueError, match=r"strings|could not convert"):
        ImageScaler().fit([["a", "b"]])
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        ImageScaler().fit(np.empty((0, 28, 28)))


@pytest.mark.parametrize("method", ["transform", "inverse_transform"])
def test_another_number_of_features(images, method):
    scaler = ImageScaler().fit(images)
    with pytest.raises(ValueError, match="X has 9 features, but ImageScaler is expecting 784"):
        getattr(scaler, method)(np.zeros((2, 3, 3)))


@pytest.mark.parametrize("method", ["transform", "inverse_transform", "get_feature_names_out"])
def test_not_fitted_comes_first(method):
    with pytest.raises(NotFittedError):
        getattr(ImageScaler(), method)(None)


def test_parameters_are_checked_before_the_data():
    with pytest.raises(ValueError, match="data_range"):
        ImageScaler(data_range=(1, 0)).fit([["not", "numbers"]])


def test_failed_fit_of_a_fresh_scaler_leaves_it_unfitted():
    scaler = ImageScaler(output_shape="image")
    with pytest.raises(ValueError, match="square"):
        scaler.fit(np.zeros((2, 3)))
    with pytest.raises(NotFittedError):
        scaler.transform(np.zeros((2, 3)))


def test_failed_fit_leaves_a_fitted_scaler_as_it_was():
    scaler = ImageScaler(output_shape="image").fit(np.zeros((2, 4)))
    with pytest.raises(ValueError, match="square"):
        scaler.fit(np.zeros((2, 3)))
    assert scaler.transform(np.zeros((5, 4))).shape == (5, 2, 2, 1)


def test_an_output_of_many_axes_comes_back():
    X = np.arange(2 * 24).reshape(2, 24)
    scaler = ImageScaler(output_shape=(2, 3, 2, 2))
    scaled = scaler.fit_transform(X)
    assert scaled.shape == (2, 2, 3, 2, 2)
    np.testing.assert_array_equal(np.rint(scaler.inverse_transform(scaled)), X)
    with pytest.raises(ValueError, match="Reshape X"):
        scaler.transform(scaled)


def test_init_stores_its_arguments():
    shape, data_range = [28, 28], [0, 255]
    scaler = ImageScaler(output_shape=shape, data_range=data_range)
    assert clone(scaler).get_params() == scaler.get_params()
    assert scaler.output_shape is shape
    assert scaler.data_range is data_range
    with pytest.raises(TypeError):
        ImageScaler(feature_rang=(0, 1))


def test_pickle_keeps_the_state(images):
    scaler = ImageScaler(output_shape="image").fit(images)
    again = pickle.loads(pickle.dumps(scaler))
    np.testing.assert_array_equal(again.transform(images), scaler.transform(images))


def test_fit_again_forgets_the_names(images):
    scaler = ImageScaler().fit(pd.DataFrame({"a": [1.0]}))
    scaler.fit(images)
    assert not hasattr(scaler, "feature_names_in_")
    assert scaler.sample_shape_ == (28, 28)


def test_search_over_its_parameters():
    X = np.random.RandomState(0).randint(0, 256, size=(20, 4, 4)).astype(np.uint8)
    y = np.arange(20) % 2
    pipe = make_pipeline(ImageScaler(), GaussianNB())
    grid = {"imagescaler__feature_range": [(0, 1), (-0.5, 0.5)]}
    assert len(GridSearchCV(pipe, grid, cv=2).fit(X, y).cv_results_["params"]) == 2
