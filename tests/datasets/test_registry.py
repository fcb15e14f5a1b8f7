"""The register of data files, and the description, against the data themselves."""

from __future__ import annotations

import hashlib
import lzma

import numpy as np
import pytest

from skdigits.datasets import load_mnist
from skdigits.datasets._registry import SPLITS, SUBSETS, data_folder

DATA_FILES = [file for split in SPLITS.values() for file in (split.images, split.labels)]


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
    found = {path.name for path in data_folder().iterdir()}
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
    assert statistics[2] == f"{(X == 0).mean():.1%}".removesuffix("%")
    assert int(statistics[4]) == (X.max(axis=0) == 0).sum()
    assert set(SUBSETS) == {"train", "test", "all"}


def test_no_two_pictures_are_equal(descr):
    X, _ = load_mnist(return_X_y=True)
    assert "No two of the 70000 pictures are equal" in descr
    assert len({picture.tobytes() for picture in X}) == len(X) == 70_000


@pytest.mark.parametrize(
    "words", ["CC BY-SA 3.0", "LeCun", "Cortes", "Burges", "SD-3", "SD-1", "1905.10498"]
)
def test_the_description_names_source_and_licence(descr, words):
    assert words in descr
