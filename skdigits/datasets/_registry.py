"""The data files of the package: their names, digests and shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

#: Side of a picture and number of classes.
SIDE = 28
N_CLASSES = 10


@dataclass(frozen=True)
class DataFile:
    """An IDX file of unsigned bytes that comes inside the package, compressed with xz.

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
        """Where the compressed file lies in the installed package."""
        return data_folder() / f"{self.name}.xz"


@dataclass(frozen=True)
class Split:
    """One half of MNIST's official split.

    Parameters
    ----------
    images : DataFile
        The pictures, of shape (n_samples, 28, 28).
    labels : DataFile
        The digits that they show, of shape (n_samples,).
    """

    images: DataFile
    labels: DataFile

    @property
    def n_samples(self) -> int:
        """Number of pictures."""
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

#: The subsets that a user can ask for, and the splits that make them, in row order.
SUBSETS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}


def data_folder() -> Traversable:
    """Return the folder of the installed package that holds the data files."""
    return files(__package__) / "data"


def description() -> str:
    """Return the text that describes MNIST, in reStructuredText."""
    return (files(__package__) / "descr" / "mnist.rst").read_text(encoding="utf-8")
