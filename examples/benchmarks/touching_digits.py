"""Numbers whose digits touch, rendered from MNIST's images with a fixed seed.

Paper, pens, light and camera are those of ``handwriting.py``, and so is the rule for use: reported
results use the test images, every choice is made with ``subset="train"``.
"""

from __future__ import annotations

import numpy as np
from handwriting import Digits, Handwriting, draw_all, on_paper, photographed, strokes, warp
from scipy import ndimage

#: Digits that touch share at most this part of the ink of the one with less.
MOST_SHARED = 0.05
#: Their boxes overlap by at most this share of the narrower one; if they do not touch then, a thin
#: stroke links them.
MOST_OVERLAP = 0.3


def touching(n: int, *, length: int = 2, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw numbers of a given length whose digits all touch their neighbours."""
    return draw_all(n, subset, seed, lambda digits, rng: _touching(digits, rng, length))


def join(
    left: np.ndarray, right: np.ndarray, depth: int, drop: int
) -> tuple[np.ndarray, np.ndarray]:
    """Move the right digit to the left until the two touch, and a little more.

    Parameters
    ----------
    left, right : ndarray of shape (height, width)
        Ink from 0 to 1.
    depth : int
        How many pixels the right one moves on from where they first touch, unless the two would
        share more than a little of their ink.
    drop : int
        How many pixels lower than the left one the right one begins.

    Returns
    -------
    left, right : ndarray of shape (height, width)
        Both, on one image.
    """
    tops = max(-drop, 0), max(drop, 0)
    height = max(top + len(each) for top, each in zip(tops, (left, right), strict=True))
    both = np.zeros((2, height, left.shape[1] + right.shape[1]), np.float32)
    both[0, tops[0] : tops[0] + len(left), : left.shape[1]] = left
    alone = np.zeros((height, right.shape[1]), np.float32)
    alone[tops[1] : tops[1] + len(right)] = right
    most = MOST_SHARED * min((left > 0.5).sum(), (right > 0.5).sum())
    nearest = left.shape[1] - int(MOST_OVERLAP * min(left.shape[1], right.shape[1]))
    start = n_deeper = 0
    for start in range(left.shape[1], nearest - 1, -1):
        part = both[0, :, start : start + alone.shape[1]] > 0.5
        shared = (part & (alone > 0.5)[:, : part.shape[1]]).sum()
        if shared > most and n_deeper:
            start += 1
            break
        n_deeper += shared > 0
        if n_deeper > depth:
            break
    both[1, :, start : start + alone.shape[1]] = alone
    if not n_deeper:
        _link(both)
    return both[0], both[1]


def _link(both: np.ndarray) -> None:
    """Draw a stroke from the left digit to where it is nearest to the right one."""
    away, nearest = ndimage.distance_transform_edt(both[0] <= 0.5, return_indices=True)
    away[both[1] <= 0.5] = np.inf
    end = np.array(np.unravel_index(away.argmin(), away.shape))
    start = nearest[:, end[0], end[1]]
    y, x = np.mgrid[: away.shape[0], : away.shape[1]]
    for share in np.linspace(0, 1, 2 * int(away.min()) + 2):
        at = start + share * (end - start)
        np.maximum(both[0], np.clip(2 - np.hypot(y - at[0], x - at[1]), 0, 1), out=both[0])


def _touching(digits: Digits, rng: np.random.RandomState, length: int) -> tuple[np.ndarray, str]:
    size = rng.uniform(40, 80)
    thickness = rng.choice([0.5, 0.7, 1.0])
    whole, label = np.zeros((1, 0), np.float32), ""
    for _ in range(length):
        image, digit = digits.take()
        drawn = strokes(image, size * rng.uniform(0.9, 1.1), thickness=thickness)
        depth, drop = int(size * rng.uniform(0, 0.08)), int(size * rng.uniform(-0.08, 0.08))
        if label:
            both = np.maximum(*join(whole, drawn, depth, drop))
            whole = both[:, : np.flatnonzero((both > 0.02).any(axis=0)).max() + 1]
        else:
            whole = drawn
        label += digit
    margins = [(int(size * rng.uniform(0.5, 1.5)), int(size * rng.uniform(0.5, 1.5)))] * 2
    ink = warp(np.pad(whole, margins), rng, angle=rng.uniform(-4, 4), jitter=0.01)
    return photographed(on_paper(ink, rng), rng, size), label
