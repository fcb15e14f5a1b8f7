"""Tests of the values that ImageScaler gives, and of the memory that they take."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skdigits.preprocessing import ImageScaler

SIDE = st.integers(1, 6)
#: Rows, pictures, and pictures with their channels last.
SHAPES = st.one_of(
    hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=6),
    st.tuples(SIDE, SIDE, SIDE, st.integers(1, 4)),
)
PIXELS = hnp.arrays(np.uint8, SHAPES)
DTYPES = st.sampled_from(["float16", "float32", "float64"])


@settings(deadline=None, max_examples=50)
@given(PIXELS, DTYPES)
def test_default_ranges_divide_by_255(X, dtype):
    scaled = ImageScaler(dtype=dtype).fit_transform(X)
    expected = (X.reshape(len(X), -1).astype(np.float64) / 255).astype(dtype)

    assert scaled.dtype == dtype
    assert scaled.shape == (len(X), X[0].size)
    np.testing.assert_allclose(scaled, expected, rtol=np.finfo(dtype).eps, atol=0)


@settings(deadline=None, max_examples=50)
@given(PIXELS, DTYPES, st.sampled_from([(0.0, 1.0), (-0.5, 0.5), (-1, 1)]))
def test_pixels_round_trip_exactly_and_stay_untouched(X, dtype, feature_range):
    before = X.copy()
    scaler = ImageScaler(dtype=dtype, feature_range=feature_range).fit(X)
    restored = scaler.inverse_transform(scaler.transform(X))

    np.testing.assert_array_equal(X, before)
    assert restored.shape == X.shape
    assert restored.dtype == ("float64" if dtype == "float64" else "float32")
    np.testing.assert_array_equal(np.rint(restored), X)


@settings(deadline=None, max_examples=50)
@given(
    hnp.arrays(np.float64, (4, 3), elements=st.floats(-1e3, 1e3)),
    st.floats(-100, 100),
    st.floats(1, 200),
    st.floats(-10, 10),
    st.floats(0.5, 20),
)
def test_map_is_linear_beyond_the_range_too(X, low, span, new_low, new_span):
    scaler = ImageScaler(
        data_range=(low, low + span), feature_range=(new_low, new_low + new_span), dtype="float64"
    ).fit(X)
    expected = new_low + (X - low) * (new_span / span)

    np.testing.assert_allclose(scaler.transform(X), expected, rtol=1e-6, atol=1e-6)
    middle = scaler.transform((X[:1] + X[1:2]) / 2)
    ends = scaler.transform(X[:2])
    np.testing.assert_allclose(middle[0], ends.mean(axis=0), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_ends_of_the_range_are_exact(dtype):
    ends = np.array([[0, 255]], dtype=np.uint8)
    for low, high in [(0, 1), (-0.5, 0.5), (-1, 1)]:
        scaler = ImageScaler(feature_range=(low, high), dtype=dtype)
        np.testing.assert_array_equal(scaler.fit_transform(ends), [[low, high]])


@pytest.mark.parametrize(
    ("X", "data_range", "dtype"),
    [
        # float16 ends at 65504, and float32 counts only to 2 ** 24.
        (np.array([[0, 65535]], dtype=np.uint16), (0, 65535), "float16"),
        (np.array([[2**40, 2**40 + 1]]), (2**40, 2**40 + 1), "float32"),
        (np.array([[1e9, 1e9 + 1]]), (1e9, 1e9 + 1), "float32"),
    ],
)
def test_values_too_wide_for_the_output_keep_their_digits(X, data_range, dtype):
    scaled = ImageScaler(data_range=data_range, dtype=dtype).fit_transform(X)
    np.testing.assert_array_equal(scaled, [[0, 1]])


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.int64, np.float16, np.float32])
def test_every_numeric_input(dtype):
    X = np.array([[0, 1], [1, 0]], dtype=dtype)
    scaled = ImageScaler(data_range=(0, 1)).fit_transform(X)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled, [[0, 1], [1, 0]])


def test_many_rows_are_scaled_like_few():
    # More values than one block of the arithmetic holds, and not a multiple of it.
    X = np.random.RandomState(0).randint(0, 256, size=(1001, 199)).astype(np.uint8)
    np.testing.assert_array_equal(ImageScaler().fit_transform(X), X.astype(np.float32) / 255)


@pytest.mark.parametrize(
    "arrange",
    [np.asfortranarray, lambda X: X[:, ::-1], lambda X: X[::2]],
    ids=["F", "neg", "step"],
)
def test_any_memory_layout(images, arrange):
    X = arrange(images)
    expected = X.reshape(len(X), -1).astype(np.float32) / 255
    scaled = ImageScaler().fit_transform(X)
    assert scaled.flags.c_contiguous
    np.testing.assert_array_equal(scaled, expected)


def test_read_only_input(images):
    images.setflags(write=False)
    assert ImageScaler().fit_transform(images).max() <= 1


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_transform_allocates_only_its_output(dtype):
    X = np.zeros((5000, 784), dtype=np.uint8)
    scaler = ImageScaler(dtype=dtype).fit(X)
    output_size = X.size * np.dtype(dtype).itemsize
    tracemalloc.start()
    scaled = scaler.transform(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert scaled.nbytes == output_size
    assert peak < output_size + 2_000_000


@pytest.mark.parametrize("name", ["data_range", "feature_range"])
@pytest.mark.parametrize(
    "value", [(1, 0), (0, 0), (0,), (0, 1, 2), 255, None, "ab", (0, np.inf), (np.nan, 1), (0, "x")]
)
def test_invalid_range(images, name, value):
    with pytest.raises(ValueError, match=rf"{name} must be two finite numbers in increasing"):
        ImageScaler(**{name: value}).fit(images)


@pytest.mark.parametrize("dtype", ["uint8", None, np.int64, "complex64", "words"])
def test_invalid_dtype(images, dtype):
    with pytest.raises(ValueError, match="dtype must be"):
        ImageScaler(dtype=dtype).fit(images)
