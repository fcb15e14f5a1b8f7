"""Pieces of digits that touch, as `predict_digits` cuts them: right ones and wrong ones.

A network that reads touching digits is asked about every piece between two possible cuts. These
functions make such pieces of MNIST's images, so that it can learn which of them are digits.
"""

from __future__ import annotations

import numpy as np
from handwriting import strokes
from touching_digits import join

from skdigits import MNISTNormalizer
from skdigits._ink import find_pieces
from skdigits.images._cuts import find_cuts
from skdigits.images._reading import Candidate, pieces_between
from skdigits.images._writing import Writing

#: Label of what is no digit.
NO_DIGIT = -1
#: A piece is a digit if it has this share of its ink, and at most this share of foreign ink.
_WHOLE, _FOREIGN = 0.9, 0.15
#: It is none if it has less than this share of any digit, or more than this share of others.
_PART, _MIXED = 0.65, 0.35
#: At most so many pieces of each kind are taken from one number.
_MOST = 2


def cut_digits(
    n: int, images: np.ndarray, target: np.ndarray, *, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Write numbers of touching digits and cut them in many ways.

    Parameters
    ----------
    n : int
        How many numbers are written; each gives up to four pieces.
    images : ndarray of shape (n_images, 28, 28)
        MNIST's images, or others like them.
    target : ndarray of int of shape (n_images,)
        Their digits.
    seed : int, default=0
        Which numbers are written.

    Returns
    -------
    framed : ndarray of shape (n_pieces, 28, 28)
        The pieces as `MNISTNormalizer` frames them, of dtype uint8.
    labels : ndarray of int of shape (n_pieces,)
        The digit that each shows, or -1 for parts of digits and for parts of two.
    """
    rng = np.random.RandomState(seed)
    pictures, labels = [], []
    for _ in range(n):
        for picture, label in _cut_one(images, target, rng):
            pictures.append(picture)
            labels.append(label)
    framed = MNISTNormalizer(invert=False, handle_blank="zeros").fit_transform(pictures)
    return framed, np.array(labels)


def _cut_one(
    images: np.ndarray, target: np.ndarray, rng: np.random.RandomState
) -> list[tuple[np.ndarray, int]]:
    """Write one number, cut it, and choose some pieces."""
    size = rng.uniform(30, 60)
    rows = rng.randint(0, len(images), 2 if rng.rand() < 0.7 else 3)
    thickness = rng.choice([0.5, 0.7, 1.0, 1.3])
    layers: list[np.ndarray] = []
    for row in rows:
        drawn = strokes(images[row], size * rng.uniform(0.85, 1.15), thickness=thickness)
        depth, drop = int(size * rng.uniform(0, 0.08)), int(size * rng.uniform(-0.1, 0.1))
        if not layers:
            layers = [drawn]
            continue
        left, right = join(np.max(layers, axis=0), drawn, depth, drop)
        top = max(-drop, 0)
        below, beside = len(left) - top - len(layers[0]), left.shape[1] - layers[0].shape[1]
        layers = [np.pad(layer, ((top, below), (0, beside))) for layer in layers] + [right]
    whole = np.pad(np.max(layers, axis=0), 4)
    masks = [np.pad(layer, 4) > 0.5 for layer in layers]
    pieces = find_pieces(whole)
    if len(pieces.areas) == 0:
        return []
    group = [int(np.argmax(pieces.areas))]
    writing = Writing(whole, pieces, size, [group], [], 1, (0, 0))
    box, own = writing.own_ink(group)
    cuts = [np.zeros(len(own), int), *find_cuts(own, size), np.full(len(own), own.shape[1])]
    found: dict[bool, list[tuple[np.ndarray, int]]] = {True: [], False: []}
    for _, candidate in pieces_between(writing, box, own, cuts):
        label = _label(candidate, masks, target[rows])
        if label is not None:
            found[label == NO_DIGIT].append((candidate.picture, label))
    return [each[place] for each in found.values() for place in rng.permutation(len(each))[:_MOST]]


def _label(candidate: Candidate, masks: list[np.ndarray], digits: np.ndarray) -> int | None:
    """Say which digit a piece shows, or that it shows none; None if that is not clear."""
    top, left, bottom, right = candidate.box
    margins = (np.array(candidate.picture.shape) - [bottom - top, right - left]) // 2
    inner = candidate.picture[margins[0] :, margins[1] :][: bottom - top, : right - left] > 127
    whole = [(inner & mask[top:bottom, left:right]).sum() / mask.sum() for mask in masks]
    best = int(np.argmax(whole))
    foreign = (inner & ~masks[best][top:bottom, left:right]).sum() / max(inner.sum(), 1)
    if whole[best] >= _WHOLE and foreign <= _FOREIGN:
        return int(digits[best])
    return NO_DIGIT if whole[best] < _PART or foreign > _MIXED else None
