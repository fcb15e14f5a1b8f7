"""Arrays as the bytes of ``.npy`` files, without pickle."""

from __future__ import annotations

import io
import math

import numpy as np

from .._typing import AnyArray
from ..exceptions import ModelFileError

#: Booleans, integers, floating point numbers, bytes and texts: nothing that refers to an object.
KINDS = "biufSU"


def array_to_bytes(array: AnyArray) -> bytes:
    """Write an array as a ``.npy`` file.

    Parameters
    ----------
    array : ndarray
        Of a dtype whose kind is among `KINDS`.

    Returns
    -------
    content : bytes
        The file.
    """
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def array_from_bytes(content: bytes) -> AnyArray:
    """Read a ``.npy`` file, if it holds what its header says.

    Parameters
    ----------
    content : bytes
        What may have come from `array_to_bytes`.

    Returns
    -------
    array : ndarray
        A new array.

    Raises
    ------
    ModelFileError
        If it is no such file.
    """
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError(f"version {version} instead of (1, 0)")
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        # NumPy makes room for what the header says before it looks what follows.
        n_bytes = len(content) - stream.tell()
        if dtype.kind not in KINDS or min(shape, default=0) < 0:
            raise ValueError(f"dtype {dtype}, shape {shape}")
        if math.prod(shape) * dtype.itemsize != n_bytes:
            raise ValueError(f"{n_bytes} bytes for dtype {dtype}, shape {shape}")
        stream.seek(0)
        return np.load(stream, allow_pickle=False)
    except ValueError as error:
        raise ModelFileError(
            f"an array in it is no plain .npy file: {error}. Do not use it."
        ) from error
