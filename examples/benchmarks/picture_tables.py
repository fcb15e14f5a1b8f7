"""Tables of what was read on pictures, with the target of each row and whether it is met."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from picture_scores import ALL_KINDS
from picture_sets import CLEAN, DIGITS
from rich.table import Table

SKDIGITS, TUTORIAL, TESSERACT = "skdigits", "tutorial", "tesseract"
#: Readers in the order of the columns, and how their columns are called.
READERS = {SKDIGITS: "skdigits", TUTORIAL: "tutorial", TESSERACT: "Tesseract"}

#: Columns of the tables of single digits.
_ERRORS = ("blank", "refused", "not read right", "confident mistakes")
#: The last columns of tables that have targets.
_TARGET_COLUMNS = ("target", "result")
_TERMINAL_ONLY = (*_TARGET_COLUMNS, "wrong label", "pictures")

Counts = dict[str, Any]


class Limit(NamedTuple):
    """What a quantity of a row should be, at most or at least."""

    quantity: str
    value: float
    at_least: bool = False

    def is_met(self, counts: Counts) -> bool:
        """Compare the row with it."""
        found = QUANTITIES[self.quantity].measure(counts)
        return found >= self.value if self.at_least else found <= self.value

    def describe(self, value: float) -> str:
        """Write a value of the quantity."""
        quantity = QUANTITIES[self.quantity]
        shown = f"{value:.{quantity.decimals}%}" if quantity.decimals is not None else f"{value:g}"
        return f"{shown} {self.quantity}".removesuffix(" error")


class Quantity(NamedTuple):
    """What can be found of a row; a share with so many decimals, or a number (None)."""

    measure: Callable[[Counts], float]
    decimals: int | None = None


def _error_of(digit: str) -> Callable[[Counts], float]:
    return lambda counts: counts["by digit"].get(digit, {}).get("error", 0.0)


QUANTITIES = {
    "error": Quantity(lambda counts: counts["error"], 2),
    "of the 1s": Quantity(_error_of("1"), 1),
    "of the 7s": Quantity(_error_of("7"), 1),
    "blank": Quantity(lambda counts: counts["blank"]),
    "refused": Quantity(lambda counts: counts["refused"] / counts["n"], 1),
    "right": Quantity(lambda counts: counts["right"] / counts["digits"], 1),
    "not there": Quantity(lambda counts: counts["not there"] / counts["digits"], 1),
    "wrong without ?": Quantity(lambda counts: counts["wrong without a question mark"]),
    "confident": Quantity(lambda counts: counts["confident digits"] / counts["n"], 1),
}


def _error(most: float, *more: Limit) -> tuple[Limit, ...]:
    return (Limit("error", most), *more)


_NEVER_BLANK = Limit("blank", 0)
#: Of every set of digits.
_HARDLY_REFUSED = Limit("refused", 0.01)
#: By the beginning of a set's name; the first that fits counts.
SET_TARGETS = {
    CLEAN: _error(0.0045),
    DIGITS: _error(0.02),
    "usps_test": _error(0.015, _NEVER_BLANK),
    "usps": _error(0.006, _NEVER_BLANK),
    "semeion": _error(0.05, _NEVER_BLANK),
    "optdigits": _error(0.025, _NEVER_BLANK),
    "scans": _error(0.03, _NEVER_BLANK),
    "ardis": _error(0.02),
    "forms": _error(0.015, Limit("of the 1s", 0.03), Limit("of the 7s", 0.02)),
    "sudoku": _error(0.04),
    "fonts": _error(0.008),
}
#: By words in the kind of a photograph. Digits that are not there: 5 of 102, and 5 of 51.
PAGE_TARGETS = {
    "plain paper": (Limit("right", 0.97, at_least=True),),
    "ruled crop": (
        Limit("right", 0.85, at_least=True),
        Limit("not there", 5 / 102),
        Limit("wrong without ?", 0),
    ),
    "ruled page": (Limit("right", 0.60, at_least=True),),
    "shapes": (Limit("right", 0.85, at_least=True), Limit("not there", 5 / 51)),
}
CELL_TARGET = (Limit("confident", 0.02),)
#: Of all pictures of something else: 20 of 22.
OTHERS_TARGET = (Limit("refused", 20 / 22, at_least=True),)
#: By words in the kind of a picture that is read at many sizes.
SIZE_TARGETS = {"pen": (Limit("right", 1, at_least=True),)}


class PictureTable(NamedTuple):
    """A table for the terminal and for a CSV file."""

    title: str
    file: str
    rows: list[list[str]]
    #: What a row is called in the table of all targets.
    row_name: str = "{}"

    def to_rich(self) -> Table:
        """Make a table for the terminal."""
        table = Table(title=self.title, title_justify="left")
        for column, heading in enumerate(self.rows[0]):
            is_text = column == 0 or heading in (*_TARGET_COLUMNS, "left out")
            table.add_column(heading, justify="left" if is_text else "right", overflow="fold")
        for row in self.rows[1:]:
            colour = "red" if row[-1].startswith("missed") else None
            table.add_row(*row, style=colour)
        return table

    def write(self, folder: Path) -> Path:
        """Write it as a CSV file that fits on a page: the targets have a file of their own."""
        shown = [i for i, heading in enumerate(self.rows[0]) if heading not in _TERMINAL_ONLY]
        return write_csv(folder / self.file, [[row[i] for i in shown] for row in self.rows])


def write_csv(path: Path, rows: list[list[str]]) -> Path:
    """Write rows as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def write_targets(folder: Path, tables: list[PictureTable]) -> Path:
    """Write the targets of all tables as one CSV file."""
    rows = [["images", *_TARGET_COLUMNS]]
    for table in tables:
        if table.rows[0][-2:] == [*_TARGET_COLUMNS]:
            found = ([table.row_name.format(row[0]), *row[-2:]] for row in table.rows[1:])
            rows += [row for row in found if row[1]]
    return write_csv(folder / "pictures_targets.csv", rows)


def make_tables(results: dict[str, Counts]) -> list[PictureTable]:
    """Make the tables that have rows, without empty columns; the targets are for skdigits."""
    makers = (_sets_table, _singles_table, _pages_table, _others_table, _sizes_table)
    tables = [table for table in (make(results) for make in makers) if len(table.rows) > 1]
    return [table._replace(rows=_without_empty_columns(table.rows)) for table in tables]


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    """Drop the columns in which only the heading is filled."""
    filled = [column for column in zip(*rows, strict=True) if any(column[1:])]
    return [list(row) for row in zip(*filled, strict=True)]


def _verdict(limits: tuple[Limit, ...], counts: Counts) -> list[str]:
    """Write the target of a row, and whether it is met."""
    if not limits:
        return ["", ""]
    words = {True: "at least ", False: "at most "}
    target = ", ".join(
        ("" if limit.value == 0 else words[limit.at_least]) + limit.describe(limit.value)
        for limit in limits
    )
    found = [each.describe(QUANTITIES[each.quantity].measure(counts)) for each in limits]
    missed = [
        shown for limit, shown in zip(limits, found, strict=True) if not limit.is_met(counts)
    ]
    return [target, f"missed: {', '.join(missed)}" if missed else f"met: {', '.join(found)}"]


def _find(targets: dict[str, tuple[Limit, ...]], name: str) -> tuple[Limit, ...]:
    """Find the target whose words are in a name."""
    return next((limits for words, limits in targets.items() if words in name), ())


def _peers(results: dict[str, Counts]) -> list[str]:
    return [name for name in READERS if name in results and name != SKDIGITS]


def _rows_of(results: dict[str, Counts], part: str) -> Iterator[tuple[str, Counts, list[Counts]]]:
    """Give each row of a part: its name, the counts of skdigits, and those of the peers."""
    for name, counts in results.get(SKDIGITS, {}).get(part, {}).items():
        yield name, counts, [results[peer].get(part, {}).get(name, {}) for peer in _peers(results)]


def _show(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _interval(counts: Counts) -> str:
    low, high = counts["interval"]
    return f"{low:.2%} to {high:.2%}"


def _peer_columns(results: dict[str, Counts], *quantities: str) -> list[str]:
    return [
        " ".join(filter(None, (READERS[peer], quantity)))
        for peer in _peers(results)
        for quantity in quantities
    ]


def _of(shown: str, counts: Counts, n: int) -> str:
    """Say of how many pictures a peer's figure is if they are fewer than ours."""
    return f"{shown} of {counts['n']}" if shown and counts.get("n", n) < n else shown


def _sets_table(results: dict[str, Counts]) -> PictureTable:
    head = ["images", "number", "error", "95% interval", "wrong label", *_ERRORS]
    rows = [[*head, *_peer_columns(results, "error"), *_TARGET_COLUMNS]]
    for name, counts, peers in _rows_of(results, "sets"):
        limits = next((each for start, each in SET_TARGETS.items() if name.startswith(start)), ())
        rows.append(
            [name, _show(counts["n"]), f"{counts['error']:.2%}", _interval(counts)]
            + [_show(counts[each]) for each in ("wrong label", *_ERRORS)]
            + [_of(f"{peer['error']:.1%}", peer, counts["n"]) if peer else "" for peer in peers]
            + _verdict((*limits, _HARDLY_REFUSED), counts)
        )
    return PictureTable("Sets of single digits", "pictures_sets.csv", rows)


def _singles_table(results: dict[str, Counts]) -> PictureTable:
    head = ["kind", "number", "errors", "95% interval", *_ERRORS]
    rows = [[*head, *_peer_columns(results, "errors")]]
    for name, counts, peers in _rows_of(results, "singles"):
        rows.append(
            [name, _show(counts["n"]), _show(counts["wrong"]), _interval(counts)]
            + [_show(counts[each]) for each in _ERRORS]
            + [_show(peer.get("wrong")) for peer in peers]
        )
    return PictureTable("Pictures of one digit", "pictures_singles.csv", rows)


def _pages_table(results: dict[str, Counts]) -> PictureTable:
    quantities = ("right", "not there", "wrong without a question mark", "whole numbers")
    head = ["kind", "pictures", "digits", *quantities, "left out"]
    rows = [[*head, *_peer_columns(results, "right", "not there"), *_TARGET_COLUMNS]]
    for name, counts, peers in _rows_of(results, "photos"):
        left_out = ", ".join(f"{n} {reason}" for reason, n in counts["left out"].items())
        cells = {each: _show(counts[each]) for each in quantities}
        cells["whole numbers"] += f" of {counts['numbers']}"
        rows.append(
            [name, _show(counts["n"]), _show(counts["digits"]), *cells.values(), left_out]
            + [_show(peer.get(each)) for peer in peers for each in ("right", "not there")]
            + _verdict(_find(PAGE_TARGETS, name), counts)
        )
    return PictureTable("Photographs of several digits", "pictures_photographs.csv", rows)


def _others_table(results: dict[str, Counts]) -> PictureTable:
    quantities = ("confident digits", "digits", "refused", "blank")
    peer_quantities = ("confident digits", "digits")
    rows = [["kind", "number", *quantities, *_peer_columns(results, *peer_quantities)]]
    rows[0] += _TARGET_COLUMNS
    for part in ("other singles", "no_digits"):
        for name, counts, peers in _rows_of(results, part):
            limits = CELL_TARGET if "cells" in name else ()
            rows.append(
                [name, _show(counts["n"]), *(_show(counts[each]) for each in quantities)]
                + [
                    _of(_show(peer.get(each)), peer, counts["n"])
                    for peer in peers
                    for each in peer_quantities
                ]
                + _verdict(OTHERS_TARGET if name == ALL_KINDS else limits, counts)
            )
    return PictureTable("Pictures without a digit", "pictures_no_digits.csv", rows, "no digit: {}")


def _sizes_table(results: dict[str, Counts]) -> PictureTable:
    rows: list[list[str]] = []
    for kind, by_size, peers in _rows_of(results, "sizes"):
        head = ["kind", "number", *by_size, *_peer_columns(results, "at all sizes")]
        rows = rows or [[*head, *_TARGET_COLUMNS]]
        cells = [f"{counts['right']}" for counts in by_size.values()]
        sums = [_add_up(each) for each in (by_size, *peers)]
        rows.append(
            [kind, _show(next(iter(by_size.values()))["n"]), *cells]
            + [
                f"{each['right']} of {each['digits']}" if each["digits"] else ""
                for each in sums[1:]
            ]
            + _verdict(_find(SIZE_TARGETS, kind), sums[0])
        )
    title = "Thin pens, digits right by the longer side in pixels"
    return PictureTable(title, "pictures_sizes.csv", rows or [[]], "{}, at all sizes")


def _add_up(by_size: dict[str, Counts]) -> Counts:
    """Add up the pictures of all sizes."""
    found = by_size.values()
    return {
        "digits": sum(each["n"] for each in found),
        "right": sum(each["right"] for each in found),
    }
