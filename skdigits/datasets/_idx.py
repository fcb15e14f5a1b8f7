"""A reader of IDX files, the format in which MNIST and similar data sets are published.

An IDX file consists of two zero bytes, a byte for the type of the values, a byte
for the number of dimensions, each dimension as a big-endian 32-bit unsigned
integer, and then the values, big-endian, the last dimension fastest.
"""

from __future__ import annotations

import gzip
import lzma
import math
import os
import struct
import zlib
from collections.abc import Iterator
from numbers import Integral
from typing import IO, Any

import numpy as np

from skdigits._plurals import counted
from skdigits._typing import AnyArray
from skdigits.exceptions import IDXFormatError

#: What the standard library raises for a damaged compressed stream.
DECOMPRESSION_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)

GZIP_MAGIC = b"\x1f\x8b"
XZ_MAGIC = b"\xfd7zXZ\x00"
DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PIECE = 1 << 20  # bytes read or decompressed at a time
_XZ_MEMORY_LIMIT = 1 << 28  # "xz -9" needs 65 MiB; a malicious stream may demand 4 GiB


def read_idx(path: str | os.PathLike[str], *, max_bytes: int = 2_000_000_000) -> AnyArray:
    """Read an IDX file, plain or compressed with gzip or xz.

    The compression is recognised by the first bytes of the file, not by its name.
    No more is read or decompressed than the header announces, and nothing if that is
    more than `max_bytes`. So a damaged or malicious file costs little time and memory.

    Parameters
    ----------
    path : str or os.PathLike
        The file to read.
    max_bytes : int, default=2_000_000_000
        Maximum size of the array in bytes, at least 1. As an example of a large data
        set, the images of EMNIST by class have 547 million bytes.

    Returns
    -------
    values : ndarray
        A new writable array with the shape that the header announces, of dtype
        uint8, int8, int16, int32, float32 or float64 in native byte order. A
        file with no dimensions has one value and gives an array of shape ().

    Raises
    ------
    IDXFormatError
        If the file is not an IDX file, is shorter or longer than its header
        announces, announces more than `max_bytes`, or if its compressed stream is
        damaged.
    FileNotFoundError
        If there is no such file.
    TypeError
        If `path` is neither a str nor an os.PathLike of str.
    ValueError
        If `max_bytes` is not an int, or less than 1.

    See Also
    --------
    load_mnist : Load MNIST, which is part of the package.

    Examples
    --------
    >>> import gzip, tempfile
    >>> from pathlib import Path
    >>> from skdigits.datasets import read_idx
    >>> content = bytes([0, 0, 8, 1, 0, 0, 0, 5]) + bytes([5, 0, 4, 1, 9])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.gz")
    ...     _ = path.write_bytes(gzip.compress(content))
    ...     read_idx(path)
    array([5, 0, 4, 1, 9], dtype=uint8)
    """
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(name, str):
        raise TypeError(
            f"path must be a str or an os.PathLike of str, got {type(path).__name__}: "
            'pass the name of a file, such as "train-images-idx3-ubyte.gz"'
        )
    check_max_bytes(max_bytes)
    with open(name, "rb") as file:
        try:
            return array_from_pieces(decompressed_pieces(file), name, max_bytes)
        except DECOMPRESSION_ERRORS as error:
            raise IDXFormatError(
                f"{name}: expected a complete gzip or xz stream, found a damaged one ({error}). "
                "Download or copy the file again"
            ) from error


def check_max_bytes(max_bytes: Any) -> None:
    """Refuse anything but a positive integer."""
    if not isinstance(max_bytes, Integral) or isinstance(max_bytes, bool) or max_bytes < 1:
        raise ValueError(
            f"max_bytes must be an int of at least 1, such as 2_000_000_000, got {max_bytes!r}."
        )


def decompressed_pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a plain, gzip or xz file, decompressed, piece by piece.

    Parameters
    ----------
    file : binary file
        A seekable file, at its start.

    Yields
    ------
    piece : bytes
        The next bytes, at least one and at most 1 MiB.

    Raises
    ------
    EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError
        If the compressed stream is damaged: `DECOMPRESSION_ERRORS`.
    """
    magic = file.read(len(XZ_MAGIC))
    file.seek(0)
    if magic == XZ_MAGIC:
        yield from _xz_pieces(file)
    elif magic.startswith(GZIP_MAGIC):
        with gzip.GzipFile(fileobj=file, mode="rb") as unzipped:
            yield from _plain_pieces(unzipped)
    else:
        yield from _plain_pieces(file)


def _plain_pieces(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    """Yield the bytes of a file, piece by piece."""
    while piece := file.read(_PIECE):
        yield piece


def _xz_pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the decompressed bytes of an xz file of one or more streams.

    `lzma.open` would do, but it has no limit on memory and ignores what follows
    the last stream.
    """
    pending = file.read(_PIECE)
    while pending:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_LIMIT)
        while not decoder.eof:
            if piece := decoder.decompress(pending, max_length=_PIECE):
                yield piece
            pending = b""
            if decoder.needs_input and not decoder.eof:
                pending = file.read(_PIECE)
                if not pending:
                    raise EOFError("the xz stream ends before its end marker")
        pending = decoder.unused_data.lstrip(b"\0")
        # The format allows zeros as padding between streams and after the last.
        while not pending and (piece := file.read(_PIECE)):
            pending = piece.lstrip(b"\0")


def fill(content: bytearray, pieces: Iterator[bytes], size: int) -> None:
    """Append pieces to `content` until it has `size` bytes or the pieces end.

    Parameters
    ----------
    content : bytearray
        The bytes read so far; changed in place.
    pieces : iterator of bytes
        Source of more bytes. At most one piece too many is taken.
    size : int
        Number of bytes, at least 0.
    """
    while len(content) < size and (piece := next(pieces, b"")):
        content += piece


def array_from_pieces(
    pieces: Iterator[bytes], name: str, max_bytes: int | None = None
) -> AnyArray:
    """Make an array from the content of an IDX file.

    Parameters
    ----------
    pieces : iterator of bytes
        The decompressed content of the file. It is read to its end, where gzip
        and xz check the whole stream, unless it is longer than announced.
    name : str
        Name of the file, for the messages.
    max_bytes : int, default=None
        Maximum size of the array; None for no limit.

    Returns
    -------
    values : ndarray
        A new writable array in native byte order.

    Raises
    ------
    IDXFormatError
        If the content is not an IDX file, or larger than `max_bytes`.
    """
    content = bytearray()
    dtype, shape, start = _read_header(content, pieces, name)
    n_bytes = math.prod(shape) * dtype.itemsize
    if max_bytes is not None and n_bytes > max_bytes:
        raise IDXFormatError(
            f"{name}: expected at most {counted(max_bytes, 'byte')}, found a header that "
            f"announces {counted(n_bytes, 'byte')} ({_product(shape)} of type {dtype.name}). "
            f"If you trust the file, pass max_bytes={n_bytes}"
        )
    # A header may announce more than the file has: memory grows only with the file.
    expected = start + n_bytes
    fill(content, pieces, expected + 1)
    if len(content) != expected:
        found = f"only {len(content)}" if len(content) < expected else f"more than {expected}"
        raise IDXFormatError(
            f"{name}: expected {counted(expected, 'byte')}, a header of {start} and "
            f"{_product(shape)} of type {dtype.name}, found {found}. "
            "Download or copy the file again"
        )
    try:
        values = np.frombuffer(content, dtype, offset=start).reshape(shape)
    except ValueError as error:
        raise IDXFormatError(
            f"{name}: expected a shape that NumPy can hold, found "
            f"{counted(len(shape), 'dimension')}, {_product(shape)} ({error}). "
            "Check that this is an IDX file"
        ) from error
    if not dtype.isnative:
        # In place, for large files.
        values = values.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return np.require(values, requirements="A")


def _read_header(
    content: bytearray, pieces: Iterator[bytes], name: str
) -> tuple[np.dtype, tuple[int, ...], int]:
    """Read the header of an IDX file into `content`; returns dtype, shape and its length."""
    fill(content, pieces, 4)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in DTYPES:
        codes = ", ".join(f"{code:02x}" for code in DTYPES)
        raise IDXFormatError(
            f"{name}: expected an IDX file, which starts with the bytes 00 00, one of {codes} "
            f"and the number of dimensions, found {content[:4].hex(' ') or 'nothing'}. "
            "Only IDX files, plain or compressed with gzip or xz, can be read"
        )
    rank = content[3]
    start = 4 + 4 * rank
    fill(content, pieces, start)
    if len(content) < start:
        raise IDXFormatError(
            f"{name}: expected a header of {start} bytes for {counted(rank, 'dimension')}, found "
            f"only {counted(len(content), 'byte')}. Download or copy the file again"
        )
    shape = struct.unpack_from(f">{rank}I", content, 4)
    return np.dtype(DTYPES[content[2]]), shape, start


def _product(shape: tuple[int, ...]) -> str:
    """Format a shape for a message, such as "60000 x 28 x 28 values"."""
    if math.prod(shape) == 1:
        return "1 value"
    return f"{' x '.join(str(size) for size in shape)} values"
