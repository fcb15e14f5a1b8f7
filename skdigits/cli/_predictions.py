"""Predictions as text: a table for people, lines for programs."""

from __future__ import annotations

import csv
import itertools
import json
import sys
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console

    from ..images import DigitPrediction

#: Less probable digits are marked.
SURE_FROM = 0.9
#: Printed in place of a number if none of the pieces is a digit.
_NO_DIGIT = "no digit"
_CSV_HEAD = (
    *("picture", "line", "label", "probability", "runner_up", "runner_up_probability", "unsure"),
    *("top", "left", "bottom", "right", "is_digit", "digit_probability", "left_out"),
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


class Outcome(NamedTuple):
    """What is printed of a picture that is one digit or none.

    Attributes
    ----------
    label : str
        The most probable class, or "no digit".
    probability : float
        Its probability.
    runner_up : str
        What it might be instead.
    runner_up_probability : float
        Its probability.
    """

    label: str
    probability: float
    runner_up: str
    runner_up_probability: float


def find_outcome(digit: DigitPrediction) -> Outcome:
    """Find what is the most probable, and the second most, among the classes and no digit."""
    best = printable(digit.label), digit.probability
    second = printable(digit.runner_up), digit.runner_up_probability
    nothing = _NO_DIGIT, 1 - (1 if digit.digit_probability is None else digit.digit_probability)
    if not digit.is_digit:
        return Outcome(*nothing, *best)
    return Outcome(*best, *max(second, nothing, key=itemgetter(1)))


def is_unsure(digit: DigitPrediction) -> bool:
    """Say whether a digit is marked as unsure."""
    return find_outcome(digit).probability < SURE_FROM


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
                label, share, other, other_share = find_outcome(digit)
                _print(name, label, f"{share:.4f}", other, f"{other_share:.4f}", mark)
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
            self._table.add_column("digit", min_width=5)
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
    label, share, other, other_share = find_outcome(digit)
    texts = (
        f"{label}{'?' * is_unsure(digit)}",
        f"{share:.1%}",
        f"{other}  {other_share:.1%}",
    )
    return [Text(text, style=style) for text in texts]


def _in_a_number(digit: DigitPrediction) -> Any:
    """Describe a digit of a number; an unsure one with the runner-up."""
    from rich.text import Text

    label = printable(digit.label)
    if not is_unsure(digit):
        return Text(f"{label}:{digit.probability:.0%}")
    _, _, other, other_share = find_outcome(digit)
    return Text(f"{label}?{digit.probability:.0%}/{other}:{other_share:.0%}", "yellow")


class _JSONWriter(Writer):
    """A JSON object per picture, one per line."""

    def __init__(self, segment: bool) -> None:
        self._segment = segment

    def write(self, name: str, digits: Sequence[DigitPrediction]) -> None:
        record: dict[str, Any] = {"picture": name}
        if self._segment:
            record["numbers"] = [_number(line) for line in lines_of_writing(digits)]
        record["digits"] = [
            {
                "label": digit.label,
                "probability": round(digit.probability, 6),
                "runner_up": digit.runner_up,
                "runner_up_probability": round(digit.runner_up_probability, 6),
                "unsure": is_unsure(digit),
                "is_digit": digit.is_digit,
                "digit_probability": _rounded(digit.digit_probability),
                "left_out": digit.left_out,
                "line": digit.line,
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


def _rounded(share: float | None) -> float | None:
    """Round a probability that a model may not give."""
    return None if share is None else round(share, 6)


class _CSVWriter(Writer):
    """Comma-separated values with a header, one row per digit."""

    def __init__(self) -> None:
        self._writer = csv.writer(sys.stdout, lineterminator="\n")
        self._writer.writerow(_CSV_HEAD)

    def write(self, name: str, digits: Sequence[DigitPrediction]) -> None:
        for digit in digits:
            probability = round(digit.probability, 6), round(digit.runner_up_probability, 6)
            box = digit.box or ("",) * 4
            self._writer.writerow(
                [
                    *(printable(name), digit.line, printable(digit.label), probability[0]),
                    *(printable(digit.runner_up), probability[1], is_unsure(digit), *box),
                    *(digit.is_digit, _rounded(digit.digit_probability), digit.left_out),
                ]
            )

    def close(self) -> None:
        sys.stdout.flush()
