"""load_mnist: the official data, samples of it, and containers that belong to the caller."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from skdigits.datasets import _mnist_files, load_mnist

SIZES = {"train": 60_000, "test": 10_000, "all": 70_000}


@pytest.fixture
def mnist():
    return load_mnist(subset="test")


@pytest.mark.parametrize("subset", SIZES)
def test_shapes_and_types(subset):
    mnist = load_mnist(subset=subset)
    size = SIZES[subset]
    assert mnist.data.shape == (size, 784)
    assert mnist.data.dtype == np.uint8
    assert mnist.images.shape == (size, 28, 28)
    assert mnist.target.shape == (size,)
    assert mnist.target.dtype == np.int64
    assert mnist.data.flags.c_contiguous
    assert mnist.frame is None
    assert set(np.unique(mnist.target)) == set(range(10))
    assert (mnist.data.min(), mnist.data.max()) == (0, 255)


def test_the_default_is_everything_with_the_training_pictures_first():
    X, y = load_mnist(return_X_y=True)
    X_train, y_train = load_mnist(subset="train", return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]
    np.testing.assert_array_equal(X, np.concatenate([X_train, X_test]))
    np.testing.assert_array_equal(y, np.concatenate([y_train, y_test]))


def test_the_pictures_are_upright(mnist):
    seven = mnist.images[0]
    assert seven[8, 7:21].min() > 50  # the bar of the first test picture, a 7
    assert seven[16:, 19:].max() == 0  # nothing to the right of its leg


def test_images_is_a_view_of_data(mnist):
    assert np.shares_memory(mnist.images, mnist.data)
    mnist.images[0, 1, 2] = 77
    assert mnist.data[0, 28 + 2] == 77


def test_names(mnist):
    assert len(mnist.feature_names) == len(set(mnist.feature_names)) == 784
    assert mnist.feature_names[:2] == ["pixel_0_0", "pixel_0_1"]
    assert mnist.feature_names[28 + 2] == "pixel_1_2"
    assert mnist.target_names[mnist.target[:5]].tolist() == ["7", "2", "1", "0", "4"]
    assert set(mnist) == {
        "data",
        "images",
        "target",
        "frame",
        "feature_names",
        "target_names",
        "DESCR",
    }


@pytest.mark.parametrize("n_samples", [None, 500])
@pytest.mark.parametrize("subset", SIZES)
def test_what_the_caller_changes_stays_with_the_caller(subset, n_samples):
    arguments = {"subset": subset, "n_samples": n_samples, "random_state": 0}
    first = load_mnist(**arguments)
    data, target = first.data.copy(), first.target.copy()
    first.data[:] = 1
    first.target[:] = 1
    second = load_mnist(**arguments)
    np.testing.assert_array_equal(second.data, data)
    np.testing.assert_array_equal(second.target, target)


def test_what_is_kept_in_memory_is_read_only():
    images, labels = _mnist_files.load_split("test")
    for kept in (images, labels):
        with pytest.raises(ValueError, match="read-only"):
            kept[0] = 1


@pytest.mark.parametrize("subset", SIZES)
@pytest.mark.parametrize("n_samples", [10, 11, 100, 1234, 9_991, 9_999])
def test_a_sample_keeps_the_proportions_of_the_classes(subset, n_samples):
    _, y = load_mnist(subset=subset, return_X_y=True)
    X, y_sample = load_mnist(subset=subset, n_samples=n_samples, return_X_y=True, random_state=3)
    assert X.shape == (n_samples, 784)
    share = np.bincount(y) * n_samples / len(y)
    assert np.all(np.abs(np.bincount(y_sample, minlength=10) - share) < 1)
    assert np.bincount(y_sample, minlength=10).min() >= 1


def test_a_sample_is_of_different_rows_in_their_order(mnist):
    X, y = load_mnist(subset="test", n_samples=9_000, return_X_y=True, random_state=0)
    place = {picture.tobytes(): row for row, picture in enumerate(mnist.data)}
    rows = [place[picture.tobytes()] for picture in X]
    assert np.all(np.diff(rows) > 0)
    np.testing.assert_array_equal(y, mnist.target[rows])


def test_a_sample_of_everything_is_the_subset(mnist):
    X, y = load_mnist(subset="test", n_samples=10_000, return_X_y=True, random_state=0)
    np.testing.assert_array_equal(X, mnist.data)
    np.testing.assert_array_equal(y, mnist.target)


def test_random_state_decides_the_sample():
    def sample(random_state):
        return load_mnist(subset="test", n_samples=200, random_state=random_state).data.tobytes()

    assert sample(0) == sample(0) == sample(np.random.RandomState(0))
    assert sample(0) != sample(1)
    rng = np.random.RandomState(0)
    assert sample(rng) != sample(rng)
    assert sample(None) != sample(None)


def test_the_global_random_state_stays_alone():
    before = np.random.get_state()[1].copy()
    load_mnist(subset="test")
    load_mnist(subset="test", n_samples=50, random_state=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_as_frame(mnist):
    pd = pytest.importorskip("pandas")
    framed = load_mnist(subset="test", as_frame=True)
    assert isinstance(framed.data, pd.DataFrame)
    assert isinstance(framed.target, pd.Series)
    assert framed.data.columns.tolist() == framed.feature_names
    assert set(framed.data.dtypes) == {np.dtype("uint8")}
    assert framed.target.name == "target"
    assert framed.target.dtype == np.int64
    assert framed.frame.columns.tolist() == [*framed.feature_names, "target"]
    np.testing.assert_array_equal(framed.data.to_numpy(), mnist.data)
    np.testing.assert_array_equal(framed.target.to_numpy(), mnist.target)
    np.testing.assert_array_equal(framed.frame.to_numpy()[:, -1], mnist.target)
    np.testing.assert_array_equal(framed.images, mnist.images)


def test_as_frame_with_return_x_y_and_a_sample():
    pytest.importorskip("pandas")
    arguments = {"subset": "test", "n_samples": 300, "return_X_y": True, "random_state": 5}
    X, y = load_mnist(as_frame=True, **arguments)
    X_array, y_array = load_mnist(**arguments)
    np.testing.assert_array_equal(X.to_numpy(), X_array)
    np.testing.assert_array_equal(y.to_numpy(), y_array)
    assert X.index.tolist() == y.index.tolist() == list(range(300))


def test_a_frame_shares_no_memory_with_the_images():
    pytest.importorskip("pandas")
    framed = load_mnist(subset="test", n_samples=20, as_frame=True, random_state=0)
    framed.images[:] = 9
    assert framed.data.to_numpy().max() == 255
    assert framed.frame.to_numpy()[:, :-1].max() == 255


@pytest.mark.parametrize("subset", ["Train", "", None, 3, ["train"], ("test",)])
def test_an_unknown_subset_raises(subset):
    with pytest.raises(ValueError, match='subset must be one of "train", "test", "all", got'):
        load_mnist(subset=subset)


@pytest.mark.parametrize("subset", SIZES)
@pytest.mark.parametrize("excess", [-1, 0, 9, "size + 1"])
def test_n_samples_out_of_range_raises(subset, excess):
    n_samples = SIZES[subset] + 1 if excess == "size + 1" else excess
    allowed = f'from 10 to {SIZES[subset]} for subset="{subset}"'
    with pytest.raises(ValueError, match=f"n_samples must be an int {allowed}.*got {n_samples}"):
        load_mnist(subset=subset, n_samples=n_samples)


@pytest.mark.parametrize("n_samples", [100.0, 0.5, "100", True, [100]])
def test_n_samples_of_another_type_raises(n_samples):
    with pytest.raises(TypeError, match="n_samples must be an int from 10 to 70000"):
        load_mnist(n_samples=n_samples)


def test_n_samples_may_be_a_numpy_integer():
    assert load_mnist(subset="test", n_samples=np.int64(50)).data.shape == (50, 784)


@pytest.mark.parametrize("name", ["return_X_y", "as_frame"])
@pytest.mark.parametrize("value", ["no", 1, None])
def test_flags_that_are_not_bools_raise(name, value):
    with pytest.raises(TypeError, match=f"{name} must be True or False, got {value!r}"):
        load_mnist(**{name: value})


@pytest.mark.parametrize("n_samples", [None, 100])
def test_a_bad_random_state_raises(n_samples):
    with pytest.raises(ValueError, match="seed"):
        load_mnist(subset="test", n_samples=n_samples, random_state="zero")


def test_arguments_are_keywords():
    with pytest.raises(TypeError, match="positional"):
        load_mnist("train")


def test_threads_that_ask_at_once_decompress_once(monkeypatch):
    opened = []
    folder = _mnist_files.data_folder()

    def counted_folder():
        opened.append(folder)
        return folder

    monkeypatch.setattr(_mnist_files, "data_folder", counted_folder)
    _mnist_files._read_split.cache_clear()
    n_threads = 4
    barrier = Barrier(n_threads)

    def load(_):
        barrier.wait()
        return load_mnist(subset="test", return_X_y=True)

    with ThreadPoolExecutor(n_threads) as pool:
        results = list(pool.map(load, range(n_threads)))
    assert len(opened) == 2  # images and labels, once each
    for X, y in results[1:]:
        assert not np.shares_memory(X, results[0][0])
        np.testing.assert_array_equal(X, results[0][0])
        np.testing.assert_array_equal(y, results[0][1])
