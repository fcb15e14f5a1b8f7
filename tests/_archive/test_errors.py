"""Parts of a file are shown short in errors, and without codes that control a terminal."""

from __future__ import annotations

import pytest

from skdigits._archive import shown


@pytest.mark.parametrize(
    "value",
    [
        "\x1b]0;title\x07\x1b[2J",
        "\u202eevil",
        "a\nb\rc",
        "x" * 10**6,
        ["\x1b[1m"] * 10**5,
        {"\x1b": {"\x07": [[[[[[["deep"]]]]]]]}},
        b"\x1b[2J" * 1000,
        10**19,
        ValueError("\x1b[2J" + "y" * 10**5),
        KeyError("\x1b"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_is_short_and_printable(value):
    text = shown(value)
    assert text.isprintable()
    assert len(text) <= 200 or len(text) < 4 * 200


def test_a_short_text_is_shown_as_it_is():
    assert shown("arrays/0.npy") == "'arrays/0.npy'"
    assert shown(None) == "None"
    assert shown(ValueError("two\n lines")) == "two lines"
