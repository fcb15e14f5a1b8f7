"""Read the writing on an image with a model: which ink makes one digit, and which makes none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import log_expit
from sklearn.pipeline import Pipeline

from .._ink import stroke_width
from .._typing import AnyArray, FloatArray, IntArray
from ..exceptions import BlankPictureError
from ._classify import class_labels, classify_framed, frame, log_digit
from ._cuts import between_cuts, find_cuts
from ._lattice import best_reading
from ._lines import reading_order_around
from ._refusal import can_refuse, refusal_threshold
from ._turns import find_turn, looks_turned
from ._writing import NO_DIGIT, Writing, find_writing

#: Ink is cut if it is wider than this many heights of a typical digit, or if it is at least this
#: wide and the log probability that it is one digit is lower than this.
_WIDE, _LEAST_WIDE, _SURE = 1.25, 0.4, -0.2
#: A piece between two cuts is at most this many heights of a typical digit wide, and at least
#: this many high.
_WIDEST_PIECE, _LOWEST_PIECE = 1.5, 0.4
#: In units of log probability: what each piece of a cut costs; and what it costs that ink is no
#: digit, for each height of a typical digit in its width.
_PIECE, _NONE = 0.3, 2.75
#: Strokes of a letter look like this digit, so each one in a cut costs so much compared with no
#: digit.
_STROKE, _STROKE_COST = "1", 2.0
#: What has less than this share of the ink of the largest piece beside it may be a blot, and what
#: it costs to leave it out.
_BLOT, _BLOT_COST = 0.25, 1.5
#: A stroke in which digits touch may belong to one of them or to both: pieces are tried with so
#: many strokes' widths beyond their cuts.
_BEYOND = (0.0, 1.0)
#: Of all pieces between cuts of an image, so many are looked at: about 60 pairs have so many.
_MOST_CANDIDATES = 6_000


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


class _Lattice(NamedTuple):
    """Where ink may be cut: the column of each cut, and the candidates between two cuts."""

    places: list[float]
    parts: list[tuple[tuple[int, int], Candidate]]


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
    logs = np.array([seen.log_digit for seen in wholes.values()])
    if can_refuse(model) and looks_turned(logs):
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
    pieces = [
        (row, place, candidate)
        for row, lattice in lattices.items()
        for place, candidate in lattice.parts
    ]
    found: dict[tuple[int, tuple[int, int]], _Seen] = {}
    for number, seen in _see(model, [candidate for _, _, candidate in pieces]).items():
        row, place, _ = pieces[number]
        best = found.setdefault((row, place), seen)
        if seen.log_digit > best.log_digit:
            found[row, place] = seen
    is_stroke = class_labels(model).astype(str) == _STROKE
    chosen: list[_Seen] = []
    for row, seen in wholes.items():
        if row not in lattices:
            chosen.append(seen)
            continue
        places = lattices[row].places
        parts = {place: each for (own, place), each in found.items() if own == row}
        without_blot = parts.pop((0, len(places) - 1), seen)
        if without_blot.log_digit - _BLOT_COST > seen.log_digit:
            seen = without_blot
        chosen.extend(_best_parts(seen, parts, places, writing.height, is_stroke))
    others = _see(model, whole_candidates(writing, [[row] for row, _ in writing.left_out]))
    left_out = [(seen, writing.left_out[number][1]) for number, seen in others.items()]
    return _in_order(model, writing, chosen, left_out)


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


def _best_parts(
    whole: _Seen,
    parts: dict[tuple[int, int], _Seen],
    places: list[float],
    height: float,
    is_stroke: AnyArray,
) -> list[_Seen]:
    """Decide whether ink is one digit, several, or none."""
    scores = {place: part.log_digit - _PIECE for place, part in parts.items()}
    scores[0, len(places) - 1] = whole.log_digit
    parts = {**parts, (0, len(places) - 1): whole}
    chosen = [parts[place] for place in best_reading(scores)]
    if len(chosen) > 1 and whole.score is not None:
        n_strokes = sum(is_stroke[part.probabilities.argmax()] for part in chosen)
        log_digits = sum(part.log_digit for part in chosen) - _STROKE_COST * n_strokes
        if log_expit(-whole.score) - _NONE * places[-1] / height > log_digits:
            return [whole]
    return chosen


def _cut(writing: Writing, wholes: dict[int, _Seen]) -> dict[int, _Lattice]:
    """Cut what may be several digits."""
    height, areas = writing.height, writing.pieces.areas
    lattices: dict[int, _Lattice] = {}
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
        cuts = [np.zeros(len(own), int), *find_cuts(own, height), np.full(len(own), width)]
        parts = pieces_between(writing, box, own, cuts)
        *blots, largest = sorted(writing.groups[row], key=lambda piece: areas[piece])
        if blots and areas[blots[-1]] < _BLOT * areas[largest]:
            (alone,) = whole_candidates(writing, [[largest]])
            parts.append(((0, len(cuts) - 1), alone))
        if n_candidates + len(parts) > _MOST_CANDIDATES:
            continue
        n_candidates += len(parts)
        lattices[row] = _Lattice([float(cut.mean()) for cut in cuts], parts)
    return lattices


def pieces_between(
    writing: Writing, box: IntArray, own: AnyArray, cuts: list[IntArray]
) -> list[tuple[tuple[int, int], Candidate]]:
    """Make candidates of the ink between each two cuts, except for the whole.

    Parameters
    ----------
    writing : Writing
        What is written on an image.
    box : ndarray of shape (4,)
        Where the ink is that is cut.
    own : ndarray of bool of shape (height, width)
        The ink in this box.
    cuts : list of ndarray of int of shape (height,)
        All cuts, with both ends of the ink.

    Returns
    -------
    parts : list of tuple
        The numbers of two cuts and what is between them, perhaps several times.
    """
    last = len(cuts) - 1
    stroke = max(stroke_width(own), 1.0)
    parts = []
    for start in range(last):
        for end in range(start + 1, last + 1):
            wide = (cuts[end] - cuts[start]).min() > _WIDEST_PIECE * writing.height
            if wide or (start, end) == (0, last):
                continue
            for strokes in _BEYOND:
                part = between_cuts(own, cuts, start, end, round(strokes * stroke))
                candidate = _candidate(writing, box[:2], part)
                if candidate is not None:
                    parts.append(((start, end), candidate))
    return parts


def _candidate(writing: Writing, corner: IntArray, own: AnyArray) -> Candidate | None:
    """Make a candidate of ink, if it has the size of a digit."""
    rows, columns = np.nonzero(own)
    if len(rows) == 0:
        return None
    first = np.array([rows.min(), columns.min()])
    sides = np.array([rows.max(), columns.max()]) + 1 - first
    if sides[0] < _LOWEST_PIECE * writing.height or sides[1] > _WIDEST_PIECE * writing.height:
        return None
    tight = own[tuple(slice(at, at + side) for at, side in zip(first, sides, strict=True))]
    box = np.concatenate([corner + first, corner + first + sides])
    return Candidate(box, writing.cut_out(corner + first, tight))


def _in_order(
    model: Pipeline, writing: Writing, chosen: list[_Seen], left_out: list[tuple[_Seen, str]]
) -> list[Reading]:
    """Put what was read into reading order; what is left out belongs to the nearest line."""
    least = refusal_threshold(model)
    all_seen = [*chosen, *(seen for seen, _ in left_out)]
    reasons = [
        NO_DIGIT if seen.score is not None and seen.score < least else None for seen in chosen
    ] + [reason for _, reason in left_out]
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
