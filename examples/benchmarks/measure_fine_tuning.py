"""Measure how well a trained network learns other hands, and what it forgets.

Run it from the repository. It takes the included network, and a ``fast-cnn`` that it trains on
MNIST alone, and calls `fine_tune` with 10 to 460 images of other hands: of sets that other people
made, in a folder as ``measure_pictures.py`` describes it, and of hands that it renders. Half of
a set is for tuning and the other half is scored, in several stratified splits. It counts the
errors before and after, on the other half and on MNIST's 10,000 test images, and what is taken
for no digit.

    python examples/benchmarks/measure_fine_tuning.py FOLDER

It writes ``docs/results/fine_tuning.json`` after each run, and ``fine_tuning.csv`` from all runs.
If interrupted, run it again and it resumes. Nothing is chosen on these images: the constants of
`fine_tune` were chosen on MNIST's training images, and on hands that `write_hand` renders from
these with other seeds.

With ``--quick FOLDER`` it makes one run of each kind and writes to that folder, only to check
that everything runs; the numbers mean nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import fonts as typefaces
import made_up_digits as digits
import numpy as np
from measure_handwriting import RESULTS, write_csv
from measure_recipes import LIBRARIES, processor
from no_digits import Sources
from picture_folder import PictureFolder
from picture_sets import normalized
from PIL import Image
from result_files import read_results, write_results
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from training_images import NO_DIGIT, make_images

from skdigits import MNISTNormalizer, fine_tune, load_mnist, load_pretrained, make_recipe

SEED = 0
INCLUDED, FAST = "included network", "fast-cnn"
HANDS = "rendered hands"
SETS, N_SPLITS = ("forms", "semeion"), 5
#: What is measured, in this order: the set, the start, and the number of images to tune on.
MEASURED = [
    *((name, start, 200) for name in ("forms", HANDS) for start in (FAST, INCLUDED)),
    *(("forms", start, 10) for start in (INCLUDED, FAST)),
    *(("forms", FAST, n) for n in (50, 460, 100)),
    *(("semeion", start, 200) for start in (FAST, INCLUDED)),
    *(("forms", INCLUDED, n) for n in (50, 460, 100)),
    *((HANDS, start, n) for n in (10, 50) for start in (INCLUDED, FAST)),
]
#: Rendered hands: the seed of the first, how many there are, and the images of each, of which half
#: are for tuning. The included network has at least this error on each.
FIRST_HAND, N_HANDS, N_OF_HAND, LEAST_ERROR = 100, 5, 800, 0.01
#: For ``--quick``.
LEAST_IMAGES = 10
#: Images of MNIST from which images of no digit are made.
N_SOURCES = 500


class Hand(NamedTuple):
    """Images of one hand or of one set, and their labels."""

    pictures: list[np.ndarray]
    labels: np.ndarray


# Hands


def write_hand(seed: int, n: int, *, subset: str = "test") -> Hand:
    """Write digits as one person does, with proportions, a slant and forms of their own.

    Parameters
    ----------
    seed : int
        Draws the person. The digits of every second person are made from images of MNIST, those
        of the others are written along curves.
    n : int
        Number of images.
    subset : {"train", "test"}, default="test"
        Which images of MNIST are used.

    Returns
    -------
    hand : Hand
        Bright ink on a dark background.
    """
    person, rng = np.random.default_rng(seed), np.random.default_rng((seed, 1))
    slant, width, turn = (
        person.uniform(-1.1, 1.1),
        person.uniform(-0.7, 0.7),
        person.uniform(-25, 25),
    )
    forms = [int(person.integers(len(ways))) for ways in digits.WAYS.values()]
    has_own_form = person.random(10) < 0.7
    mnist = load_mnist(subset=subset)
    pictures = []
    labels = np.arange(n) % 10
    for label in labels:
        if seed % 2:
            ink = _write(int(label), forms[label], rng)
        else:
            ink = digits.enlarged(mnist.images[rng.choice(np.flatnonzero(mnist.target == label))])
            if has_own_form[label]:
                ink = digits.other_hand(ink, int(label), rng)
        angle = np.radians(turn + rng.normal(0, 3))
        lean, wider = slant + rng.normal(0, 0.06), np.exp(width + rng.normal(0, 0.06))
        pictures.append(np.pad(_change(ink, angle, lean, wider), 8))
    return Hand(pictures, labels)


def _write(digit: int, form: int, rng: np.random.Generator) -> np.ndarray:
    """Write a digit along curves, always in the same form."""
    while True:
        state = rng.bit_generator.state
        if rng.integers(len(digits.WAYS[digit])) == form:
            rng.bit_generator.state = state
            return digits.written_digit(digit, rng)


def _change(ink: np.ndarray, angle: float, lean: float, wider: float) -> np.ndarray:
    """Turn, slant and widen ink."""
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    change = turned @ np.array([[wider, -lean], [0, 1]])
    height, width = ink.shape
    corners = change @ np.array([[0, width, 0, width], [0, 0, height, height]])
    low = corners.min(axis=1) - 1
    size = np.ceil(corners.max(axis=1) + 1 - low).astype(int)
    back = np.linalg.inv(change)
    offset = back @ low
    image = Image.fromarray(ink).transform(
        (int(size[0]), int(size[1])),
        Image.Transform.AFFINE,
        (*back[0], offset[0], *back[1], offset[1]),
        Image.Resampling.BILINEAR,
    )
    return typefaces.crop(np.asarray(image))


# Measurements


@cache
def load_start(name: str) -> Pipeline:
    """Load or train the network to start from."""
    if name == INCLUDED:
        return load_pretrained()
    X, y = load_mnist(subset="train", return_X_y=True)
    network = make_recipe(name, random_state=SEED).fit(X, y)
    return make_pipeline(MNISTNormalizer(), *(step for _, step in network.steps))


@cache
def mnist_test_images() -> tuple[np.ndarray, np.ndarray]:
    """Frame MNIST's test images."""
    mnist = load_mnist(subset="test")
    return normalized(mnist.images), mnist.target


@cache
def no_digits() -> np.ndarray:
    """Make images of no digit from MNIST's test images, and from the fonts of matplotlib."""
    mnist = load_mnist(subset="test", n_samples=N_SOURCES, random_state=SEED)
    made = make_images(
        Sources(mnist.images, mnist.target, typefaces.find_fonts(None)), SEED, n_jobs=1
    )
    return np.concatenate([kind.images for kind in made.values() if kind.labels[0] == NO_DIGIT])


def score(model: Pipeline, framed: np.ndarray, labels: np.ndarray) -> dict[str, int]:
    """Count errors, and what is taken for no digit."""
    wrong = int((model[1:].predict(framed) != labels).sum())
    return {"n": len(labels), "wrong": wrong, "refused": count_refused(model, framed)}


def count_refused(model: Pipeline, framed: np.ndarray) -> int:
    """Count images that the model takes for no digit, if it can."""
    if not hasattr(model[-1], "outlier_label_"):
        return 0
    return int((model[1:].score_samples(framed) < model[-1].outlier_threshold).sum())


def score_all(model: Pipeline) -> dict[str, Any]:
    """Score MNIST's test images, and images of no digit."""
    return {
        "MNIST": score(model, *mnist_test_images()),
        "no digits": {"n": len(no_digits()), "refused": count_refused(model, no_digits())},
    }


@cache
def score_start(name: str) -> dict[str, Any]:
    """Score the network to start from."""
    return score_all(load_start(name))


def measure(start: str, hand: Hand, n: int, split: int) -> dict[str, Any]:
    """Tune on n images of one half, and score the other half before and after."""
    tuning, scored = train_test_split(
        np.arange(len(hand.labels)), test_size=0.5, stratify=hand.labels, random_state=split
    )
    if n < len(tuning):
        tuning, _ = train_test_split(
            tuning, train_size=n, stratify=hand.labels[tuning], random_state=split
        )
    model = load_start(start)
    tuned = fine_tune(
        model, [hand.pictures[row] for row in tuning], hand.labels[tuning], random_state=split
    )
    framed = normalized([hand.pictures[row] for row in scored])
    labels = hand.labels[scored]
    return {
        "start": start,
        "images": n,
        "before": {"new": score(model, framed, labels), **score_start(start)},
        "after": {"new": score(tuned, framed, labels), **score_all(tuned)},
    }


def plan(folder: Path, *, quick: bool) -> Iterator[tuple[str, str, Hand, int, int]]:
    """List what is measured: the set, the start, the images, their number, and the split."""
    hands: dict[str, list[Hand]] = {HANDS: list(_unknown_hands(1 if quick else N_HANDS))}
    for name, found in PictureFolder(folder, list(SETS)).sets():
        if name in SETS:
            hand = Hand(list(found.pictures), np.array(found.labels).astype(int))
            hands[name] = [hand] * (1 if quick else N_SPLITS)
    for name, start, n in MEASURED:
        for split, hand in enumerate(hands.get(name, [])):
            if not quick or (start == FAST and n <= LEAST_IMAGES):
                yield name, start, hand, n, split


def _unknown_hands(n: int) -> Iterator[Hand]:
    """Render hands that the included network does not read well."""
    seed = FIRST_HAND
    while n:
        hand = write_hand(seed, N_OF_HAND)
        wrong = score(load_start(INCLUDED), normalized(hand.pictures), hand.labels)["wrong"]
        if wrong >= LEAST_ERROR * N_OF_HAND:
            n -= 1
            yield hand
        seed += 1


# Results


def summarize(runs: list[dict[str, Any]]) -> list[list[str]]:
    """Make a row for each set, start and number of images."""
    header = [
        "images of",
        "start",
        "tuned on",
        "runs",
        "errors before",
        "errors after",
        "lowest to highest after",
        "MNIST",
        "taken for no digit",
        "images of no digit recognised",
    ]
    groups: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for run in runs:
        groups.setdefault((run["set"], run["start"], run["images"]), []).append(run)
    rows = [header]
    for (name, start, n), found in sorted(groups.items(), key=_in_order):
        errors = [_share([run["after"]], "new", "wrong") for run in found]
        before, after = ([run[when] for run in found] for when in ("before", "after"))
        row = [name, start, str(n), str(len(found))]
        row += [_counted(before), _counted(after)]
        row += [f"{min(errors):.2%} to {max(errors):.2%}"]
        parts = [("MNIST", "wrong", ".2%")]
        if start == INCLUDED:
            parts += [("new", "refused", ".1%"), ("no digits", "refused", ".1%")]
        for images, what, form in parts:
            shares = [f"{_share(each, images, what):{form}}" for each in (before, after)]
            row.append(", then ".join(shares))
        row += [""] * (len(header) - len(row))
        rows.append(row)
    return rows


def _in_order(group: tuple[tuple[str, str, int], Any]) -> tuple[Any, ...]:
    (name, start, n), _ = group
    return ([*SETS, HANDS].index(name), start != INCLUDED, n)


def _share(parts: list[dict[str, Any]], images: str, what: str) -> float:
    """Give a share of the images of several runs."""
    return float(
        sum(part[images][what] for part in parts) / sum(part[images]["n"] for part in parts)
    )


def _counted(parts: list[dict[str, Any]]) -> str:
    """Give a share of errors on new images, and their number."""
    wrong, n = (sum(part["new"][what] for part in parts) for what in ("wrong", "n"))
    return f"{wrong / n:.2%} ({wrong:,} of {n:,})"


def main(arguments: list[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of pictures that other people made")
    parser.add_argument(
        "--quick", metavar="FOLDER", type=Path, help="only check that everything runs"
    )
    options = parser.parse_args(arguments)
    folder = options.quick or RESULTS
    path = folder / "fine_tuning.json"
    results = read_results(path)
    results["machine"] = {
        "processor": processor(),
        "versions": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }
    for name, start, hand, n, split in plan(options.folder, quick=options.quick is not None):
        key = f"{name}, {start}, {n} images, split {split}"
        if key not in results:
            results[key] = {"set": name, **measure(start, hand, n, split)}
            print(json.dumps({key: results[key]}), flush=True)
            write_results(path, results)
    rows = summarize([run for key, run in results.items() if key != "machine"])
    write_csv(folder / "fine_tuning.csv", rows)
    for row in rows:
        print("  ".join(row))


if __name__ == "__main__":
    main()
