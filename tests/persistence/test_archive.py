"""A file is checked as a whole before anything in it is used."""

from __future__ import annotations

import subprocess
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skdigits.exceptions import ModelFileError
from skdigits.persistence._archive import pack, unpack

from ._made_up import reseal, seal, sums

PARTS = {"model.json": b'{"a": 1}', "arrays/0.npy": b"0123456789" * 20, "arrays/1.npy": b""}
PACKED = pack(PARTS)


def test_parts_come_back_and_equal_parts_make_equal_files():
    assert unpack(PACKED) == PARTS
    assert pack(dict(PARTS)) == PACKED


@given(st.integers(0, len(PACKED) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_a_changed_byte_is_noticed_wherever_it_is(place, change):
    changed = bytearray(PACKED)
    changed[place] ^= change
    with pytest.raises(ModelFileError, match=r"damaged or cut short|not a file of"):
        unpack(bytes(changed))


def test_a_file_that_is_cut_short_is_noticed_wherever_that_is():
    for length in range(len(PACKED)):
        with pytest.raises(ModelFileError, match=r"damaged or cut short|not a file of"):
            unpack(PACKED[:length])


@pytest.mark.parametrize("more", [b"\0", PACKED])
def test_a_file_with_something_after_it_is_noticed(more):
    with pytest.raises(ModelFileError, match="damaged"):
        unpack(PACKED + more)


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04", b"\x80\x04\x95"])
def test_another_kind_of_file_is_told_from_a_damaged_one(content):
    with pytest.raises(ModelFileError, match=r"not a file of .*save_model.*joblib\.load"):
        unpack(content)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../../.bashrc",
        "arrays/../../x.npy",
        "C:\\x.npy",
        "arrays/x.npy",
        "a\0b",
    ],
)
def test_a_part_of_another_name_is_refused(name):
    parts = [("model.json", b"{}"), (name, b"x")]
    with pytest.raises(ModelFileError, match=r"expected one model\.json"):
        unpack(seal([*parts, sums(parts)]))


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_two_parts_of_one_name_are_refused():
    parts = [("model.json", b"{}"), ("model.json", b"[]")]
    with pytest.raises(ModelFileError, match=r"expected one model\.json"):
        unpack(seal([*parts, sums(parts)]))


def test_compressed_parts_are_refused_unread():
    parts = [("model.json", b"{}"), ("arrays/0.npy", bytes(10**8))]
    bomb = seal([*parts, sums(parts)], zipfile.ZIP_DEFLATED)
    assert len(bomb) < 10**6
    with pytest.raises(ModelFileError, match=r"say that they take 100,000,\d+ bytes"):
        unpack(bomb)


def test_a_part_larger_than_it_is_declared_or_the_file_is_refused():
    # The sizes of the array in the list of parts, which comes after all of them.
    place = PACKED.rindex(b"arrays/0.npy") - 46 + 20
    for sizes in ((200, 10**9), (10**9, 10**9), (10, 200), (10, 10)):
        changed = bytearray(PACKED)
        changed[place : place + 8] = b"".join(size.to_bytes(4, "little") for size in sizes)
        with pytest.raises(ModelFileError, match=r"say that they take|no valid zip file"):
            unpack(reseal(bytes(changed)))


def test_a_part_that_is_not_what_the_digests_say_is_named():
    parts = [("model.json", b"{}"), ("arrays/0.npy", b"one")]
    content = seal([parts[0], ("arrays/0.npy", b"two"), sums(parts)])
    with pytest.raises(ModelFileError, match=r"SHA256SUMS are not those of its parts: arrays/0"):
        unpack(content)


def test_a_missing_part_is_noticed():
    parts = [("model.json", b"{}"), ("arrays/0.npy", b"one")]
    with pytest.raises(ModelFileError, match="SHA256SUMS are not those"):
        unpack(seal([parts[0], sums(parts)]))


def test_an_encrypted_part_is_refused():
    changed = bytearray(PACKED)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[PACKED.index(signature) + flags] |= 1
    with pytest.raises(ModelFileError, match="no valid zip file"):
        unpack(reseal(bytes(changed)))


def test_other_programs_can_read_and_check_the_file(tmp_path):
    (tmp_path / "m.zip").write_bytes(PACKED)
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        archive.extractall(tmp_path)
    lines = (tmp_path / "SHA256SUMS").read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == list(PARTS)
    if subprocess.run(["which", "sha256sum"], capture_output=True).returncode == 0:
        subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path, check=True)
