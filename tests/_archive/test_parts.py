"""A file is checked as a whole before anything in it is used."""

from __future__ import annotations

import subprocess
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skdigits._archive import ArchiveError, DamagedArchiveError, OtherFileError, pack, unpack

from ._made_up import reseal, seal, sums

PARTS = {"model.json": b'{"a": 1}', "arrays/0.npy": b"0123456789" * 20, "arrays/1.npy": b""}
PACKED = pack(PARTS)


def test_parts_come_back_and_equal_parts_make_equal_files():
    assert unpack(PACKED, "model.json") == PARTS
    assert pack(dict(PARTS)) == PACKED


@given(st.integers(0, len(PACKED) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_a_changed_byte_is_noticed_wherever_it_is(place, change):
    changed = bytearray(PACKED)
    changed[place] ^= change
    with pytest.raises(ArchiveError, match=r"damaged or truncated|does not start"):
        unpack(bytes(changed), "model.json")


def test_a_file_that_is_cut_short_is_noticed_wherever_that_is():
    for length in range(len(PACKED)):
        with pytest.raises(ArchiveError, match=r"damaged or truncated|does not start"):
            unpack(PACKED[:length], "model.json")


@pytest.mark.parametrize("more", [b"\0", PACKED])
def test_a_file_with_something_after_it_is_noticed(more):
    with pytest.raises(DamagedArchiveError, match="damaged"):
        unpack(PACKED + more, "model.json")


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04", b"\x80\x04\x95"])
def test_another_kind_of_file_is_told_from_a_damaged_one(content):
    with pytest.raises(OtherFileError, match=r"does not start with a part named model\.json"):
        unpack(content, "model.json")


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
    with pytest.raises(ArchiveError, match=r"expected one model\.json"):
        unpack(seal([*parts, sums(parts)]), "model.json")


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_two_parts_of_one_name_are_refused():
    parts = [("model.json", b"{}"), ("model.json", b"[]")]
    with pytest.raises(ArchiveError, match=r"expected one model\.json"):
        unpack(seal([*parts, sums(parts)]), "model.json")


def test_compressed_parts_are_refused_unread():
    parts = [("model.json", b"{}"), ("arrays/0.npy", bytes(10**8))]
    bomb = seal([*parts, sums(parts)], zipfile.ZIP_DEFLATED)
    assert len(bomb) < 10**6
    with pytest.raises(ArchiveError, match=r"its parts declare 100,000,\d+ bytes"):
        unpack(bomb, "model.json")


def test_a_part_larger_than_it_is_declared_or_the_file_is_refused():
    # The sizes of the array in the list of parts, which comes after all of them.
    place = PACKED.rindex(b"arrays/0.npy") - 46 + 20
    for sizes in ((200, 10**9), (10**9, 10**9), (10, 200), (10, 10)):
        changed = bytearray(PACKED)
        changed[place : place + 8] = b"".join(size.to_bytes(4, "little") for size in sizes)
        with pytest.raises(ArchiveError, match=r"its parts declare|not a valid zip file"):
            unpack(reseal(bytes(changed)), "model.json")


def test_a_part_that_is_not_what_the_digests_say_is_named():
    parts = [("model.json", b"{}"), ("arrays/0.npy", b"one")]
    content = seal([parts[0], ("arrays/0.npy", b"two"), sums(parts)])
    with pytest.raises(ArchiveError, match=r"SHA256SUMS do not match its parts: \['arrays/0"):
        unpack(content, "model.json")


def test_a_missing_part_is_noticed():
    parts = [("model.json", b"{}"), ("arrays/0.npy", b"one")]
    with pytest.raises(ArchiveError, match="SHA256SUMS do not match"):
        unpack(seal([parts[0], sums(parts)]), "model.json")


def test_very_many_parts_are_refused_before_they_are_listed():
    parts = [("model.json", b"{}"), *((f"arrays/{i}.npy", b"") for i in range(60_000))]
    many = seal([*parts, sums(parts)])
    begin = time.process_time()
    with pytest.raises(ArchiveError, match=r"list of parts has [0-9,]+ bytes") as caught:
        unpack(many, "model.json")
    assert time.process_time() - begin < 0.5
    assert len(str(caught.value)) < 200


def test_a_list_of_parts_somewhere_else_is_refused():
    at = PACKED.rindex(b"PK\x05\x06")
    large = b"PK\x06\x07" + bytes(16)
    for changed in (
        PACKED[:at] + large + PACKED[at:],
        PACKED[:at] + bytes(20) + PACKED[at:],
        PACKED[: at + 16] + bytes(4) + PACKED[at + 20 :],
        PACKED[: at + 20] + b"\x10\x00" + PACKED[at + 22 :],
    ):
        with pytest.raises(ArchiveError, match="list of parts is not at its end"):
            unpack(reseal(changed), "model.json")


def test_names_of_a_file_cannot_steer_a_terminal_or_fill_it():
    for names in (["\x1b[2J\x07"], ["a" * 5000], [f"{i}" for i in range(5000)]):
        parts = [("model.json", b"{}"), *((name, b"") for name in names)]
        with pytest.raises(ArchiveError, match=r"expected one model\.json") as caught:
            unpack(seal([*parts, sums(parts)]), "model.json")
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 400


@given(st.integers(0, len(PACKED) - 65), st.binary(min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_changed_file_with_a_right_digest_is_an_archive_error_or_the_same_parts(place, change):
    changed = bytearray(PACKED)
    changed[place : place + len(change)] = change
    try:
        found = unpack(reseal(bytes(changed)), "model.json")
    except ArchiveError:
        return
    assert found == PARTS


def test_an_encrypted_part_is_refused():
    changed = bytearray(PACKED)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[PACKED.index(signature) + flags] |= 1
    with pytest.raises(ArchiveError, match="not a valid zip file"):
        unpack(reseal(bytes(changed)), "model.json")


def test_other_programs_can_read_and_check_the_file(tmp_path):
    (tmp_path / "m.zip").write_bytes(PACKED)
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        archive.extractall(tmp_path)
    lines = (tmp_path / "SHA256SUMS").read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == list(PARTS)
    if subprocess.run(["which", "sha256sum"], capture_output=True).returncode == 0:
        subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path, check=True)
