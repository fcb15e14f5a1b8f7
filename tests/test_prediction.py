"""Predictions in batches: the same as all at once, in less memory."""

from __future__ import annotations

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, MNISTNormalizer, predict_in_batches
from skdigits.exceptions import UnknownNameError


@pytest.fixture(scope="module")
def images():
    """Give 60 images of 6 x 6 pixels."""
    return np.random.RandomState(0).randint(0, 256, (60, 6, 6), dtype=np.uint8)


@pytest.fixture(scope="module")
def labels():
    return np.array(["even", "odd", "neither"])[np.arange(60) % 3]


@pytest.fixture(scope="module")
def model(images, labels):
    return make_pipeline(ImageScaler(), GaussianNB()).fit(images, labels)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@settings(deadline=None, max_examples=30)
@given(n=st.integers(1, 60), batch_size=st.integers(1, 70))
def test_any_size_of_batch_gives_what_the_model_gives(images, model, method, n, batch_size):
    expected = getattr(model, method)(images[:n])
    found = predict_in_batches(model, images[:n], method=method, batch_size=batch_size)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "method",
    ["predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples"],
)
def test_a_network_gives_the_same_bits(fitted, raw, method):
    expected = getattr(fitted, method)(raw[0])
    for batch_size in (1, 7, 299):
        found = predict_in_batches(fitted, raw[0], method=method, batch_size=batch_size)
        np.testing.assert_array_equal(found, expected)


CONTAINERS = {
    "flat": lambda images: images.reshape(60, 36),
    "list": list,
    "objects": lambda images: pd.Series(list(images)),
    "pandas": lambda images: pd.DataFrame(images.reshape(60, 36), index=range(60, 0, -1)),
    "polars": lambda images: pl.DataFrame(images.reshape(60, 36)),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_samples_come_in_any_container(images, labels, container):
    X = CONTAINERS[container](images)
    model = make_pipeline(ImageScaler(), GaussianNB()).fit(X, labels)
    found = predict_in_batches(model, X, batch_size=7)
    np.testing.assert_array_equal(found, model.predict(X))


def test_a_sparse_matrix_is_taken_where_the_model_takes_it(images, labels):
    X = scipy.sparse.csr_array(images.reshape(60, 36))
    model = Perceptron(random_state=0).fit(X, labels)
    np.testing.assert_array_equal(predict_in_batches(model, X, batch_size=7), model.predict(X))


def test_a_file_of_images_is_read_batch_by_batch(images, model, tmp_path):
    np.save(tmp_path / "images.npy", images)
    X = np.load(tmp_path / "images.npy", mmap_mode="r")
    found = predict_in_batches(model, X, batch_size=7)
    np.testing.assert_array_equal(found, model.predict(images))


def test_images_of_several_sizes_are_predicted(framed_mlp, written):
    pictures = [*written.values()] * 3
    model = framed_mlp
    np.testing.assert_array_equal(
        predict_in_batches(model, pictures, method="predict_proba", batch_size=2),
        model.predict_proba(pictures),
    )
    assert isinstance(model[0], MNISTNormalizer)


def test_labels_may_become_longer_from_batch_to_batch():
    class Named:
        def predict(self, X):
            return np.array(["x" * int(n) for n in X])

    assert predict_in_batches(Named(), [1, 3, 2], batch_size=1).tolist() == ["x", "xxx", "xx"]


def test_missing_names_are_warned_of_once(images, labels):
    frame = pd.DataFrame(images.reshape(60, 36)).add_prefix("pixel")
    model = make_pipeline(ImageScaler(), GaussianNB()).fit(frame, labels)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        predict_in_batches(model, frame.to_numpy(), batch_size=7)
    assert ["valid feature names" in str(each.message) for each in caught] == [True]


def test_memory_is_that_of_a_batch():
    X = np.zeros((300_000, 784), dtype=np.uint8)
    X[1] = 255
    model = make_pipeline(ImageScaler(), LogisticRegression()).fit(X[:2], [0, 1])
    tracemalloc.start()
    try:
        predicted = predict_in_batches(model, X)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert np.flatnonzero(predicted).tolist() == [1]
    # All scaled samples would take 940 MB.
    assert peak < 50e6


def test_an_unknown_method_is_refused(images, model):
    with pytest.raises(UnknownNameError, match=r"No method is named 'predict_probs'\. Did you"):
        predict_in_batches(model, images, method="predict_probs")


def test_a_method_that_the_model_lacks_is_refused(images, model):
    with pytest.raises(AttributeError, match="decision_function"):
        predict_in_batches(model, images, method="decision_function")


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, None])
def test_a_wrong_size_is_refused(images, model, batch_size):
    with pytest.raises(ValueError, match=f"integer of at least 1, got {batch_size}"):
        predict_in_batches(model, images, batch_size=batch_size)


@pytest.mark.parametrize("n", [0, 60])
def test_the_model_itself_refuses_what_it_does_not_take(images, model, n):
    with pytest.raises(ValueError, match="0 sample" if n == 0 else "has 35 features"):
        predict_in_batches(model, images.reshape(60, 36)[:n, n // 60 :], batch_size=7)


def test_a_model_that_is_not_fitted_is_refused(images):
    with pytest.raises(NotFittedError):
        predict_in_batches(make_pipeline(ImageScaler(), GaussianNB()), images, batch_size=7)
