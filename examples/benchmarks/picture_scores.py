"""Count what was read rightly and wrongly on pictures: of one digit, of several, and of none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from picture_sets import share

from skdigits.cli._predictions import SURE_FROM

ALL_KINDS = "all kinds"
#: Why a digit is left out if its reader gives no reason.
NO_DIGIT = "no digit"
#: On pictures of these kinds there are no lines of writing: the order of the digits is ignored.
UNORDERED = ("scattered", "shapes")


class Reading(NamedTuple):
    """What was read on a picture of one digit, or of one of the digits on a picture of several.

    Parameters
    ----------
    label : str or None
        What was read; None if no ink was found, or nothing was read.
    probability : float or None
        Its probability; None if the reader gives none.
    is_digit : bool
        False if it was refused: something else than a digit.
    line : int
        The line of writing that it is in.
    left_out : str or None
        Why it is not part of the number on a picture of several digits.
    """

    label: str | None
    probability: float | None = None
    is_digit: bool = True
    line: int = 0
    left_out: str | None = None

    @property
    def is_blank(self) -> bool:
        """Say whether nothing was read."""
        return self.label is None

    @property
    def is_refused(self) -> bool:
        """Say whether it was read and found to be no digit."""
        return not self.is_blank and not self.is_digit

    @property
    def is_read(self) -> bool:
        """Say whether it was read as a digit."""
        return not self.is_blank and self.is_digit and self.left_out is None

    @property
    def is_sure(self) -> bool:
        """Say whether the command would show it as a digit without a question mark."""
        return self.is_read and self.probability is not None and self.probability >= SURE_FROM


def group(kinds: Iterable[str]) -> dict[str, list[int]]:
    """List the rows of each kind, and at the end all rows."""
    rows = defaultdict(list)
    for row, kind in enumerate(kinds):
        rows[kind].append(row)
    return {**rows, ALL_KINDS: [row for each in rows.values() for row in each]} if rows else {}


# One digit


def count_digits(
    readings: Sequence[Reading], truths: Sequence[str], *, have_probabilities: bool = True
) -> dict[str, Any]:
    """Count the errors on pictures of one digit.

    ``error`` is the share of pictures that were blank or given a wrong label, whether or not
    they were also refused: what ``predict`` gets wrong. Refused pictures are counted apart, and
    ``not read right`` are all that were blank, wrong or refused.
    """
    n = len(truths)
    wrong = [
        not reading.is_blank and reading.label != truth
        for reading, truth in zip(readings, truths, strict=True)
    ]
    n_blank = sum(reading.is_blank for reading in readings)
    mistakes = [reading.is_sure and bad for reading, bad in zip(readings, wrong, strict=True)]
    return {
        "n": n,
        **share(sum(wrong) + n_blank, n),
        "wrong label": sum(wrong),
        "blank": n_blank,
        "refused": sum(reading.is_refused for reading in readings),
        "not read right": sum(
            not reading.is_read or bad for reading, bad in zip(readings, wrong, strict=True)
        ),
        "confident mistakes": sum(mistakes) if have_probabilities else None,
    }


def count_by_digit(
    readings: Sequence[Reading], truths: Sequence[str], **options: bool
) -> dict[str, Any]:
    """Count the errors on the pictures of each digit."""
    rows = {digit: rows for digit, rows in group(truths).items() if digit != ALL_KINDS}
    return {
        digit: count_digits(
            [readings[row] for row in rows[digit]], [digit] * len(rows[digit]), **options
        )
        for digit in sorted(rows)
    }


# No digit


def count_others(
    readings: Sequence[Reading], *, have_probabilities: bool = True
) -> dict[str, Any]:
    """Count how pictures that show no digit were read."""
    n_sure = sum(reading.is_sure for reading in readings)
    return {
        "n": len(readings),
        "confident digits": n_sure if have_probabilities else None,
        "digits": sum(reading.is_read for reading in readings),
        "refused": sum(reading.is_refused for reading in readings),
        "blank": sum(reading.is_blank for reading in readings),
    }


# Several digits


class Page(NamedTuple):
    """What was read on a picture of several digits, compared with what is written there.

    Parameters
    ----------
    n_digits : int
        Digits that are written there.
    n_right : int
        Those that were read.
    n_not_there : int
        Digits that were read and are not written there.
    n_sure_and_wrong : int
        Those of them that the command shows without a question mark.
    n_numbers : int
        Numbers that are written there: one in each line.
    n_whole : int
        Those that were read without any error.
    left_out : dict of str to int
        What was found and left out, by reason.
    """

    n_digits: int
    n_right: int
    n_not_there: int
    n_sure_and_wrong: int
    n_numbers: int
    n_whole: int
    left_out: dict[str, int]


def compare_page(readings: Sequence[Reading], truth: str, kind: str) -> Page:
    """Compare what was read with the digits of a picture, which `truth` has line by line."""
    read = [reading for reading in readings if reading.is_read]
    labels, weights = [str(each.label) for each in read], [each.probability or 0 for each in read]
    digits, numbers = [*truth.replace("\n", "")], truth.split("\n")
    if any(word in kind for word in UNORDERED):
        is_right = match(labels, weights, digits)
        numbers, n_whole = [truth], int(sorted(labels) == sorted(digits))
    else:
        is_right = align(labels, weights, digits)
        lines = read_numbers(read)
        n_whole = sum(align(lines, [0] * len(lines), numbers))
    wrong = [reading for reading, right in zip(read, is_right, strict=True) if not right]
    reasons = (each.left_out or NO_DIGIT for each in readings if not each.is_read)
    return Page(
        n_digits=len(digits),
        n_right=sum(is_right),
        n_not_there=len(wrong),
        n_sure_and_wrong=sum(reading.is_sure for reading in wrong),
        n_numbers=len(numbers),
        n_whole=n_whole,
        left_out=dict(Counter(reasons)),
    )


def read_numbers(readings: Iterable[Reading]) -> list[str]:
    """Join the digits of each line."""
    read = [reading for reading in readings if reading.is_read]
    return [
        "".join(str(each.label) for each in line) for _, line in groupby(read, lambda r: r.line)
    ]


def align(read: Sequence[str], weights: Sequence[float], truth: Sequence[str]) -> list[bool]:
    """Say which items were read rightly, by the longest common subsequence with the truth.

    If several subsequences are equally long, that with the largest sum of weights counts.
    """
    # best[i][j]: length and weight of the best subsequence of the first i read and j true items.
    best = [[(0, 0.0)] * (len(truth) + 1) for _ in range(len(read) + 1)]
    for i, (item, weight) in enumerate(zip(read, weights, strict=True)):
        for j, true in enumerate(truth):
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j])
            if item == true:
                length, sum_of_weights = best[i][j]
                longer = (length + 1, sum_of_weights + weight)
                best[i + 1][j + 1] = max(best[i + 1][j + 1], longer)
    is_right, j = [False] * len(read), len(truth)
    for i in range(len(read), 0, -1):
        while j and best[i][j] == best[i][j - 1]:
            j -= 1
        if j and best[i][j] != best[i - 1][j]:
            is_right[i - 1], j = True, j - 1
    return is_right


def match(read: Sequence[str], weights: Sequence[float], truth: Sequence[str]) -> list[bool]:
    """Say which items were read rightly in any order; the ones with larger weights count first."""
    missing, is_right = Counter(truth), [False] * len(read)
    for row in sorted(range(len(read)), key=lambda row: -weights[row]):
        if missing[read[row]]:
            missing[read[row]] -= 1
            is_right[row] = True
    return is_right


def add_pages(pages: Sequence[Page], *, have_probabilities: bool = True) -> dict[str, Any]:
    """Add up what was read on several pictures."""
    n_digits, n_right = sum(page.n_digits for page in pages), sum(page.n_right for page in pages)
    left_out: Counter[str] = sum((Counter(page.left_out) for page in pages), Counter())
    n_sure = sum(page.n_sure_and_wrong for page in pages)
    return {
        "n": len(pages),
        "digits": n_digits,
        "right": n_right,
        "interval": [
            round(1 - each, 6) for each in share(n_digits - n_right, n_digits)["interval"]
        ][::-1],
        "not there": sum(page.n_not_there for page in pages),
        "wrong without a question mark": n_sure if have_probabilities else None,
        "numbers": sum(page.n_numbers for page in pages),
        "whole numbers": sum(page.n_whole for page in pages),
        "left out": dict(left_out.most_common()),
    }
