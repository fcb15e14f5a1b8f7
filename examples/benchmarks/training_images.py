"""The images that the included network is trained on: MNIST's, made-up digits, and no digits.

All but MNIST's own are pictures that go through `MNISTNormalizer`, as at prediction. What is no
digit but looks like one is left out: it is found by its nearest neighbour among the digits.
"""

from __future__ import annotations

from typing import NamedTuple

import fonts as typefaces
import made_up_digits as digits
import no_digits
import numpy as np
from cut_digits import cut_digits
from joblib import Parallel, delayed
from poor_pictures import as_picture, reshaped
from scipy import ndimage

from skdigits import MNISTNormalizer

#: Label of what is no digit.
NO_DIGIT = -1
#: Images that are made at a time by one process, with a generator of their own.
_CHUNK = 1_000
#: Digits among which the nearest neighbour of a no-digit is searched.
_N_REFERENCES = 40_000
#: Digits that are compared with these, to know how similar digits are.
_N_COMPARED = 2_000
#: A no-digit is left out if it is as similar to a digit as this share of digits is to another.
_LIKE_A_DIGIT = 0.75
#: Kinds that fill the frame, and are near everything that is bold.
_DENSE = {"noise", "words"}
#: Kinds that are hardly turned and slanted.
_LEVEL = {"lines", "words"}
#: Bold print fills its counters in fewer pixels than this.
_LEAST_SIDES = {"print": 12, "handwriting fonts": 12, "one bit": 16}
#: Shares of the pictures that are stretched towards a square, and of those in black and white.
_FILL, _ONE_BIT = {"one bit": 0.6}, {"one bit": 1.0}
#: Shares of MNIST's digits among those that get what other schools write.
_OTHER_HANDS = {0: 0.05, 1: 0.35, 2: 0.1, 7: 0.3, 9: 0.2}


class Images(NamedTuple):
    """Framed images.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28)
        As `MNISTNormalizer` returns them.
    labels : ndarray of shape (n,)
        The digit on each, or `NO_DIGIT`.
    """

    images: np.ndarray
    labels: np.ndarray


def degraded(
    sources: no_digits.Sources, row: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Draw an image of MNIST as another set would have it."""
    label = int(sources.labels[row])
    return reshaped(digits.enlarged(sources.images[row]), rng), label


def other_hand(
    sources: no_digits.Sources, row: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Draw an image of MNIST as other schools write."""
    share = np.array([_OTHER_HANDS.get(int(label), 0) for label in range(10)])
    label = int(rng.choice(10, p=share / share.sum()))
    found = np.flatnonzero(sources.labels == label)
    ink = digits.enlarged(sources.images[found[row % len(found)]])
    return reshaped(digits.other_hand(ink, label, rng), rng), label


def written(
    sources: no_digits.Sources, row: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Write a digit along curves."""
    return reshaped(digits.written_digit(row % 10, rng), rng, slant=0.4), row % 10


def printed(
    sources: no_digits.Sources, row: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Print a digit in a font, hardly turned or slanted."""
    ink = typefaces.draw(sources.font(rng, "print"), str(row % 10))
    return reshaped(ink, rng, turn=4, slant=0.06, stretch=0.12), row % 10


def in_handwriting_font(
    sources: no_digits.Sources, row: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Draw a digit in a font that imitates handwriting."""
    ink = typefaces.draw(sources.font(rng, "handwriting"), str(row % 10))
    return reshaped(ink, rng), row % 10


def in_one_bit(
    sources: no_digits.Sources, row: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Draw a digit of any hand, for pictures in black and white."""
    return (degraded, other_hand, written)[rng.integers(3)](sources, row, rng)


#: Kinds of made-up digits, and how many of each there are for an image of MNIST.
DIGITS = {
    "poor pictures": (degraded, 0.8),
    "one bit": (in_one_bit, 0.4),
    "other hands": (other_hand, 0.4),
    "written": (written, 0.5),
    "print": (printed, 0.35),
    "handwriting fonts": (in_handwriting_font, 0.25),
}
#: Touching digits are cut in many ways (``cut_digits.py``): so many numbers for an image of MNIST.
N_CUT = 0.15
CUTS, RIGHT_CUTS, WRONG_CUTS = "cuts", "right cuts", "wrong cuts"
#: No digits for an image of MNIST.
N_NO_DIGITS = 1.3


def make_images(sources: no_digits.Sources, seed: int, *, n_jobs: int = 2) -> dict[str, Images]:
    """Make all kinds of images.

    Parameters
    ----------
    sources : Sources
        MNIST's images and fonts. There are as many made-up images for each of these images as
        `DIGITS` and `N_NO_DIGITS` say.
    seed : int
        The same seed gives the same images, with any number of processes.
    n_jobs : int, default=2
        Number of processes.

    Returns
    -------
    images : dict of str to Images
        By kind, without those that the normaliser finds blank.
    """
    n = len(sources.images)
    total = sum(weight for _, weight in no_digits.KINDS.values())
    numbers = {CUTS: int(n * N_CUT)}
    numbers |= {kind: int(n * share) for kind, (_, share) in DIGITS.items()}
    for kind, (_, weight) in no_digits.KINDS.items():
        numbers[kind] = int(n * N_NO_DIGITS * weight / total)
    tasks = [
        (kind, start, min(_CHUNK, number - start))
        for kind, number in numbers.items()
        for start in range(0, number, _CHUNK)
    ]
    chunks = Parallel(n_jobs)(
        delayed(_make_chunk)(sources, *task, (seed, list(numbers).index(task[0]), task[1]))
        for task in tasks
    )
    made: dict[str, list[Images]] = {}
    for (kind, _, _), chunk in zip(tasks, chunks, strict=True):
        made.setdefault(kind, []).append(chunk)
    images = {kind: join(parts) for kind, parts in made.items()}
    cut, labels = images.pop(CUTS)
    images[RIGHT_CUTS] = Images(cut[labels != NO_DIGIT], labels[labels != NO_DIGIT])
    images[WRONG_CUTS] = Images(cut[labels == NO_DIGIT], labels[labels == NO_DIGIT])
    return without_look_alikes(images, Images(sources.images, sources.labels), seed)


def _make_chunk(
    sources: no_digits.Sources, kind: str, start: int, n: int, seed: tuple[int, ...]
) -> Images:
    """Make some images of one kind."""
    rng = np.random.default_rng(seed)
    if kind == CUTS:
        framed, found = cut_digits(n, sources.images, sources.labels, seed=rng.integers(2**31))
        inked = framed.any(axis=(1, 2))
        return Images(framed[inked], found[inked])
    pictures, labels = [], []
    if kind in DIGITS:
        draw = DIGITS[kind][0]
        for row in range(start, start + n):
            ink, label = draw(sources, row % len(sources.images), rng)
            if ink.size:
                pictures.append(
                    as_picture(
                        ink,
                        rng,
                        fill=_FILL.get(kind, 0.2),
                        one_bit=_ONE_BIT.get(kind, 0.3),
                        least=_LEAST_SIDES.get(kind, 0),
                    )
                )
                labels.append(label)
    else:
        draw_other = no_digits.KINDS[kind][0]
        while len(pictures) < n:
            ink = draw_other(sources, rng)
            if ink.size:
                ranges = {"turn": 3, "slant": 0.04, "stretch": 0.1} if kind in _LEVEL else {}
                ink = reshaped(ink, rng, **ranges)
                pictures.append(as_picture(ink, rng, fill=0.1))
                labels.append(NO_DIGIT)
    framed = MNISTNormalizer(invert=False, handle_blank="zeros").transform(pictures)
    inked = framed.any(axis=(1, 2))
    return Images(framed[inked], np.array(labels)[inked])


def join(parts: list[Images]) -> Images:
    """Join images of several kinds."""
    return Images(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def without_look_alikes(made: dict[str, Images], mnist: Images, seed: int) -> dict[str, Images]:
    """Leave out no-digits that are as similar to a digit as most digits are.

    Parameters
    ----------
    made : dict of str to Images
        Made-up images by kind.
    mnist : Images
        Images of MNIST.
    seed : int
        Draws the digits with which they are compared.

    Returns
    -------
    images : dict of str to Images
        The same, but for those that are left out.
    """
    rng = np.random.default_rng(seed)
    known = np.concatenate([mnist.images, *(made[kind].images for kind in DIGITS)])
    known = known[rng.permutation(len(known))]
    n_references = min(_N_REFERENCES, len(known) // 2)
    references = _features(known[:n_references])
    others = _features(known[n_references:][:_N_COMPARED])
    most = np.quantile(_similarity(others, references), 1 - _LIKE_A_DIGIT)
    kept = dict(made)
    for kind in {*no_digits.KINDS, WRONG_CUTS} - _DENSE:
        images, labels = made[kind]
        unlike = _similarity(_features(images), references) < most
        kept[kind] = Images(images[unlike], labels[unlike])
    return kept


def _features(images: np.ndarray) -> np.ndarray:
    """Blur images and reduce them to 14 x 14, as rows of length 1."""
    blurred = ndimage.gaussian_filter(images.astype(np.float32), (0, 0.8, 0.8))
    rows = blurred.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 14 * 14)
    normed: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normed


def _similarity(rows: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Find the cosine to the nearest of the references for each row."""
    blocks = [(rows[i : i + 2_000] @ references.T).max(axis=1) for i in range(0, len(rows), 2_000)]
    return np.concatenate(blocks) if blocks else np.zeros(0)
