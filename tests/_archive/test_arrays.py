"""Arrays come back as they were, and nothing but arrays comes."""

from __future__ import annotations

import io

import numpy as np
import pytest

from skdigits._archive import ArchiveError, array_from_bytes, array_to_bytes


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(4, dtype=np.float16),
        np.array(["ä", "zwei"]),
        np.array([False, True]),
        np.array(3),
        np.empty((0, 4)),
        np.arange(3, dtype=">i8"),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_an_array_comes_back(array):
    found = array_from_bytes(array_to_bytes(array))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


class Bomb:
    """An object whose unpickling would show."""

    def __reduce__(self):
        return (pytest.fail, ("code of the file has run",))


def test_an_array_of_pickled_objects_is_refused_unread():
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(ArchiveError, match=r"not a plain \.npy file: its header"):
        array_from_bytes(buffer.getvalue())


@pytest.mark.parametrize("shape", [(10**13,), (10**6, 10**6), (3,), (5, 5), (-4,)])
def test_a_header_that_promises_more_or_less_than_there_is_is_refused(shape):
    buffer = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    with pytest.raises(ArchiveError, match=r"not a plain \.npy file"):
        array_from_bytes(buffer.getvalue() + bytes(16))


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x02\x00", b"PK\x03\x04" * 9])
def test_what_is_no_array_is_refused(content):
    with pytest.raises(ArchiveError, match=r"not a plain \.npy file"):
        array_from_bytes(content)


def test_records_are_refused():
    with pytest.raises(ArchiveError, match="its header"):
        array_from_bytes(array_to_bytes(np.zeros(2, dtype=[("a", "<i4")])))


def headed(text):
    """Make a file of a header that may lie, and no numbers."""
    padded = text.ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


@pytest.mark.parametrize(
    "text",
    [
        "{'descr': '<U0', 'fortran_order': False, 'shape': (10000000000,), }",
        "{'descr': '|S0', 'fortran_order': False, 'shape': (3000000000,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1000000000), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (1000000000, 0), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1000000000000000000), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (0,), }",
        "{'descr': ('<f4', (1000000, 1000000)), 'fortran_order': False, 'shape': (0,), }",
        "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (0,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0L,), }",
        "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (0,), }",
        "{'shape': (0,), 'descr': '<f4', 'fortran_order': False, }",
        "(" * 60_000,
        "-" * 9000,
    ],
    ids=lambda text: text[:60],
)
def test_a_header_that_costs_more_than_its_bytes_is_refused(text):
    with pytest.raises(ArchiveError, match=r"not a plain \.npy file") as caught:
        array_from_bytes(headed(text))
    assert len(str(caught.value)) < 300
