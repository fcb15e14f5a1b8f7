"""Read the writing on an image with a model: which ink makes one digit, and which makes none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import log_expit
from sklearn.pipeline import Pipeline

from .._typing import AnyArray, FloatArray, IntArray
from ..exceptions import BlankPictureError
from ._classify import can_refuse, classify_framed, frame, leaf_steps, log_digit
from ._cuts import find_cuts
from ._lattice import best_reading
from ._lines import reading_order_around
from ._turns import find_turn, looks_turned
from ._writing import Writing, find_writing

#: Why something is not part of a number.
NO_DIGIT, CUT_OFF = "no digit", "cut off at the edge"

#: Ink is cut if it is wider than this many heights of a typical digit, or if it is at least this
#: wide and the log probability that it is one digit is lower than this.
_WIDE, _LEAST_WIDE, _SURE = 1.25, 0.4, -0.2
#: A piece between two cuts is at most this many heights of a typical digit wide, and at least
#: this many high.
_WIDEST_PIECE, _LOWEST_PIECE = 1.5, 0.4
#: In units of log probability: what each cut costs, and that a whole is no digit.
_CUT, _NONE = 1.0, 4.0
#: Of all pieces between cuts of an image, so many are looked at.
_MOST_CANDIDATES = 600


class Candidate(NamedTuple):
    """Ink that may be a digit: its box in the copy that was analysed, and a picture of it."""

    box: IntArray
    picture: AnyArray


class Reading(NamedTuple):
    """What a piece of ink was read as.

    Parameters
    ----------
    box : tuple of int
        Where it is on the image.
    line : int
        The line that it is in, from the top.
    picture : ndarray of shape (height, width)
        The ink alone.
    left_out : str or None
        Why it is not part of a number, if so.
    framed : ndarray of shape (height, width)
        As the classifier sees it.
    probabilities : ndarray of shape (n_classes,)
        The probability of each class.
    score : float or None
        The log odds that it is a digit.
    """

    box: tuple[int, int, int, int]
    line: int
    picture: AnyArray
    left_out: str | None
    framed: AnyArray
    probabilities: FloatArray
    score: float | None


class _Seen(NamedTuple):
    """A candidate with what the model says of it."""

    candidate: Candidate
    framed: AnyArray
    probabilities: FloatArray
    score: float | None
    log_digit: float


def whole_candidates(writing: Writing, groups: list[list[int]]) -> list[Candidate]:
    """Make a candidate of each group of pieces."""
    candidates = []
    for group in groups:
        box, own = writing.own_ink(group)
        candidates.append(Candidate(box, writing.cut_out(box[:2], own)))
    return candidates


def read_digits(model: Pipeline, image: AnyArray, invert: bool | str) -> list[Reading]:
    """Read the digits on an image, also on one that is turned.

    Parameters
    ----------
    model : Pipeline
        With a step that frames images of any size.
    image : ndarray of shape (height, width, channels)
        An image of one or more lines of digits.
    invert : {"auto", True, False}
        Whether the ink is darker than the background; "auto" detects it.

    Returns
    -------
    readings : list of Reading
        In reading order, also of what is no digit.
    """
    writing = find_writing(image, invert)
    if writing is None:
        return []
    wholes = _see(model, whole_candidates(writing, writing.groups))
    if looks_turned(np.array([seen.log_digit for seen in wholes.values()])):
        turns = _ask_for_turn(model, writing)
        turned = find_writing(np.rot90(image, turns), invert) if turns else None
        if turned is not None:
            wholes = _see(model, whole_candidates(turned, turned.groups))
            readings = _read(model, turned, wholes)
            return [
                reading._replace(box=_turn_back(reading.box, turns, image.shape))
                for reading in readings
            ]
    return _read(model, writing, wholes)


def _ask_for_turn(model: Pipeline, writing: Writing) -> int:
    """Find by how many right angles a page must be turned, from pieces that are not joined."""
    # On its side, digits of a line stand above each other like the pieces of one digit.
    single = [[row] for group in writing.groups for row in group]
    _, framed = frame(model, [each.picture for each in whole_candidates(writing, single)], False)
    return find_turn(model, framed)


def _turn_back(
    box: tuple[int, int, int, int], turns: int, shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Find where a box of a turned image was on the image."""
    height, width = shape[:2]
    top, left, bottom, right = box
    if turns == 1:
        return left, width - bottom, right, width - top
    if turns == 2:
        return height - bottom, width - right, height - top, width - left
    return height - right, top, height - left, bottom


def _read(model: Pipeline, writing: Writing, wholes: dict[int, _Seen]) -> list[Reading]:
    """Read writing, and separate the digits that touch."""
    lattices = _cut(writing, wholes)
    candidates = [
        (row, place, candidate)
        for row, (_, parts) in lattices.items()
        for place, candidate in parts.items()
    ]
    parts = _see(model, [candidate for _, _, candidate in candidates])
    found = {(*candidates[number][:2],): seen for number, seen in parts.items()}
    chosen: list[_Seen] = []
    for row, seen in wholes.items():
        if row not in lattices:
            chosen.append(seen)
            continue
        whole = 0, lattices[row][0]
        found[row, whole] = seen
        scores = {
            place: each.log_digit - _CUT for (own, place), each in found.items() if own == row
        }
        scores[whole] = _score_whole(seen) - _CUT
        chosen.extend(found[row, place] for place in best_reading(scores))
    cut_off = _see(model, whole_candidates(writing, writing.cut_off))
    return _in_order(model, writing, chosen, list(cut_off.values()))


def _see(model: Pipeline, candidates: list[Candidate]) -> dict[int, _Seen]:
    """Ask a model about candidates; those without ink are left out."""
    if not candidates:
        return {}
    try:
        rows, framed = frame(model, [candidate.picture for candidate in candidates], False)
    except BlankPictureError:
        return {}
    probabilities, scores = classify_framed(model, framed)
    logs = log_digit(probabilities, scores)
    return {
        int(row): _Seen(
            candidates[row],
            framed[number],
            probabilities[number],
            None if scores is None else float(scores[number]),
            float(logs[number]),
        )
        for number, row in enumerate(rows)
    }


def _score_whole(seen: _Seen) -> float:
    """Score ink that is not cut: it is a digit, or at a cost something else."""
    if seen.score is None:
        return seen.log_digit
    return max(seen.log_digit, float(log_expit(-seen.score)) - _NONE)


def _cut(
    writing: Writing, wholes: dict[int, _Seen]
) -> dict[int, tuple[int, dict[tuple[int, int], Candidate]]]:
    """Cut what may be several digits: the number of the last cut, and what is between two cuts."""
    height = writing.height
    lattices = {}
    n_candidates = 0
    # Those that look least like a digit come first.
    for row in sorted(wholes, key=lambda row: wholes[row].log_digit):
        box = wholes[row].candidate.box
        width = int(box[3] - box[1])
        if width < _WIDE * height and (
            width < _LEAST_WIDE * height or wholes[row].log_digit >= _SURE
        ):
            continue
        _, own = writing.own_ink(writing.groups[row])
        ends = [np.zeros(len(own), int), *find_cuts(own, height), np.full(len(own), width)]
        parts = _between(writing, box, own, ends)
        n_candidates += len(parts)
        if n_candidates > _MOST_CANDIDATES:
            break
        lattices[row] = len(ends) - 1, parts
    return lattices


def _between(
    writing: Writing, box: IntArray, own: AnyArray, ends: list[IntArray]
) -> dict[tuple[int, int], Candidate]:
    """Make candidates of the ink between each two cuts, except for the whole."""
    columns = np.arange(own.shape[1])
    right_of = [columns >= end[:, np.newaxis] for end in ends]
    last = len(ends) - 1
    parts = {}
    for start in range(last):
        for end in range(start + 1, last + 1):
            part: AnyArray = own & right_of[start] & ~right_of[end]
            rows, across = np.nonzero(part)
            if (start, end) == (0, last) or len(rows) == 0:
                continue
            top, bottom = int(rows.min()), int(rows.max()) + 1
            left, right = int(across.min()), int(across.max()) + 1
            if right - left > _WIDEST_PIECE * writing.height:
                break
            if bottom - top < _LOWEST_PIECE * writing.height:
                continue
            corner = box[:2] + np.array([top, left])
            tight = part[top:bottom, left:right]
            parts[start, end] = Candidate(
                np.concatenate([corner, corner + tight.shape]), writing.cut_out(corner, tight)
            )
    return parts


def _in_order(
    model: Pipeline, writing: Writing, chosen: list[_Seen], cut_off: list[_Seen]
) -> list[Reading]:
    """Put what was read into reading order; what is left out belongs to the nearest line."""
    least = leaf_steps(model)[-1].outlier_threshold if can_refuse(model) else -np.inf
    all_seen = [*chosen, *cut_off]
    reasons = [
        NO_DIGIT if seen.score is not None and seen.score < least else None for seen in chosen
    ] + [CUT_OFF] * len(cut_off)
    boxes = np.array([seen.candidate.box for seen in all_seen], int).reshape(-1, 4)
    digits = [number for number, reason in enumerate(reasons) if reason is None]
    return [
        Reading(
            writing.box_on_image(boxes[number]),
            line,
            all_seen[number].candidate.picture,
            reasons[number],
            all_seen[number].framed,
            all_seen[number].probabilities,
            all_seen[number].score,
        )
        for line, members in enumerate(reading_order_around(boxes, digits))
        for number in members
    ]
