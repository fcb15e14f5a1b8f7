"""MNIST's files in the package, their description, and the errors when they are damaged."""

from __future__ import annotations

import hashlib
import lzma
import shutil
from pathlib import Path

import numpy as np
import pytest

from skdigits.datasets import _mnist_files, load_mnist
from skdigits.datasets._mnist_files import SPLITS, SUBSETS
from skdigits.exceptions import DamagedDataError

IMAGES = "t10k-images-idx3-ubyte"
LABELS = "t10k-labels-idx1-ubyte"
LABELS_MD5 = "27ae3e4e09519cfbb04c329615203637"
DATA_FILES = [file for split in SPLITS.values() for file in (split.images, split.labels)]


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    """Point the package at a copy of its test files, with nothing in memory."""
    for name in (IMAGES, LABELS):
        shutil.copy(_mnist_files.data_folder() / f"{name}.xz", tmp_path)
    monkeypatch.setattr(_mnist_files, "data_folder", lambda: Path(tmp_path))
    _mnist_files._read_split.cache_clear()
    yield tmp_path
    _mnist_files._read_split.cache_clear()


def test_a_whole_copy_loads_and_needs_no_file_of_the_other_subset(data_folder):
    assert load_mnist(subset="test").data.shape == (10_000, 784)


def test_another_content_raises(data_folder):
    path = data_folder / f"{LABELS}.xz"
    content = bytearray(lzma.decompress(path.read_bytes()))
    content[100] ^= 1  # one wrong label: a valid IDX file
    path.write_bytes(lzma.compress(content))
    with pytest.raises(DamagedDataError) as caught:
        load_mnist(subset="test")
    message = str(caught.value)
    assert str(path) in message
    assert f"expected a file with the MD5 digest {LABELS_MD5}" in message
    assert f"found {hashlib.md5(content).hexdigest()}. Install" in message
    assert message.endswith("pip install --force-reinstall --no-deps skdigits")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_a_truncated_file_raises(data_folder, name):
    path = data_folder / f"{name}.xz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedDataError, match=f"{name}.*found a stream that cannot be decompr"):
        load_mnist(subset="test")


def test_a_file_that_is_no_data_file_raises(data_folder):
    (data_folder / f"{LABELS}.xz").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(DamagedDataError, match=r"found [0-9a-f]{32}\. Install the package again"):
        load_mnist(subset="test")


def test_a_missing_file_raises(data_folder):
    (data_folder / f"{LABELS}.xz").unlink()
    with pytest.raises(DamagedDataError, match=f"{LABELS}.*found no such file.*pip install"):
        load_mnist(subset="test")


def test_damage_is_not_remembered(data_folder):
    path = data_folder / f"{LABELS}.xz"
    whole = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(DamagedDataError):
        load_mnist(subset="test")
    path.write_bytes(whole)
    load_mnist(subset="test")


def test_files_are_read_once_a_process(data_folder):
    load_mnist(subset="test")
    (data_folder / f"{LABELS}.xz").unlink()
    load_mnist(subset="test")


@pytest.fixture(scope="module")
def descr():
    return load_mnist(subset="test", n_samples=10).DESCR


@pytest.mark.parametrize("data_file", DATA_FILES, ids=lambda file: file.name)
def test_digest_size_and_shape(data_file):
    content = lzma.decompress(data_file.location.read_bytes())
    assert hashlib.md5(content).hexdigest() == data_file.md5
    assert len(content) == data_file.n_bytes
    assert np.frombuffer(content, ">u4", len(data_file.shape), 4).tolist() == [*data_file.shape]


def test_every_data_file_is_registered():
    found = {path.name for path in _mnist_files.data_folder().iterdir()}
    assert found == {f"{file.name}.xz" for file in DATA_FILES}


@pytest.mark.parametrize(
    ("subset", "row"), [("train", "training"), ("test",) * 2, ("all", "both")]
)
def test_the_numbers_in_the_description(descr, subset, row):
    X, y = load_mnist(subset=subset, return_X_y=True)
    counts, statistics = [
        line.removeprefix(row).split()
        for line in descr.splitlines()
        if line.startswith(f"{row}  ")
    ]
    assert [int(count) for count in counts] == [*np.bincount(y), len(y)]
    assert statistics[0] == f"{X.mean():.2f}"
    assert statistics[1] == f"{X.std():.2f}"
    assert statistics[2] == f"{(X == 0).mean():.1%}"
    assert int(statistics[3]) == (X.max(axis=0) == 0).sum()
    assert set(SUBSETS) == {"train", "test", "all"}


def test_no_two_images_are_equal(descr):
    X, _ = load_mnist(return_X_y=True)
    assert "No two of the 70000 images are equal" in descr
    assert len({image.tobytes() for image in X}) == len(X) == 70_000


@pytest.mark.parametrize(
    "words", ["CC BY-SA 3.0", "LeCun", "Cortes", "Burges", "SD-3", "SD-1", "1905.10498"]
)
def test_the_description_names_source_and_licence(descr, words):
    assert words in descr
