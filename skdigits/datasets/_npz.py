"""Arrays of images and labels in an ``.npz`` file."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from skdigits._plurals import counted
from skdigits._typing import AnyArray
from skdigits.exceptions import DatasetFormatError

from ._framing import Framing
from ._source import Labelled, Source, check_size

#: First bytes of a zip file, which an .npz file is.
ZIP_MAGIC = b"PK\x03\x04"
#: Names of the arrays in lower case, of images and of labels; the first that exists is taken.
_IMAGES = ("x", "images", "data")
_LABELS = ("y", "labels", "target")
_EXPECTED = "arrays named x_train, y_train, x_test and y_test, or X and y"


class NpzFile(Source):
    """A file that `numpy.savez` has written.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".npy")]
        except (zipfile.BadZipFile, OSError) as error:
            raise self._damaged(error) from error
        self._arrays = {name.removesuffix(".npy").lower(): name for name in names}
        found = {part: self._find(part, _IMAGES) for part in ("train", "test")}
        self.parts = [part for part, name in found.items() if name is not None]
        if self.parts != ["train", "test"]:
            self.parts = [""]
        if any(self._find(part, _IMAGES) is None for part in self.parts):
            shown = ", ".join(self._arrays) or "none"
            raise DatasetFormatError(
                f"{path}: expected {_EXPECTED}, found {shown}. Save the file again with "
                "np.savez(path, X=X, y=y)"
            )

    def read(self, part: str, framing: Framing, max_bytes: int) -> Labelled:
        """Read the arrays of a part, without running code from the file."""
        pixels = self._read(self._find(part, _IMAGES) or "", max_bytes)
        labels = self._find(part, _LABELS)
        return Labelled(pixels, None if labels is None else self._read(labels, max_bytes))

    def _find(self, part: str, names: tuple[str, ...]) -> str | None:
        """Find the array of a part: "x_train" and "train_x" are the same, and so is "x" alone."""
        for name in names:
            for each in (f"{name}_{part}", f"{part}_{name}") if part else (name, f"{name}_train"):
                if each in self._arrays:
                    return self._arrays[each]
        return None

    def _read(self, name: str, max_bytes: int) -> AnyArray:
        """Read an array if its header is true and it holds no Python objects."""
        try:
            with zipfile.ZipFile(self._path) as archive:
                size = archive.getinfo(name).file_size
                with archive.open(name) as stream:
                    self._check_header(name, stream, size, max_bytes)
                with archive.open(name) as stream:
                    array: AnyArray = np.lib.format.read_array(stream, allow_pickle=False)
                    return np.require(array, requirements=("C", "W"))
        except (DatasetFormatError, MemoryError):
            raise
        except Exception as error:
            # A damaged header or stream raises a dozen kinds of exceptions.
            raise self._damaged(error) from error

    def _check_header(self, name: str, stream: IO[bytes], size: int, most: int) -> None:
        """Refuse an array of objects, and one that is larger than allowed or than its file."""
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(stream)
        if dtype.hasobject:
            raise DatasetFormatError(
                f"{self._path}: expected numbers and texts, found Python objects in {name}, which "
                "are pickled, so that loading them could run any code. Save the file again from "
                "arrays of one type, such as y.astype(str)"
            )
        n_bytes = math.prod(shape) * max(dtype.itemsize, 1)  # also of texts without letters
        check_size(n_bytes, most, f"{self._path}, {name}")
        if n_bytes > size:
            raise ValueError(f"{name} announces {counted(n_bytes, 'byte')} and has {size}")

    def _damaged(self, error: Exception) -> DatasetFormatError:
        """Make the error about a file that cannot be read."""
        return DatasetFormatError(
            f"{self._path}: expected a whole .npz file, found a damaged one "
            f"({type(error).__name__}: {error}). Copy or download the file again"
        )
