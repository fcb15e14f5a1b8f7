"""Time several callables in one process, one call of each in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median

_SEPARATOR = ": "


def time_in_turn(ours: Callable, others: Mapping[str, Callable], calls: int) -> dict[str, float]:
    """Median seconds of our calls, and of those of the others under their names."""
    run = {"seconds": ours} | {f"{name}{_SEPARATOR}seconds": call for name, call in others.items()}
    seconds: dict[str, list[float]] = {name: [] for name in run}
    for _ in range(calls):
        for name, call in run.items():
            begin = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - begin)
    return {name: median(values) for name, values in seconds.items()}


def split_sides(entries: dict[str, dict]) -> dict[str, dict]:
    """Make a side of each other that was timed in the process of the first side.

    Parameters
    ----------
    entries : dict
        What `measure_case` returns.

    Returns
    -------
    entries : dict
        The same, or with the others behind the sides that have processes of their own.
    """
    ours = next(iter(entries))
    others: dict[str, dict] = {}
    split = {name: dict(entry) for name, entry in entries.items()}
    for name, entry in entries.items():
        if "failed" in entry:
            continue
        split[name]["first"] = _of_side(entry["first"], "") if "first" in entry else {}
        split[name]["rounds"] = [_of_side(measured, "") for measured in entry["rounds"]]
        names = {key.split(_SEPARATOR)[0] for key in entry["rounds"][0] if _SEPARATOR in key}
        for other in sorted(names) if name == ours else ():
            others[other] = {
                "note": "in the process of skdigits, one call of each in turn",
                "rounds": [_of_side(measured, other) for measured in entry["rounds"]],
            }
    return split | others


def _of_side(measured: dict[str, float], name: str) -> dict[str, float]:
    """Take what was measured of one side, ours if it has no name."""
    if not name:
        return {key: value for key, value in measured.items() if _SEPARATOR not in key}
    start = name + _SEPARATOR
    return {
        key.removeprefix(start): value for key, value in measured.items() if key.startswith(start)
    }
