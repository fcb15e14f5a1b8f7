"""JSON comes back as it was, and is refused where it would cost more than its length."""

from __future__ import annotations

import math
import time

import pytest

from skdigits._archive import ArchiveError, json_from_bytes, json_to_bytes


@pytest.mark.parametrize(
    "value",
    [None, True, [1, 2.5, "ä", {"a": []}], -(2**63), 2**64 - 1, "\x1b", 1e308, [[[[[]]]]]],
    ids=repr,
)
def test_plain_values_come_back(value):
    assert json_from_bytes(json_to_bytes(value)) == value


def test_numbers_that_are_none_come_back():
    found = json_from_bytes(json_to_bytes([math.nan, math.inf]))
    assert math.isnan(found[0])
    assert found[1] == math.inf


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"[" + b"1," * 2**20 + b"1]", "1,048,578 values in its text; the maximum is 524,288"),
        (b"[" + b"[]," * 2**20 + b"1]", "values in its text"),
        (b'"' + b"a" * 2**24 + b'"', "16,777,218 bytes of text; the maximum is 16,777,216"),
        (b"[" * 101 + b"]" * 101, "more than 100 nested lists and objects"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "more than 100 nested"),
        (b"[" * 100_000, "not plain JSON"),
        (b'{"a": 1, "a": 2}', "a key occurs twice"),
        (b"1" * 4000, "an integer of 4,000 digits"),
        (b"-" + b"1" * 5000, "an integer of 5,001 digits"),
        (b"", "not plain JSON"),
        (b"{", "not plain JSON"),
        (b"\xff\xfe1\x00", "not plain JSON"),
        (b"\xef\xbb\xbf1", "not plain JSON"),
    ],
    ids=lambda case: repr(case[:20]),
)
def test_what_is_too_much_is_refused_at_once(content, match):
    begin = time.process_time()
    with pytest.raises(ArchiveError, match=match) as caught:
        json_from_bytes(content)
    assert time.process_time() - begin < 2
    assert len(str(caught.value)) < 300
