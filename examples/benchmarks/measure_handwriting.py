"""Measure the errors on digits that are not in MNIST's format.

Run it from the repository. It renders images of handwriting from MNIST's test images
(``handwriting.py``, with a fixed seed) and reports, with and without `MNISTNormalizer`, the
errors of each model on them and on scikit-learn's ``load_digits``, how often
`segment_digits` finds the right number of digits, and how long it takes. It writes
``docs/results/handwriting.json`` and two tables beside it.

    python examples/benchmarks/measure_handwriting.py --models pretrained fast-cnn

``pretrained`` is the model of `load_pretrained`; any other model is a recipe, which is trained on
the 60,000 training images. "Without" is what tutorials do with an image of any size: convert
it to grey, resize it to 28 x 28, and invert it, except for MNIST and load_digits, whose ink is
bright already.

With ``--quick FOLDER`` it renders a few images, trains on 1,000 images for one epoch, and
writes to that folder, only to check that everything runs; the numbers mean nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import handwriting
import numpy as np
from measure_recipes import LIBRARIES, processor
from picture_sets import (
    CLEAN,
    DIGITS,
    INK,
    PHOTOGRAPHS,
    RENDERED_SEED,
    PictureSet,
    is_wrong,
    normalized,
    picture_sets,
    share,
)
from PIL import Image
from result_files import write_results
from sklearn.pipeline import Pipeline

from skdigits import (
    MNISTNormalizer,
    load_mnist,
    load_pretrained,
    make_recipe,
    read_image,
    recipe_names,
    segment_digits,
)

RESULTS = Path(__file__).parents[2] / "docs" / "results"
SEED = 0
PRETRAINED = "pretrained"
#: What is aimed at with MNISTNormalizer, of the error on MNIST test images or of all pictures.
TARGETS = {
    INK: "twice MNIST's",
    PHOTOGRAPHS: "4%",
    DIGITS: "10%",
}
N_PIXELS = 12_000_000
N_ROUNDS = 5


# Models


def make_network(name: str, *, quick: bool) -> Pipeline:
    """Load or train a model, and leave out its MNISTNormalizer if it has one."""
    if name == PRETRAINED:
        model = load_pretrained()
    else:
        X, y = load_mnist(
            subset="train", n_samples=1_000 if quick else None, return_X_y=True, random_state=SEED
        )
        model = make_recipe(name, random_state=SEED)
        if quick:
            model[-1].set_params(epochs=1)
        model.fit(X, y)
    steps = [step for step in model.steps if not isinstance(step[1], MNISTNormalizer)]
    return Pipeline(steps)


def score(
    network: Pipeline, sets: dict[str, PictureSet], framed: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Count errors with and without the normaliser, and on the very images that were rendered."""
    scores: dict[str, Any] = {}
    wrong_on_mnist = is_wrong(network, sets[CLEAN].plain, sets[CLEAN].labels)
    for kind, each in sets.items():
        n = len(each.labels)
        found = {"n": n}
        for way, pictures in (("without", each.plain), ("with", framed[kind])):
            found[way] = share(is_wrong(network, pictures, each.labels).sum(), n)
        if each.rows:
            found["the images themselves"] = share(wrong_on_mnist[each.rows].sum(), n)
        scores[kind] = found
    return scores


# Several digits


class Page(NamedTuple):
    """What segment_digits found on a picture of several digits."""

    label: str
    found: list[Any]

    @property
    def is_counted(self) -> bool:
        """Say whether there are as many digits as were written."""
        return len(self.found) == len(self.label.replace("\n", ""))

    @property
    def is_lined(self) -> bool:
        """Say whether each line has as many digits as were written."""
        lines = self.label.split("\n")
        wanted = [row for row, line in enumerate(lines) for _ in line]
        return [digit.line for digit in self.found] == wanted


def segment(n: int) -> list[Page]:
    """Separate the digits of rendered pictures."""
    drawn = handwriting.numbers(n, seed=RENDERED_SEED)
    found = [segment_digits(picture) for picture in drawn.pictures]
    return [Page(*page) for page in zip(drawn.labels, found, strict=True)]


def score_pages(pages: list[Page]) -> dict[str, Any]:
    """Count pictures whose digits were not found one by one."""
    return {
        "n": len(pages),
        "number of digits": share(sum(not page.is_counted for page in pages), len(pages)),
        "digits of each line": share(sum(not page.is_lined for page in pages), len(pages)),
    }


def score_reading(network: Pipeline, pages: list[Page]) -> dict[str, Any]:
    """Count wrong digits on pictures on which their number is right."""
    counted = [page for page in pages if page.is_counted]
    labels = np.array([int(each) for page in counted for each in page.label.replace("\n", "")])
    framed = normalized([digit.picture for page in counted for digit in page.found])
    wrong = is_wrong(network, framed, labels)
    return {"n": len(labels), **share(wrong.sum(), len(labels))}


# Costs


def describe_change(images: np.ndarray, framed: np.ndarray) -> dict[str, Any]:
    """Say what the normaliser does to pictures that are framed already."""
    difference = np.abs(images.astype(int) - framed)
    return {
        "mean absolute change in grey levels": round(float(difference.mean()), 4),
        "unchanged": round(float((difference.max(axis=(1, 2)) == 0).mean()), 4),
        "changed by more than two grey levels": round(
            float((difference.max(axis=(1, 2)) > 2).mean()), 4
        ),
    }


def time_normalizer(images: np.ndarray) -> float:
    """Seconds for all test images, the median of some rounds."""
    seconds = []
    for _ in range(N_ROUNDS):
        start = time.perf_counter()
        MNISTNormalizer().fit_transform(images)
        seconds.append(time.perf_counter() - start)
    return round(median(seconds), 3)


def draw_large(n_pixels: int) -> tuple[bytes, str]:
    """Render a photograph of a camera's size, as a JPEG file."""
    height, width = handwriting.numbers(1, seed=RENDERED_SEED).pictures[0].shape[:2]
    scale = (n_pixels / (height * width)) ** 0.5
    drawn = handwriting.numbers(1, seed=RENDERED_SEED, scale=scale)
    file = io.BytesIO()
    Image.fromarray(drawn.pictures[0]).save(file, "JPEG", quality=90)
    return file.getvalue(), drawn.labels[0].replace("\n", "")


def time_photograph(model: Pipeline, n_pixels: int) -> dict[str, Any]:
    """Seconds to read a photograph, to separate its digits and to classify them."""
    content, label = draw_large(n_pixels)
    rounds = []
    for _ in range(N_ROUNDS + 1):
        times = [time.perf_counter()]
        image = read_image(content)
        times.append(time.perf_counter())
        digits = segment_digits(image)
        times.append(time.perf_counter())
        predicted = model.predict([digit.picture for digit in digits])
        times.append(time.perf_counter())
        rounds.append([*np.diff(times), times[-1] - times[0]])
    # The first prediction compiles the network.
    seconds = np.median(rounds[1:], axis=0)
    return {
        "pixels": image.shape[0] * image.shape[1],
        "digits": len(label),
        "read as": "".join(map(str, predicted)),
        "written": label,
        "seconds": {
            name: round(float(each), 3)
            for name, each in zip(("read", "segment", "classify", "all"), seconds, strict=True)
        },
    }


# Results


def write_tables(folder: Path, results: dict[str, Any]) -> None:
    """Write the tables that the documentation shows."""
    rows = [["model", "images", "number", "without", "with", "95% interval", "target"]]
    for name, model in results["models"].items():
        for kind, found in model["errors"].items():
            low, high = found["with"]["interval"]
            rows.append(
                [
                    name,
                    kind,
                    f"{found['n']:,}",
                    f"{found['without']['error']:.2%}",
                    f"{found['with']['error']:.2%}",
                    f"{low:.2%} to {high:.2%}",
                    TARGETS.get(kind, ""),
                ]
            )
    write_csv(folder / "handwriting_errors.csv", rows)
    pages, photograph = results["segmentation"], results["photograph"]
    counted = 1 - pages["number of digits"]["error"]
    costs = [
        ["measurement", "result", "target"],
        [
            "images of several digits in which the right number of digits is found",
            f"{counted:.1%}",
            "97%",
        ],
        [
            "normalising 10,000 MNIST images",
            f"{results['normalizer']['seconds for 10,000']:.2f} s",
            "3 s",
        ],
        [
            f"reading, segmenting and classifying {photograph['digits']} digits on a photograph "
            f"of {photograph['pixels'] / 1e6:.0f} megapixels",
            f"{photograph['seconds']['all']:.2f} s",
            "1 s",
        ],
    ]
    write_csv(folder / "handwriting_costs.csv", costs)


def write_csv(path: Path, rows: list[list[str]]) -> None:
    """Write a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def measure(names: list[str], n_rendered: int, n_pages: int, *, quick: bool) -> dict[str, Any]:
    """Measure all."""
    networks = {name: make_network(name, quick=quick) for name in names}
    sets = picture_sets(n_rendered)
    framed = {kind: normalized(each.pictures) for kind, each in sets.items()}
    pages = segment(n_pages)
    images = sets[CLEAN].plain
    results: dict[str, Any] = {
        "machine": processor(),
        "versions": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "seed": SEED,
        "seed of the rendered pictures": RENDERED_SEED,
        "normalizer": {
            **describe_change(images, framed[CLEAN]),
            "seconds for 10,000": time_normalizer(images),
        },
        "segmentation": score_pages(pages),
        "models": {},
    }
    for name, network in networks.items():
        results["models"][name] = {
            "errors": score(network, sets, framed),
            "digits of the pictures of several": score_reading(network, pages),
        }
        print(json.dumps({name: results["models"][name]}, indent=2), flush=True)
    model = Pipeline([("normalizer", MNISTNormalizer(handle_blank="zeros")), *network.steps])
    results["photograph"] = time_photograph(model, N_PIXELS // 16 if quick else N_PIXELS)
    return results


def main(arguments: list[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--models", nargs="+", choices=[PRETRAINED, *recipe_names()], default=[PRETRAINED]
    )
    parser.add_argument("--n", type=int, default=1_000, help="rendered images of each kind")
    parser.add_argument("--pages", type=int, default=500, help="images of several digits")
    parser.add_argument(
        "--quick", metavar="FOLDER", type=Path, help="only check that everything runs"
    )
    options = parser.parse_args(arguments)
    sizes = (5, 3) if options.quick else (options.n, options.pages)
    results = measure(options.models, *sizes, quick=options.quick is not None)
    folder = options.quick or RESULTS
    write_results(folder / "handwriting.json", results)
    write_tables(folder, results)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
