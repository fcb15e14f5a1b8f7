"""The results as tables: on the terminal, and as CSV files for the documentation."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

from ._machine import list_versions
from ._new_process import MEMORY
from ._quiet import QUIET
from ._ratios import Spread, ratio, spread


class Row(NamedTuple):
    """One line of a table; the fields' names are its headings."""

    work: str
    case: str
    quantity: str
    side: str
    first: str
    median: str
    range: str
    times_ours: str
    times_ours_range: str
    times_floor: str
    rounds: str
    note: str


SHORT_HEADINGS = (
    "benchmark",
    "implementation",
    "median",
    "time relative to skdigits (range)",
    "relative to floor",
)
HEADINGS = tuple(name.replace("_", " ") for name in Row._fields)


def make_rows(results: dict[str, dict]) -> list[Row]:
    """Make a row for each work, case, quantity and side."""
    return [
        row
        for work, entry in results.items()
        for case, sides in entry["cases"].items()
        for row in _case_rows(work, case, sides)
    ]


def make_table(rows: list[Row], title: str = "") -> Table:
    """Make a table of one work for the terminal, without the columns that would be empty."""
    shown = [i for i in range(1, len(HEADINGS)) if any(row[i] for row in rows)]
    table = Table(title=title, title_justify="left")
    for i in shown:
        text = HEADINGS[i] in ("work", "case", "quantity", "side", "note")
        table.add_column(HEADINGS[i], justify="left" if text else "right", overflow="fold")
    for row in rows:
        table.add_row(*(row[i] for i in shown))
    return table


def write_csv_files(results: dict[str, dict], json_path: Path) -> list[Path]:
    """Write one short CSV file a kind of work, beside the JSON file.

    ``speed.json`` becomes ``speed_epoch.csv``, ``speed_predict.csv`` and so on, by the
    first part of the works' names. Works of memory are run on busy machines too, so their
    times are left out.
    """
    kinds: dict[str, list[Row]] = {}
    for row in make_rows(results):
        kind = row.work.split("-")[0]
        if row.median and not (kind == "memory" and _is_time(row.quantity)):
            kinds.setdefault(kind, []).append(row)
    paths = []
    for kind, rows in kinds.items():
        path = json_path.with_name(f"{json_path.stem}_{kind}.csv")
        write_csv(path, [SHORT_HEADINGS, *map(shorten, rows)])
        paths.append(path)
    return paths


def write_csv(path: Path, table: list[tuple[str, ...]]) -> None:
    """Write a table with its headings, without the columns that would be empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(_without_empty_columns(table))


def write_run(results: dict[str, dict], json_path: Path) -> Path:
    """Write on what and when the works were measured, as text for the documentation."""
    dates: dict[str, set[str]] = {}
    for entry in results.values():
        run = entry["run"]
        machine = f"{run['machine']}, {run['system']}; {list_versions(run)}"
        dates.setdefault(machine, set()).add(run["date"])
    lines = [
        f"Measured on {' and '.join(sorted(days))}: {machine}." for machine, days in dates.items()
    ]
    path = json_path.with_name(f"{json_path.stem}_run.txt")
    path.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return path


def shorten(row: Row) -> tuple[str, ...]:
    """Make a line that fits on a page."""
    quantity = row.quantity.removeprefix("seconds").removeprefix(" of ").strip()
    what = ", ".join(filter(None, [row.work, row.case, quantity]))
    ratio_range = f" ({row.times_ours_range})" if row.times_ours_range else ""
    return what, row.side, row.median, row.times_ours + ratio_range, row.times_floor


def _without_empty_columns(table: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Drop the columns in which only the heading is filled."""
    filled = [column for column in zip(*table, strict=True) if any(column[1:])]
    return list(zip(*filled, strict=True))


def _case_rows(work: str, case: str, sides: dict[str, dict]) -> Iterator[Row]:
    """Make the rows of one case; its first side is ours."""
    ours = next(iter(sides.values()))
    floor = sides.get("floor", {})
    for quantity in _quantities(sides):
        for name, side in sides.items():
            values = _values(side, quantity)
            if not values:
                continue
            of_ours, of_floor = (_ratio_to(other, quantity, values) for other in (ours, floor))
            found = spread(values)
            first = side.get("first", {}).get(quantity)
            yield Row(
                work,
                case,
                quantity,
                name,
                "" if first is None else _show(first, quantity),
                _show(found.median, quantity),
                f"{_show(found.lowest, quantity)} to {_show(found.highest, quantity)}",
                f"{of_ours.median:.2f}" if of_ours else "",
                f"{of_ours.lowest:.2f} to {of_ours.highest:.2f}" if of_ours else "",
                f"{of_floor.median:.2f}" if of_floor else "",
                str(len(values)),
                _note(side),
            )
    for name, side in sides.items():
        if "failed" in side:
            yield Row(work, case, "", name, *[""] * 7, f"left out: {side['failed']}")


def _note(side: dict) -> str:
    """Say how the side does it, and whether something else ran beside it."""
    busy = max(side.get("busy", []), default=0.0)
    disturbed = [f"machine up to {busy:.0f}% busy before a round"] if busy > QUIET else []
    return "; ".join([side.get("note", ""), *disturbed])


def _quantities(sides: dict[str, dict]) -> list[str]:
    """List what the sides measured, in order and once each."""
    names = [name for side in sides.values() for name in (side.get("rounds") or [{}])[0]]
    return list(dict.fromkeys(names))


def _values(side: dict, quantity: str) -> list[float]:
    return [measured[quantity] for measured in side.get("rounds", []) if quantity in measured]


def _ratio_to(other: dict, quantity: str, values: list[float]) -> Spread | None:
    """Compare times and whole processes; memory that does not grow is nothing to divide by."""
    base = _values(other, quantity)
    if not base or not (_is_time(quantity) or quantity == MEMORY):
        return None
    return ratio(values, base)


def _is_time(quantity: str) -> bool:
    return quantity.startswith("seconds")


def _show(value: float, quantity: str) -> str:
    """Write a number with its unit."""
    if quantity.endswith("%"):
        return f"{value:.2f}%"
    if quantity.startswith("MB"):
        return f"{value:.1f} MB"
    if not _is_time(quantity):
        return f"{value:.3g}"
    if value < 0.1:
        return f"{1000 * value:.3g} ms"
    return f"{value:.3g} s" if value < 100 else f"{value:.0f} s"
