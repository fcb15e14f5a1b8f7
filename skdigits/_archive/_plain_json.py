"""JSON that takes no more memory and time than its length lets one expect."""

from __future__ import annotations

import json
from typing import Any

from ._errors import ArchiveError
from ._shown import shown

#: The names of 20,000 columns in each of ten steps fit in.
MAX_BYTES = 2**24
MAX_VALUES = 2**19
#: Some fifteen estimators within each other.
MAX_NESTING = 100
#: As many as the largest integers that NumPy has.
MAX_DIGITS = 20


def json_to_bytes(value: Any) -> bytes:
    """Write plain values as JSON.

    Parameters
    ----------
    value : object
        Of dicts, lists, texts, numbers, booleans and None.

    Returns
    -------
    content : bytes
        In UTF-8.
    """
    return json.dumps(value, indent=1).encode()


def json_from_bytes(content: bytes) -> Any:
    """Read JSON, if it is not too much.

    Parameters
    ----------
    content : bytes
        What may have come from `json_to_bytes`.

    Returns
    -------
    value : object
        What was written.

    Raises
    ------
    ArchiveError
        If it is no JSON, or too long, too deeply nested, or says something twice.
    """
    # Every value but the first follows one of these; in texts they are counted too.
    n_values = 1 + sum(map(content.count, (b",", b"[", b"{")))
    for n, most, kind in (
        (len(content), MAX_BYTES, "bytes of text"),
        (n_values, MAX_VALUES, "values in its text"),
    ):
        if n > most:
            raise ArchiveError(f"it has {n:,} {kind}, and {most:,} are the most.")
    try:
        value = json.loads(content.decode(), object_pairs_hook=_without_doubles, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"its text is no plain JSON ({shown(error)}).") from error
    _check_nesting(value)
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a dict of pairs that do not contradict each other."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key comes twice in one object")
    return made


def _whole(digits: str) -> int:
    """Read an integer that a machine can hold: arithmetic with others takes its time."""
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"an integer of {len(digits):,} digits")
    return int(digits)


def _check_nesting(value: Any) -> None:
    """Refuse values that lie too deep in others, for those who walk through them."""
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
    raise ArchiveError(f"its text has more than {MAX_NESTING} lists and objects in one another.")


def is_count(value: object) -> bool:
    """Say whether a value that was read is a whole number from 0 on.

    Parameters
    ----------
    value : object
        Any value.

    Returns
    -------
    is_one : bool
        False for True and 1.0, which JSON tells from 1.
    """
    return type(value) is int and value >= 0
