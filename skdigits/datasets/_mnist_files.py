"""MNIST's files in the package: their names and digests, and how they are read and checked."""

from __future__ import annotations

import functools
import hashlib
import math
import threading
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np

from skdigits._typing import AnyArray
from skdigits.exceptions import DamagedDataError

from ._idx import DECOMPRESSION_ERRORS, array_from_pieces, decompressed_pieces, fill

#: Side of an image and number of classes.
SIDE = 28
N_CLASSES = 10

_LOCK = threading.Lock()


@dataclass(frozen=True)
class DataFile:
    """An IDX file of unsigned bytes in the package, compressed with xz.

    Parameters
    ----------
    name : str
        Name of the IDX file as MNIST's authors published it.
    md5 : str
        MD5 digest of the decompressed file, 32 hexadecimal digits.
    shape : tuple of int
        Shape of the values.
    """

    name: str
    md5: str
    shape: tuple[int, ...]

    @property
    def n_bytes(self) -> int:
        """Size of the decompressed file, header and values."""
        return 4 + 4 * len(self.shape) + math.prod(self.shape)

    @property
    def location(self) -> Traversable:
        """The compressed file in the installed package."""
        return data_folder() / f"{self.name}.xz"


@dataclass(frozen=True)
class Split:
    """One half of MNIST's official split.

    Parameters
    ----------
    images : DataFile
        The images, of shape (n_samples, 28, 28).
    labels : DataFile
        The digits that they show, of shape (n_samples,).
    """

    images: DataFile
    labels: DataFile

    @property
    def n_samples(self) -> int:
        """Number of images."""
        return self.labels.shape[0]


SPLITS = {
    "train": Split(
        images=DataFile(
            "train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb", (60_000, SIDE, SIDE)
        ),
        labels=DataFile("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624", (60_000,)),
    ),
    "test": Split(
        images=DataFile(
            "t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea", (10_000, SIDE, SIDE)
        ),
        labels=DataFile("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637", (10_000,)),
    ),
}

#: The values of ``subset`` and the splits that each consists of, in row order.
SUBSETS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}


def data_folder() -> Traversable:
    """Return the folder of the installed package that holds the data files."""
    return files(__package__) / "data"


def description() -> str:
    """Return the text that describes MNIST, in reStructuredText."""
    return (files(__package__) / "descr" / "mnist.rst").read_text(encoding="utf-8")


def load_split(name: str) -> tuple[AnyArray, AnyArray]:
    """Return one half of the official split, decompressed once per process.

    Parameters
    ----------
    name : {"train", "test"}
        Which half.

    Returns
    -------
    images : ndarray of shape (n_samples, 28, 28)
        The images, uint8, read-only.
    labels : ndarray of shape (n_samples,)
        The digits, int64, read-only.
    """
    # With functools.cache alone, two threads that call this together would both decompress.
    with _LOCK:
        return _read_split(name)


@functools.cache
def _read_split(name: str) -> tuple[AnyArray, AnyArray]:
    """Read and decompress a split; called with the lock held."""
    split = SPLITS[name]
    images = _read_data_file(split.images)
    labels = _read_data_file(split.labels).astype(np.int64)
    for array in (images, labels):
        array.flags.writeable = False
    return images, labels


def _read_data_file(data_file: DataFile) -> AnyArray:
    """Decompress a data file of the package and check its digest."""
    content = bytearray()
    cause: Exception | None = None
    try:
        with data_file.location.open("rb") as file:
            fill(content, decompressed_pieces(file), data_file.n_bytes + 1)
        # Not for security: the digest tells a whole file from a damaged one.
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    except FileNotFoundError as error:
        cause, found = error, "no such file"
    except DECOMPRESSION_ERRORS as error:
        cause, found = error, f"a stream that cannot be decompressed ({error})"
    if found != data_file.md5:
        raise DamagedDataError(
            f"{data_file.location}: expected a file with the MD5 digest {data_file.md5} after "
            f"decompression, found {found}. Install the package again with: "
            "pip install --force-reinstall --no-deps skdigits"
        ) from cause
    return array_from_pieces(iter([bytes(content)]), data_file.name)
