"""Numbers written without lifting the pen, rendered from MNIST's images with a fixed seed.

Zeros at the end of a number are often written in one stroke: a short stroke leads from one to
the next, or they overlap, or one is left open and the next closes it. Other digits with a loop are
among them. The rule for use is that of ``handwriting.py``: reported results use the test images,
every choice is made with ``subset="train"``.
"""

from __future__ import annotations

import numpy as np
from handwriting import Handwriting, seen_by_phone, strokes, warp

from skdigits import load_mnist
from skdigits._ink import stroke_width

#: How often another digit with a loop takes the place of a zero.
OTHERS, LOOPS = 0.15, (6, 8, 9)


def chains(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw numbers of up to five digits that end in two or three joined zeros.

    Before the zeros there are up to two digits that may be joined with them. Some of the
    zeros are replaced by other digits with a loop.
    """
    mnist, rng = load_mnist(subset=subset), np.random.RandomState(seed)
    rows_of = {digit: np.flatnonzero(mnist.target == digit) for digit in range(10)}
    pictures, labels, rows = [], [], []
    for _ in range(n):
        number = [int(digit) for digit in rng.randint(0, 10, rng.randint(0, 3))]
        n_before = len(number)
        number += [
            int(rng.choice(LOOPS)) if rng.rand() < OTHERS else 0 for _ in range(rng.randint(2, 4))
        ]
        taken = [int(rng.choice(rows_of[digit])) for digit in number]
        size, thickness = rng.uniform(32, 70), rng.choice([0.5, 0.7, 1.0])
        ink = np.zeros((1, 0), np.float32)
        for place, row in enumerate(taken):
            drawn = strokes(mnist.images[row], size * rng.uniform(0.9, 1.1), thickness=thickness)
            drop = int(size * rng.uniform(-0.08, 0.08))
            if place == 0:
                ink = drawn
            elif place <= n_before and rng.rand() < 0.5:
                ink = _beside(ink, drawn, drop, int(size * rng.uniform(0.1, 0.3)))
            else:
                ink = _joined(ink, drawn, drop, size, rng, can_open=number[place - 1] == 0)
        margins = [(int(size * rng.uniform(0.5, 1.5)), int(size * rng.uniform(0.5, 1.5)))] * 2
        ink = warp(np.pad(ink, margins), rng, angle=rng.uniform(-4, 4), jitter=0.01)
        pictures.append(seen_by_phone(ink, rng, size))
        labels.append("".join(map(str, number)))
        rows.extend(taken)
    return Handwriting(pictures, labels, rows)


def _joined(
    ink: np.ndarray,
    drawn: np.ndarray,
    drop: int,
    size: float,
    rng: np.random.RandomState,
    *,
    can_open: bool,
) -> np.ndarray:
    """Join a digit to those on its left: by a stroke, or by moving it until they touch."""
    stroke = max(stroke_width(drawn > 0.5), 1.0)
    way = rng.choice(["stroke", "touch", "open"] if can_open else ["stroke", "touch"])
    if way == "stroke":
        return _linked(ink, drawn, drop, int(size * rng.uniform(0.02, 0.25)), stroke, rng)
    if way == "open":
        ink = _opened(ink, size, rng)
    depth = stroke * rng.uniform(0, 1.5)
    left = _first_touch(ink, drawn, drop)
    return _beside(ink, drawn, drop, int(left - depth) - ink.shape[1])


def _beside(ink: np.ndarray, drawn: np.ndarray, drop: int, gap: int) -> np.ndarray:
    """Put a digit to the right of others: so many pixels away, and from their top."""
    top, left = max(-drop, 0), max(ink.shape[1] + gap, 0)
    height = max(top + len(ink), top + drop + len(drawn))
    both = np.zeros((height, max(ink.shape[1], left + drawn.shape[1])), np.float32)
    both[top : top + len(ink), : ink.shape[1]] = ink
    window = both[top + drop :, left:][: len(drawn), : drawn.shape[1]]
    np.maximum(window, drawn, out=window)
    return both


def _first_touch(ink: np.ndarray, drawn: np.ndarray, drop: int) -> int:
    """Find the column at which a digit that comes from the right first touches the others."""
    n_rows = min(len(ink) - max(drop, 0), len(drawn) - max(-drop, 0))
    rows = ink[max(drop, 0) :][:n_rows] > 0.5, drawn[max(-drop, 0) :][:n_rows] > 0.5
    ends = ink.shape[1] - rows[0][:, ::-1].argmax(axis=1)
    starts = rows[1].argmax(axis=1)
    inked = rows[0].any(axis=1) & rows[1].any(axis=1)
    return int((ends - starts)[inked].max()) if inked.any() else ink.shape[1]


def _opened(ink: np.ndarray, size: float, rng: np.random.RandomState) -> np.ndarray:
    """Leave out a part of the right side of the last digit, a 0."""
    wide = int(size * rng.uniform(0.1, 0.3))
    middle, tall = len(ink) * rng.uniform(0.3, 0.6), size * rng.uniform(0.15, 0.35)
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]]
    gone = ((y - middle) / tall) ** 2 + ((x - ink.shape[1]) / wide) ** 2 < 1
    rest: np.ndarray = np.where(gone, 0, ink)
    return rest


def _linked(
    ink: np.ndarray,
    drawn: np.ndarray,
    drop: int,
    gap: int,
    stroke: float,
    rng: np.random.RandomState,
) -> np.ndarray:
    """Put a digit beside others, and draw a stroke from them to it."""
    both = _beside(ink, drawn, drop, gap)
    top = max(-drop, 0)
    level = rng.choice([0.2, 0.5, 0.8]) + rng.uniform(-0.1, 0.1)
    start = _outermost(ink[:, ::-1], level)
    end = _outermost(drawn, level + rng.uniform(-0.2, 0.2))
    start = np.array([start[0] + top, ink.shape[1] - 1 - start[1]])
    end = np.array([end[0] + top + drop, end[1] + max(ink.shape[1] + gap, 0)])
    sag = np.array([rng.uniform(-0.3, 0.3) * np.hypot(*(end - start)), 0])
    y, x = np.mgrid[: both.shape[0], : both.shape[1]]
    for share in np.linspace(0, 1, 2 * int(np.hypot(*(end - start))) + 3):
        at = start + share * (end - start) + 4 * share * (1 - share) * sag
        away = np.hypot(y - at[0], x - at[1])
        np.maximum(both, np.clip(stroke / 2 + 0.5 - away, 0, 1), out=both)
    return both


def _outermost(ink: np.ndarray, level: float) -> tuple[int, int]:
    """Find the first ink from the left in the inked row nearest to a share of the height."""
    inked = np.flatnonzero((ink > 0.5).any(axis=1))
    row = int(inked[np.abs(inked - level * len(ink)).argmin()])
    return row, int((ink[row] > 0.5).argmax())
