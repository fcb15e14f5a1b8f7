"""The package's data files: whole, and what is said when they are not."""

from __future__ import annotations

import hashlib
import lzma
import shutil
from pathlib import Path

import pytest

from skdigits.datasets import _files, _registry, load_mnist
from skdigits.exceptions import DamagedDataError

IMAGES = "t10k-images-idx3-ubyte"
LABELS = "t10k-labels-idx1-ubyte"
LABELS_MD5 = "27ae3e4e09519cfbb04c329615203637"


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    """Point the package at a copy of its test files, with nothing in memory."""
    for name in (IMAGES, LABELS):
        shutil.copy(_registry.data_folder() / f"{name}.xz", tmp_path)
    monkeypatch.setattr(_registry, "data_folder", lambda: Path(tmp_path))
    _files._read_split.cache_clear()
    yield tmp_path
    _files._read_split.cache_clear()


def test_a_whole_copy_loads(data_folder):
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
