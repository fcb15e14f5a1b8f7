"""read_idx: every type, rank and compression, and every way a file can lie."""

from __future__ import annotations

import gzip
import io
import lzma
import math
import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skdigits.datasets import _idx, read_idx
from skdigits.exceptions import IDXFormatError

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
COMPRESSIONS = {"plain": bytes, "gzip": gzip.compress, "xz": lzma.compress}
MEBIBYTE = 1 << 20

arrays = st.sampled_from(list(CODES)).flatmap(
    lambda code: hnp.arrays(code, hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4))
)
compressions = st.sampled_from(list(COMPRESSIONS))


def idx_bytes(values: np.ndarray) -> bytes:
    """Encode an array as IDX, independently of the reader."""
    code = CODES[f"{values.dtype.kind}{values.dtype.itemsize}"]
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, code, values.ndim, *values.shape)
    return header + values.astype(values.dtype.newbyteorder(">")).tobytes()


def header_bytes(*shape: int, code: int = 0x08) -> bytes:
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "some-idx-file"


def read_bytes(path: Path, content: bytes) -> np.ndarray:
    path.write_bytes(content)
    return read_idx(path)


@settings(deadline=None)
@given(values=arrays, compression=compressions)
def test_reads_back_what_was_written(path, values, compression):
    found = read_bytes(path, COMPRESSIONS[compression](idx_bytes(values)))
    assert found.shape == values.shape
    assert found.dtype == values.dtype
    assert found.dtype.isnative
    assert found.flags.writeable
    assert found.flags.aligned
    assert found.tobytes() == values.tobytes()  # NaN by NaN, bit by bit


@settings(deadline=None)
@given(content=st.binary(max_size=200))
@example(content=b"")
@example(content=b"\x1f\x8b")
@example(content=b"\xfd7zXZ\x00")
@example(content=b"\x89PNG\r\n\x1a\n")
@example(content=header_bytes(*[1] * 255) + b"\x00")
@example(content=header_bytes(0, *[2**32 - 1] * 20))
def test_arbitrary_bytes_raise_nothing_else(path, content):
    with pytest.raises(IDXFormatError, match=r"some-idx-file: expected .* found .*"):
        read_bytes(path, content)


@settings(max_examples=300, deadline=None)
@given(
    prefix=st.sampled_from([b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b"\x00\x00\x08\x01", b"\x00\x00"]),
    rest=st.binary(max_size=60),
)
def test_arbitrary_bytes_after_a_magic_number_raise_nothing_else(path, prefix, rest):
    try:
        found = read_bytes(path, prefix + rest)
    except IDXFormatError:
        return
    assert found.nbytes <= len(rest)


@settings(deadline=None)
@given(values=arrays, compression=compressions, data=st.data())
def test_any_truncation_raises(path, values, compression, data):
    content = COMPRESSIONS[compression](idx_bytes(values))
    size = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(IDXFormatError, match="some-idx-file: expected"):
        read_bytes(path, content[:size])


@settings(deadline=None)
@given(values=arrays, compression=compressions, rest=st.binary(min_size=1, max_size=20))
def test_trailing_bytes_raise(path, values, compression, rest):
    with pytest.raises(IDXFormatError, match="found more than"):
        read_bytes(path, COMPRESSIONS[compression](idx_bytes(values) + rest))


@settings(deadline=None)
@given(compression=st.sampled_from(["gzip", "xz"]), data=st.data())
def test_a_changed_byte_never_gives_other_values(path, compression, data):
    values = np.arange(300, dtype="i4")
    content = bytearray(COMPRESSIONS[compression](idx_bytes(values)))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    try:
        found = read_bytes(path, bytes(content))
    except IDXFormatError:
        return
    np.testing.assert_array_equal(found, values)  # a byte of gzip's header that means nothing


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("shape", [(2**30, 2**30), (2**32 - 1,), (2**32 - 1,) * 30])
def test_a_lying_header_allocates_nothing(path, compression, shape):
    path.write_bytes(COMPRESSIONS[compression](header_bytes(*shape) + bytes(20)))
    tracemalloc.start()
    try:
        with pytest.raises(IDXFormatError, match="found only"):
            read_idx(path, max_bytes=math.prod(shape))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * MEBIBYTE  # xz itself takes 8


@pytest.mark.parametrize("compression", ["gzip", "xz"])
def test_a_decompression_bomb_is_not_expanded(path, compression):
    path.write_bytes(COMPRESSIONS[compression](header_bytes(5) + bytes(64 * MEBIBYTE)))
    tracemalloc.start()
    try:
        with pytest.raises(IDXFormatError, match=r"expected 13 bytes.*found more than 13"):
            read_idx(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MEBIBYTE


@pytest.mark.parametrize("compression", ["gzip", "xz"])
def test_what_honestly_announces_too_much_is_not_expanded(path, compression):
    size = 32 * MEBIBYTE
    path.write_bytes(COMPRESSIONS[compression](header_bytes(32, MEBIBYTE) + bytes(size)))
    tracemalloc.start()
    try:
        with pytest.raises(IDXFormatError) as caught:
            read_idx(path, max_bytes=size - 1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * MEBIBYTE
    assert str(caught.value) == (
        f"{path}: expected at most 33,554,431 bytes, found a header that announces 33,554,432 "
        "bytes (32 x 1048576 values of type uint8). If you trust the file, "
        "pass max_bytes=33554432"
    )
    assert read_idx(path, max_bytes=size).nbytes == size


def test_unless_told_3_gb_are_too_much_and_emnist_is_not(path):
    with pytest.raises(IDXFormatError, match="at most 2,000,000,000 bytes"):
        read_bytes(path, header_bytes(3_000_000_000))
    with pytest.raises(IDXFormatError, match="found only"):
        read_bytes(path, header_bytes(697_932, 28, 28))


@pytest.mark.parametrize("compression", ["plain", "gzip"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_reading_holds_no_second_copy(path, compression, dtype):
    size = 32 * MEBIBYTE
    path.write_bytes(COMPRESSIONS[compression](idx_bytes(np.zeros(size // int(dtype[1]), dtype))))
    tracemalloc.start()
    try:
        read_idx(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.4 * size + 12 * MEBIBYTE


@pytest.mark.parametrize("max_bytes", [0, -1, 1.5, True, None, "1"])
def test_invalid_max_bytes(path, max_bytes):
    path.write_bytes(header_bytes(0))
    with pytest.raises(ValueError, match="max_bytes must be an int of at least 1"):
        read_idx(path, max_bytes=max_bytes)


def test_an_xz_stream_that_asks_for_too_much_memory_raises(path):
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0}]
    content = bytearray(lzma.compress(idx_bytes(np.zeros(3, "u1")), filters=filters))
    # Byte 16 codes the size of the dictionary; the CRC32 of the block header follows at 20.
    content[16] = 40  # 4 GiB - 1
    content[20:24] = struct.pack("<I", zlib.crc32(content[12:20]))
    with pytest.raises(IDXFormatError, match="Memory usage limit"):
        read_bytes(path, bytes(content))


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_content_in_several_streams_is_one_file(path, compress):
    values = np.arange(50, dtype="f8")
    content = idx_bytes(values)
    both = compress(content[:77]) + compress(content[77:])
    np.testing.assert_array_equal(read_bytes(path, both), values)


@pytest.mark.parametrize("piece", [4, 1 << 20])
def test_zeros_around_xz_streams_are_padding(path, piece, monkeypatch):
    monkeypatch.setattr(_idx, "_PIECE", piece)
    content = idx_bytes(np.arange(50, dtype="u1"))
    padded = lzma.compress(content[:9]) + bytes(8) + lzma.compress(content[9:]) + bytes(4)
    assert read_bytes(path, padded).tolist() == list(range(50))


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_what_follows_the_compressed_stream_raises(path, compress):
    with pytest.raises(IDXFormatError, match="expected a complete gzip or xz stream"):
        read_bytes(path, compress(idx_bytes(np.zeros(3, "u1"))) + b"not a stream")


def test_content_of_many_pieces(path, monkeypatch):
    monkeypatch.setattr(_idx, "_PIECE", 7)
    values = np.arange(1000, dtype="i2").reshape(10, 100)
    for compress in COMPRESSIONS.values():
        np.testing.assert_array_equal(read_bytes(path, compress(idx_bytes(values))), values)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".idx"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_the_name_does_not_matter(tmp_path, suffix, compression):
    values = np.arange(6, dtype="u1").reshape(2, 3)
    path = tmp_path / f"values{suffix}"
    path.write_bytes(COMPRESSIONS[compression](idx_bytes(values)))
    np.testing.assert_array_equal(read_idx(path), values)
    np.testing.assert_array_equal(read_idx(str(path)), values)


def test_any_path_like_is_a_path(tmp_path):
    class Somewhere(os.PathLike):
        def __fspath__(self):
            return str(tmp_path / "values")

    (tmp_path / "values").write_bytes(idx_bytes(np.array(1.5, dtype="f4")))
    assert read_idx(Somewhere()) == 1.5


@pytest.mark.parametrize("path", [3, None, b"bytes", io.BytesIO()])
def test_what_is_not_a_path_raises(path):
    with pytest.raises(TypeError, match=f"str or an os.PathLike.* got {type(path).__name__}"):
        read_idx(path)


def test_a_missing_file_stays_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_idx(tmp_path / "nowhere")


def test_messages_say_what_was_expected_found_and_what_to_do(path):
    with pytest.raises(IDXFormatError) as caught:
        read_bytes(path, header_bytes(3, 4, code=0x0C) + bytes(40))
    assert str(caught.value) == (
        f"{path}: expected 60 bytes, a header of 12 and 3 x 4 values of type int32, "
        "found only 52. Download or copy the file again"
    )
    with pytest.raises(IDXFormatError, match=r"found 89 50 4e 47\. Only IDX files"):
        read_bytes(path, b"\x89PNG\r\n\x1a\n")
    with pytest.raises(IDXFormatError, match=r"header of 16 bytes for 3 dimensions.*only 9 "):
        read_bytes(path, header_bytes(1, 2, 3)[:9])
    with pytest.raises(IDXFormatError, match=r"header of 8 bytes for 1 dimension, .*only 7 "):
        read_bytes(path, header_bytes(1)[:7])
    with pytest.raises(IDXFormatError, match=r"header of 8 and 1 value of type uint8, "):
        read_bytes(path, header_bytes(1))
    with pytest.raises(IDXFormatError, match="a shape that NumPy can hold, found 255 dim"):
        read_bytes(path, header_bytes(*[1] * 255) + b"\x00")


def test_the_value_of_a_shape_with_a_zero(path):
    found = read_bytes(path, header_bytes(3, 0, 2))
    assert found.shape == (3, 0, 2)
    assert math.prod(found.shape) == found.size == 0
