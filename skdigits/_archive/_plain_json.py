"""JSON with limits, so that reading it takes no more memory and time than its length suggests."""

from __future__ import annotations

import json
from typing import Any

from ._errors import ArchiveError, shown

#: Enough for the names of 20,000 columns in each of ten steps.
MAX_BYTES = 2**24
MAX_VALUES = 2**19
#: Enough for about fifteen nested estimators.
MAX_NESTING = 100
#: As many digits as NumPy's largest integers have.
MAX_DIGITS = 20


def json_to_bytes(value: Any) -> bytes:
    """Write plain values as JSON.

    Parameters
    ----------
    value : object
        Nested dicts, lists, texts, numbers, booleans and None.

    Returns
    -------
    content : bytes
        The JSON text in UTF-8.
    """
    return json.dumps(value, indent=1).encode()


def json_from_bytes(content: bytes) -> Any:
    """Read JSON within the limits.

    Parameters
    ----------
    content : bytes
        Bytes that may come from `json_to_bytes`.

    Returns
    -------
    value : object
        The value that was written.

    Raises
    ------
    ArchiveError
        If it is not JSON, too long, too deeply nested, or has a duplicate key.
    """
    # Every value except the first follows one of these characters; those in texts count too.
    n_values = 1 + sum(map(content.count, (b",", b"[", b"{")))
    for n, most, kind in (
        (len(content), MAX_BYTES, "bytes of text"),
        (n_values, MAX_VALUES, "values in its text"),
    ):
        if n > most:
            raise ArchiveError(f"it has {n:,} {kind}; the maximum is {most:,}.")
    try:
        value = json.loads(content.decode(), object_pairs_hook=_without_doubles, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"its text is not plain JSON ({shown(error)}).") from error
    _check_nesting(value)
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a dict from pairs with different keys."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key occurs twice in one object")
    return made


def _whole(digits: str) -> int:
    """Read an integer of a limited size: arithmetic with huge ones is slow."""
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"an integer of {len(digits):,} digits")
    return int(digits)


def _check_nesting(value: Any) -> None:
    """Refuse values that are nested too deeply for recursive functions."""
    level = [value]
    for _ in range(MAX_NESTING):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise ArchiveError(f"its text has more than {MAX_NESTING} nested lists and objects.")


def is_count(value: object) -> bool:
    """Say whether a value that was read is a whole number of at least 0.

    Parameters
    ----------
    value : object
        Any value.

    Returns
    -------
    is_one : bool
        False for True and 1.0, which are not integers in JSON.
    """
    return type(value) is int and value >= 0
