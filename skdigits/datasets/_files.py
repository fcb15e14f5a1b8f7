"""The data files of the package, decompressed, checked and kept in memory."""

from __future__ import annotations

import functools
import hashlib
import threading

import numpy as np

from skdigits._typing import AnyArray
from skdigits.exceptions import DamagedDataError

from ._idx import DECOMPRESSION_ERRORS, array_from_pieces, decompressed_pieces, fill
from ._registry import SPLITS, DataFile

_LOCK = threading.Lock()


def load_split(name: str) -> tuple[AnyArray, AnyArray]:
    """Return one half of the official split, decompressed once a process.

    Parameters
    ----------
    name : {"train", "test"}
        Which half.

    Returns
    -------
    images : ndarray of shape (n_samples, 28, 28)
        The pictures, uint8, read-only.
    labels : ndarray of shape (n_samples,)
        The digits, int64, read-only.
    """
    # functools.cache alone lets two threads that ask at once both decompress.
    with _LOCK:
        return _read_split(name)


@functools.cache
def _read_split(name: str) -> tuple[AnyArray, AnyArray]:
    """Read what `load_split` returns; called with the lock held."""
    split = SPLITS[name]
    images = _read_data_file(split.images)
    labels = _read_data_file(split.labels).astype(np.int64)
    for array in (images, labels):
        array.flags.writeable = False
    return images, labels


def _read_data_file(data_file: DataFile) -> AnyArray:
    """Decompress a data file of the package and check its digest.

    Parameters
    ----------
    data_file : DataFile
        Which file, and the digest that it must have.

    Returns
    -------
    values : ndarray of shape `data_file.shape`
        The values, uint8.

    Raises
    ------
    DamagedDataError
        If the file is missing, cannot be decompressed or has another digest.
    """
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
