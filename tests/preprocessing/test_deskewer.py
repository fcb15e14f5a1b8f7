"""Tests of Deskewer: upright pictures, nothing lost, and a scikit-learn transformer."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdigits import load_mnist
from skdigits.preprocessing import Deskewer, ImageScaler

# A small picture in the middle of blank ground: no row of it is sheared over the border.
SMALL = hnp.arrays(np.uint8, (5, 5), elements=st.integers(0, 255))


def bar(slant, size=21, length=11):
    """Draw a bar two pixels wide that leans by `slant` pixels a row."""
    picture = np.zeros((size, size))
    for distance in range(-(length // 2), length // 2 + 1):
        x = size // 2 + slant * distance
        whole = int(np.floor(x))
        row = picture[size // 2 + distance]
        row[whole : whole + 3] += 1 - (x - whole), 1, x - whole
    return picture


def moments(picture):
    """Compute mass, centre and covariance of the ink of a picture."""
    y, x = np.indices(picture.shape)
    mass = picture.sum()
    centre = np.array([(y * picture).sum(), (x * picture).sum()]) / mass
    return mass, centre, ((y - centre[0]) * (x - centre[1]) * picture).sum() / mass


@parametrize_with_checks([Deskewer()])
@pytest.mark.filterwarnings(
    # The checks' data has 1 to 20 columns, mostly no square.
    "ignore:.*features do not form a square image:UserWarning",
)
def test_sklearn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("slant", [-1, -0.5, 0.25, 0.3, 1])
def test_a_slanted_bar_becomes_upright(slant):
    slanted = bar(slant)
    assert abs(moments(slanted)[2]) > 1
    deskewed = Deskewer().fit_transform(slanted[np.newaxis])[0]
    assert moments(deskewed)[2] == pytest.approx(0, abs=1e-5)
    # Where the rows lay between pixels, interpolation blurs the bar by a pixel at most.
    np.testing.assert_allclose(deskewed, bar(0), atol=1e-6 if abs(slant) == 1 else 0.5)
    assert deskewed[:, :8].max() < 1e-6
    assert deskewed[:, 14:].max() < 1e-6


def test_upright_pictures_are_unchanged():
    cross = bar(0.3) + bar(0.3)[:, ::-1]
    pictures = np.stack([bar(0), cross, np.eye(21) + np.eye(21)[::-1]])
    np.testing.assert_allclose(Deskewer().fit_transform(pictures), pictures, atol=1e-6)


@pytest.mark.parametrize("value", [0, 7, 255])
def test_blank_pictures_stay(value):
    blank = np.full((2, 5, 7), value, dtype=np.uint8)
    np.testing.assert_array_equal(Deskewer().fit_transform(blank), blank)


def test_one_row_and_one_column_have_no_slant():
    row = np.random.RandomState(0).rand(3, 1, 9).astype(np.float32)
    np.testing.assert_array_equal(Deskewer().fit_transform(row), row)
    column = row.reshape(3, 9, 1)
    np.testing.assert_array_equal(Deskewer().fit_transform(column), column)
    lone = np.zeros((1, 9, 9), dtype=np.float32)
    lone[0, 4] = row[0]
    np.testing.assert_array_equal(Deskewer().fit_transform(lone), lone)


@settings(deadline=None, max_examples=100)
@given(SMALL)
def test_ink_and_centre_are_kept_and_covariance_is_gone(small):
    picture = np.zeros((5, 65))
    picture[:, 30:35] = small
    before = picture.copy()
    deskewer = Deskewer()
    deskewed = deskewer.fit_transform(picture[np.newaxis])[0].astype(np.float64)

    np.testing.assert_array_equal(picture, before)
    assert deskewed.min() >= 0
    assert deskewed.max() <= picture.max() * (1 + 1e-6)
    if not small.any():
        return
    (mass, centre, _), (new_mass, new_centre, covariance) = moments(picture), moments(deskewed)
    assert new_mass == pytest.approx(mass, rel=1e-5)
    np.testing.assert_allclose(new_centre, centre, atol=1e-4)
    assert covariance == pytest.approx(0, abs=1e-3)


@settings(deadline=None, max_examples=50)
@given(SMALL, st.floats(0.01, 100), st.floats(-100, 100))
def test_scaling_before_or_after_is_the_same(small, factor, constant):
    X = np.pad(small, 4)[np.newaxis].astype(np.float64)
    expected = Deskewer().fit_transform(X) * factor + constant
    scaled = Deskewer().fit_transform(X * factor + constant)
    np.testing.assert_allclose(scaled, expected, rtol=1e-4, atol=1e-2 * factor + 1e-4)


@settings(deadline=None, max_examples=50)
@given(SMALL)
def test_a_second_time_changes_nothing(small):
    X = np.pad(small, ((0, 0), (30, 30)))[np.newaxis]
    once = Deskewer().fit_transform(X)
    np.testing.assert_allclose(Deskewer().fit_transform(once), once, atol=0.02)


def test_mirrored_pictures_come_out_mirrored(images):
    images[:, :, :8] = images[:, :, 20:] = 0
    deskewed = Deskewer().fit_transform(images)
    mirrored = Deskewer().fit_transform(images[:, :, ::-1])
    np.testing.assert_allclose(mirrored, deskewed[:, :, ::-1], atol=1e-3)


def test_flat_and_image_input_agree(images):
    flat, channels = images.reshape(-1, 784), images[..., np.newaxis]
    expected = Deskewer().fit_transform(images)
    assert expected.dtype == np.float32
    for seen in (flat, images, channels):
        deskewer = Deskewer().fit(seen)
        assert deskewer.image_shape_ == (28, 28, 1)
        assert deskewer.sample_shape_ == seen.shape[1:]
        for given_later in (flat, images, channels):
            deskewed = deskewer.transform(given_later)
            assert deskewed.shape == given_later.shape
            np.testing.assert_array_equal(deskewed.reshape(images.shape), expected)


@pytest.mark.parametrize("image_shape", [(14, 56), [14, 56], (14, 56, 1)])
def test_flat_pictures_of_a_given_shape(images, image_shape):
    wide = images.reshape(-1, 14, 56)
    expected = Deskewer().fit_transform(wide)
    deskewer = Deskewer(image_shape=image_shape).fit(images.reshape(-1, 784))
    assert deskewer.image_shape_ == (14, 56, 1)
    np.testing.assert_array_equal(deskewer.transform(wide), expected)
    np.testing.assert_array_equal(
        deskewer.transform(wide.reshape(-1, 784)), expected.reshape(-1, 784)
    )


def test_channels_are_moved_as_one():
    red, green = bar(0.5), bar(0.5, length=5)
    coloured = np.stack([red, green, np.full_like(red, 0.2)], axis=-1)[np.newaxis]
    grey = Deskewer().fit_transform((red + green)[np.newaxis])
    deskewed = Deskewer().fit_transform(coloured)
    assert deskewed.shape == coloured.shape
    np.testing.assert_allclose(deskewed[..., :2].sum(axis=-1), grey, atol=1e-6)
    np.testing.assert_array_equal(deskewed[..., 2], coloured[..., 2].astype(np.float32))


def test_many_pictures_are_deskewed_like_few():
    # More values than a block of the arithmetic holds, and not a multiple of it.
    X = np.random.RandomState(0).randint(0, 256, size=(1001, 8, 9)).astype(np.uint8)
    deskewer = Deskewer().fit(X)
    one_by_one = np.concatenate([deskewer.transform(picture[np.newaxis]) for picture in X])
    np.testing.assert_array_equal(deskewer.transform(X), one_by_one)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64, np.float16, np.float32, np.float64])
def test_every_numeric_input(dtype):
    X = (bar(0.5) > 0).astype(dtype)[np.newaxis]
    deskewed = Deskewer().fit_transform(X)
    assert deskewed.dtype == np.float32
    np.testing.assert_array_equal(deskewed, Deskewer().fit_transform(X.astype(np.uint8)))


@pytest.mark.parametrize(
    "arrange",
    [np.asfortranarray, lambda X: X[:, ::-1], lambda X: X[::2]],
    ids=["F", "neg", "step"],
)
def test_any_memory_layout_also_read_only(images, arrange):
    X = arrange(images)
    X.setflags(write=False)
    expected = Deskewer().fit_transform(np.ascontiguousarray(X))
    np.testing.assert_array_equal(Deskewer().fit_transform(X), expected)


def test_extreme_values_stay_finite():
    X = np.zeros((3, 9, 9), dtype=np.float32)
    tiny, huge = np.finfo(np.float32).tiny, np.finfo(np.float32).max
    X[0, [2, 3], [2, 5]] = tiny
    X[1, [2, 3], [2, 5]] = huge
    X[1, 0, 0] = -huge
    X[2, [2, 3], [2, 5]] = tiny, huge
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(Deskewer().fit_transform(X)).all()


def test_transform_allocates_little_beside_its_output():
    X = np.random.RandomState(0).randint(0, 256, size=(5000, 784)).astype(np.uint8)
    deskewer = Deskewer().fit(X)
    tracemalloc.start()
    deskewed = deskewer.transform(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < deskewed.nbytes + 5_000_000


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_and_infinite_values(images, value):
    X = images.astype(np.float32)
    X[0, 0, 0] = value
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        Deskewer().fit(X)
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        Deskewer().fit(images).transform(X)


def test_sparse_and_complex_and_text_and_empty():
    with pytest.raises(TypeError, match="Sparse data was passed"):
        Deskewer().fit(scipy.sparse.csr_array(np.eye(4)))
    with pytest.raises(ValueError, match="Complex data not supported"):
        Deskewer().fit(np.ones((2, 2, 2), dtype=complex))
    with pytest.raises(ValueError, match=r"strings|could not convert"):
        Deskewer().fit([["a", "b"]])
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        Deskewer().fit(np.empty((0, 28, 28)))


def test_number_of_axes():
    with pytest.raises(ValueError, match="Expected 2D array, got 1D"):
        Deskewer().fit([0, 255])
    with pytest.raises(ValueError, match=r"Expected X of shape.*got shape \(1, 1, 1, 1, 1\)"):
        Deskewer().fit(np.zeros((1, 1, 1, 1, 1)))
    with pytest.raises(ValueError, match="Expected images of one shape"):
        Deskewer().fit([np.zeros((2, 2)), np.zeros((3, 3))])


def test_pictures_of_another_shape_are_refused(images):
    for deskewer in (Deskewer().fit(images), Deskewer().fit(images.reshape(-1, 784))):
        with pytest.raises(ValueError, match=r"Expected images of shape \(28, 28.*\(14, 56\)"):
            deskewer.transform(images.reshape(-1, 14, 56))
        with pytest.raises(ValueError, match="X has 9 features, but Deskewer is expecting 784"):
            deskewer.transform(np.zeros((2, 3, 3)))
    with pytest.raises(ValueError, match=r"Expected images of shape \(14, 56, 1\), got.*28, 28"):
        Deskewer(image_shape=(14, 56)).fit(images)


@pytest.mark.parametrize(
    "shape", ["picture", (), (784,), (28, 0), (28.0, 28), (-1, 784), (1, 28, 28, 1), 784]
)
def test_invalid_image_shape_comes_before_the_data(shape):
    with pytest.raises(ValueError, match=r"image_shape must be None, \(height, width\)"):
        Deskewer(image_shape=shape).fit([["not", "numbers"]])


def test_image_shape_of_another_size(images):
    with pytest.raises(ValueError, match=r"image_shape=\(32, 24\) holds 768.*product is 784"):
        Deskewer(image_shape=(32, 24)).fit(images)


def test_flat_samples_that_are_no_square_warn_and_stay():
    X = np.random.RandomState(0).rand(3, 10).astype(np.float32)
    with pytest.warns(UserWarning, match=r"10 features do not form.*image_shape") as caught:
        deskewer = Deskewer().fit(X)
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(deskewer.transform(X), X)


def test_not_fitted_comes_first_also_after_a_failed_fit(images):
    with pytest.raises(NotFittedError):
        Deskewer().transform(None)
    deskewer = Deskewer(image_shape=(32, 24))
    with pytest.raises(ValueError, match="768"):
        deskewer.fit(images)
    with pytest.raises(NotFittedError):
        deskewer.transform(images)


def test_a_failed_fit_leaves_a_fitted_deskewer_as_it_was(images):
    deskewer = Deskewer().fit(images)
    expected = deskewer.transform(images)
    with pytest.raises(ValueError, match="768"):
        deskewer.set_params(image_shape=(32, 24)).fit(images[:, :14])
    np.testing.assert_array_equal(deskewer.transform(images), expected)


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_data_frame_in_and_out(library):
    X = library.DataFrame({"a": [9, 0], "b": [0, 0], "c": [0, 0], "d": [9, 5]})
    deskewer = Deskewer().set_output(transform=library.__name__)
    deskewed = deskewer.fit_transform(X)
    assert isinstance(deskewed, library.DataFrame)
    assert list(deskewed.columns) == list(deskewer.get_feature_names_out()) == list("abcd")
    np.testing.assert_array_equal(deskewed.to_numpy(), [[4.5, 4.5, 4.5, 4.5], [0, 0, 0, 5]])


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_data_frame_output_needs_flat_input(images, container):
    deskewer = Deskewer().set_output(transform=container)
    with pytest.raises(ValueError, match=f"A {container} DataFrame holds flat samples only"):
        deskewer.fit_transform(images)
    with config_context(transform_output=container), pytest.raises(ValueError, match="flat"):
        Deskewer().fit(images).transform(images)
    assert deskewer.transform(images.reshape(-1, 784)).shape == (5, 784)


def test_clone_and_pickle(images):
    shape = [28, 28]
    deskewer = Deskewer(image_shape=shape)
    assert deskewer.image_shape is shape
    assert clone(deskewer).get_params() == {"image_shape": shape}
    deskewer.fit(images)
    again = pickle.loads(pickle.dumps(deskewer))
    np.testing.assert_array_equal(again.transform(images), deskewer.transform(images))


def test_neighbours_of_digits_are_found_better():
    X, y = load_mnist(subset="train", n_samples=2000, return_X_y=True, random_state=0)
    neighbours = KNeighborsClassifier(3)
    plain = make_pipeline(ImageScaler(), neighbours)
    upright = make_pipeline(Deskewer(), ImageScaler(), neighbours)
    errors = [
        1 - clone(m).fit(X[:1500], y[:1500]).score(X[1500:], y[1500:]) for m in (plain, upright)
    ]
    assert errors[1] < 0.8 * errors[0]
