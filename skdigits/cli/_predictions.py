"""Predictions as text: a table for people, lines for programs."""

from __future__ import annotations

import csv
import itertools
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from ..images import DigitPrediction
    from ..images._outcomes import Outcome

#: Less probable digits are marked.
SURE_FROM = 0.9
#: Printed in place of a digit, or of a number if none of the pieces is a digit.
_NO_DIGIT = "no digit"
_CSV_HEAD = (
    *("picture", "line", "label", "probability", "runner_up", "runner_up_probability", "unsure"),
    *("top", "left", "bottom", "right", "is_digit", "digit_probability", "left_out", "error"),
)


class Writer:
    """Writes the predictions of one picture after the other."""

    def write(self, name: str, digits: Sequence[DigitPrediction]) -> None:
        """Write the predictions of a picture."""
        raise NotImplementedError

    def fail(self, name: str, reason: str) -> None:
        """Write that a picture could not be predicted, if the format has a place for it."""

    def close(self) -> None:
        """Write what is still to be written."""


def make_writer(console: Console, kind: str, *, segment: bool) -> Writer:
    """Make a writer of predictions to standard output.

    Parameters
    ----------
    console : rich.console.Console
        Standard output.
    kind : {"text", "json", "csv"}
        Text is a table on a terminal, and tab-separated lines elsewhere.
    segment : bool
        Whether the digits of a line form a number.

    Returns
    -------
    writer : Writer
        To be closed at the end.
    """
    if kind == "json":
        return _JSONWriter(segment)
    if kind == "csv":
        return _CSVWriter()
    return _TableWriter(console, segment) if console.is_terminal else _LineWriter(segment)


def printable(name: object) -> str:
    """Replace characters that would break a line or control a terminal.

    Parameters
    ----------
    name : object
        The name of a file, or a label from a model's file.

    Returns
    -------
    shown : str
        The name, with a question mark for each such character.
    """
    return "".join(character if character.isprintable() else "?" for character in str(name))


def is_unsure(digit: DigitPrediction) -> bool:
    """Say whether a digit is marked as unsure."""
    return _find_outcome(digit).probability < SURE_FROM


def _find_outcome(digit: DigitPrediction) -> Outcome:
    """Find what a digit was read as; imported when digits are there, as it takes time."""
    from ..images._outcomes import find_outcome

    return find_outcome(digit)


def _name(label: object) -> str:
    """Print a label, or that it is no digit."""
    return _NO_DIGIT if label is None else printable(label)


def lines_of_writing(digits: Iterable[DigitPrediction]) -> list[list[DigitPrediction]]:
    """Group the digits of the numbers into the lines in which they are written."""
    kept = [digit for digit in digits if digit.left_out is None]
    return [list(line) for _, line in itertools.groupby(kept, key=lambda digit: digit.line)]


def _number(line: Iterable[DigitPrediction]) -> str:
    """Join the labels of a line."""
    return "".join(printable(digit.label) for digit in line)


class _LineWriter(Writer):
    """Tab-separated fields: one line per digit or, if digits form numbers, per number."""

    def __init__(self, segment: bool) -> None:
        self._segment = segment

    def write(self, name: str, digits: Sequence[DigitPrediction]) -> None:
        if not self._segment:
            for digit in digits:
                mark = "?" if is_unsure(digit) else ""
                label, share, other, other_share = _find_outcome(digit)
                _print(
                    name, _name(label), f"{share:.4f}", _name(other), f"{other_share:.4f}", mark
                )
            return
        lines = lines_of_writing(digits)
        if not lines:
            _print(name, _NO_DIGIT)
        for line in lines:
            each = [f"{printable(d.label)}{'?' * is_unsure(d)} {d.probability:.4f}" for d in line]
            _print(name, _number(line), *each)


def _print(name: str, *fields: Any) -> None:
    print(printable(name), *fields, sep="\t", flush=True)  # noqa: T201


class _TableWriter(Writer):
    """A table, printed at the end because only then all widths are known."""

    def __init__(self, console: Console, segment: bool) -> None:
        from rich import box
        from rich.table import Table

        self._console, self._segment = console, segment
        self._n_unsure = 0
        self._table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        # Narrow enough for a terminal of 40 characters, on more lines.
        self._table.add_column("picture", overflow="fold", min_width=8)
        if segment:
            self._table.add_column("number", overflow="fold", min_width=6, style="bold")
            self._table.add_column("digits", overflow="fold", min_width=12)
        else:
            self._table.add_column("label", min_width=5)
            self._table.add_column("probability", overflow="fold", min_width=6, justify="right")
            self._table.add_column("runner-up", min_width=9)

    def write(self, name: str, digits: Sequence[DigitPrediction]) -> None:
        from rich.text import Text

        shown = Text(printable(name))
        if not self._segment:
            self._n_unsure += sum(map(is_unsure, digits))
            for digit in digits:
                self._table.add_row(shown, *_cells(digit))
            return
        lines = lines_of_writing(digits)
        if not lines:
            self._table.add_row(shown, Text(_NO_DIGIT), Text())
        for number, line in enumerate(lines):
            self._n_unsure += sum(map(is_unsure, line))
            each = Text("  ").join(_in_a_number(digit) for digit in line)
            self._table.add_row(Text() if number else shown, Text(_number(line)), each)

    def close(self) -> None:
        if self._table.row_count == 0:
            return
        self._console.print(self._table)
        if self._n_unsure:
            other = ", with what it may be instead" if self._segment else ""
            legend = f"? less than {SURE_FROM:.0%} probable{other}"
            self._console.print(legend, style="yellow", highlight=False)


def _cells(digit: DigitPrediction) -> list[Any]:
    """Make the cells of a digit beside the name of its picture."""
    from rich.text import Text

    style = "yellow" if is_unsure(digit) else ""
    label, share, other, other_share = _find_outcome(digit)
    texts = (
        f"{_name(label)}{'?' * is_unsure(digit)}",
        f"{share:.1%}",
        f"{_name(other)}  {other_share:.1%}",
    )
    return [Text(text, style=style) for text in texts]


def _in_a_number(digit: DigitPrediction) -> Any:
    """Describe a digit of a number; an unsure one with the runner-up."""
    from rich.text import Text

    label, share, other, other_share = _find_outcome(digit)
    if not is_unsure(digit):
        return Text(f"{_name(label)}:{share:.0%}")
    return Text(f"{_name(label)}?{share:.0%}/{_name(other)}:{other_share:.0%}", "yellow")


class _JSONWriter(Writer):
    """A JSON object per picture, one per line."""

    def __init__(self, segment: bool) -> None:
        self._segment = segment

    def write(self, name: str, digits: Sequence[DigitPrediction]) -> None:
        record: dict[str, Any] = {"picture": name}
        if self._segment:
            record["numbers"] = [_number(line) for line in lines_of_writing(digits)]
        record["digits"] = [
            _describe(digit)
            | {
                "box": digit.box,
                "probabilities": {
                    str(label): round(share, 6)
                    for label, share in zip(
                        digit.classes.tolist(), digit.probabilities.tolist(), strict=True
                    )
                },
            }
            for digit in digits
        ]
        self._print(record)

    def fail(self, name: str, reason: str) -> None:
        self._print({"picture": name, "error": reason})

    def _print(self, record: dict[str, Any]) -> None:
        print(json.dumps(record, default=str), flush=True)  # noqa: T201


def _describe(digit: DigitPrediction) -> dict[str, Any]:
    """Describe a digit for programs; what is no digit, or was left out, has no label."""
    label, share, other, other_share = _find_outcome(digit)
    of_digit = digit.digit_probability
    return {
        "label": label,
        "probability": round(share, 6),
        "runner_up": other,
        "runner_up_probability": round(other_share, 6),
        "unsure": is_unsure(digit),
        "is_digit": digit.is_digit,
        "digit_probability": None if of_digit is None else round(of_digit, 6),
        "left_out": digit.left_out,
        "line": digit.line,
    }


class _CSVWriter(Writer):
    """Comma-separated values with a header: a row per digit, or for a picture that failed."""

    def __init__(self) -> None:
        self._writer = csv.DictWriter(sys.stdout, _CSV_HEAD, lineterminator="\n")
        self._writer.writeheader()

    def write(self, name: str, digits: Sequence[DigitPrediction]) -> None:
        for digit in digits:
            row = {"picture": name} | _describe(digit)
            if digit.box is not None:
                row |= zip(("top", "left", "bottom", "right"), digit.box, strict=True)
            self._write(row)

    def fail(self, name: str, reason: str) -> None:
        self._write({"picture": name, "error": reason})

    def close(self) -> None:
        sys.stdout.flush()

    def _write(self, row: dict[str, Any]) -> None:
        # A text may be a label from a model's file, or the name of a file.
        self._writer.writerow(
            {
                name: printable(value) if isinstance(value, str) else value
                for name, value in row.items()
            }
        )
