"""Arrays as the bytes of ``.npy`` files, without pickle."""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING

import numpy as np

from .._plurals import counted
from ._errors import ArchiveError, shown

if TYPE_CHECKING:
    from .._typing import AnyArray

#: Kinds of dtypes without objects: booleans, integers, floating point numbers, bytes and text.
KINDS = "biufSU"

#: The header as NumPy writes it. NumPy's reader accepts any Python literal.
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '[<>|][biufSU][0-9]{1,9}', 'fortran_order': (?:False|True), "
    rb"'shape': \((?:[0-9]{1,10}, ?)*(?:[0-9]{1,10})?\), \} *\n",
    re.DOTALL,
)
_MAX_HEADER = 512


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
    """Read a ``.npy`` file, if it has as many bytes as its header says.

    Parameters
    ----------
    content : bytes
        Bytes that may come from `array_to_bytes`.

    Returns
    -------
    array : ndarray
        A new array.

    Raises
    ------
    ArchiveError
        If it is not such a file.
    """
    stream = io.BytesIO(content)
    try:
        if not _HEADER.match(content[:_MAX_HEADER]):
            raise ValueError("its header is not one of numbers or text")
        np.lib.format.read_magic(stream)
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        # NumPy allocates what the header says before it reads the data.
        n_bytes = len(content) - stream.tell()
        # An empty array, or one of empty texts, takes no bytes whatever its shape.
        if math.prod(shape) * dtype.itemsize != n_bytes or max(shape, default=0) > len(content):
            raise ValueError(f"{counted(n_bytes, 'byte')} for dtype {dtype}, shape {shape}")
        stream.seek(0)
        array: AnyArray = np.load(stream, allow_pickle=False)
    except (ValueError, OverflowError) as error:
        raise ArchiveError(f"an array in it is not a plain .npy file: {shown(error)}.") from error
    return array
