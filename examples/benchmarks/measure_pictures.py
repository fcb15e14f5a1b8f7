"""Measure what is read on pictures that other people made.

Run it from the repository, and name a folder of pictures. Each of its parts may be missing:

- ``sets/NAME.npz``: pictures of one digit, ``pictures`` of shape (n, height, width), uint8, with
  ``labels``; with ``dark_ink``, whether the ink is darker than the paper, which only Tesseract
  is told
- ``singles/labels.csv``: files with one digit, in columns ``file``, ``truth`` and ``kind``;
  `truth` is empty where there is no digit
- ``photos/labels.csv``: files with several digits; `truth` has a number in each line
- ``no_digits/NAME.npz``: ``pictures`` without any digit

It reads MNIST's test images and ``load_digits`` first, for comparison, prints tables with the
target of each row, and writes ``pictures.json`` and the tables as CSV files to ``docs/results``.

    python examples/benchmarks/measure_pictures.py FOLDER

takes less than two minutes on two cores. Two other readers are slow: what the reader of a tutorial
has, the recipe fast-cnn trained on MNIST without a normaliser, and the program tesseract, if it is
installed, on at most 300 pictures of each set.

    python examples/benchmarks/measure_pictures.py FOLDER --models skdigits tutorial tesseract

The results of readers that are not named stay in ``pictures.json``, and in the tables if they were
measured on the same pictures.

Photographs of several digits are compared with the truth by the longest common subsequence of
digits, or where they are scattered or stand in shapes, in any order. A number is whole if its line
is read without an error.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from measure_recipes import LIBRARIES, processor
from picture_folder import PARTS, SEED, PictureFolder, resize_longest, sample
from picture_readers import PictureReader, Skdigits, Tesseract, Tutorial, has_tesseract
from picture_scores import (
    Reading,
    add_pages,
    compare_page,
    count_by_digit,
    count_digits,
    count_others,
    group,
    read_numbers,
)
from picture_tables import READERS, SKDIGITS, TESSERACT, TUTORIAL, make_tables, write_targets
from result_files import has_quick_results, read_results, store_result
from rich.console import Console

RESULTS = Path(__file__).parents[2] / "docs" / "results"
QUICK_RESULTS = Path(tempfile.gettempdir()) / "pictures_quick"
FILE = "pictures.json"
#: Pictures of these kinds are read at many sizes: longer sides in pixels; None: as they are.
THIN = "thin"
SIZES = (None, 96, 128, 192, 256, 384, 512, 768, 1024, 2000)
N_QUICK = 20
WIDTH = 200


# Measuring


def _options(reader: PictureReader) -> dict[str, bool]:
    """Say whether the sure mistakes of a reader can be counted."""
    return {"have_probabilities": reader.gives_probabilities}


def measure_sets(reader: PictureReader, folder: PictureFolder) -> dict[str, Any]:
    """Count the errors on each set of digits."""
    counts = {}
    for name, each in folder.sets():
        read = sample(each, reader.n_at_most)
        readings = reader.read_set(read.pictures, dark_ink=read.dark_ink)
        counts[name] = {
            **count_digits(readings, read.labels, **_options(reader)),
            "by digit": count_by_digit(readings, read.labels, **_options(reader)),
        }
    return counts


def measure_others(reader: PictureReader, folder: PictureFolder) -> dict[str, Any]:
    """Count what is read on sets without a digit."""
    found = {}
    for name, pictures in folder.no_digits():
        rows = np.random.RandomState(SEED).permutation(len(pictures))[: reader.n_at_most]
        found[name] = count_others(
            reader.read_set(pictures[np.sort(rows)], dark_ink=None), **_options(reader)
        )
    return found


def measure_singles(reader: PictureReader, folder: PictureFolder) -> dict[str, dict[str, Any]]:
    """Count what is read on files with one digit, and on those with something else."""
    files = folder.files("singles")
    readings = reader.read_singles(file.read() for file in files)
    read = list(zip(files, readings, strict=True))
    digits = [each for each in read if each[0].truth]
    others = [each for each in read if not each[0].truth]
    return {
        "singles": {
            kind: count_digits(
                [digits[row][1] for row in rows],
                [digits[row][0].truth for row in rows],
                **_options(reader),
            )
            for kind, rows in group(file.kind for file, _ in digits).items()
        },
        "other singles": {
            kind: count_others([others[row][1] for row in rows], **_options(reader))
            for kind, rows in group(file.kind for file, _ in others).items()
        },
        "errors on singles": {
            file.path.name: _describe(reading)
            for file, reading in digits
            if not reading.is_read or reading.label != file.truth
        },
    }


def _describe(reading: Reading) -> str:
    """Say what was read on a picture of one digit."""
    if reading.is_blank:
        return "blank"
    shown = str(reading.label)
    if reading.probability is not None:
        shown += f" {reading.probability:.3f}"
    return shown + (" refused" if reading.is_refused else "")


def measure_pages(reader: PictureReader, folder: PictureFolder) -> dict[str, dict[str, Any]]:
    """Compare what is read on files with several digits with what is written there."""
    files = folder.files("photos")
    readings = reader.read_pages(file.read() for file in files)
    compared = list(zip(files, readings, strict=True))
    pages = [compare_page(read, file.truth, file.kind) for file, read in compared]
    return {
        "photos": {
            kind: add_pages([pages[row] for row in rows], **_options(reader))
            for kind, rows in group(file.kind for file in files).items()
        },
        "read on photos": {
            file.path.name: {"truth": file.truth.split("\n"), "read": read_numbers(read)}
            for file, read in compared
        },
    }


def measure_sizes(
    reader: PictureReader, folder: PictureFolder, sizes: Iterable[int | None]
) -> dict[str, Any]:
    """Count the digits of thin pens that are read rightly at each size."""
    files = [file for file in folder.files("singles") if THIN in file.kind and file.truth]
    found: dict[str, dict[str, Any]] = {file.kind: {} for file in files}
    for size in sizes:
        readings = reader.read_singles(resize_longest(file.read(), size) for file in files)
        for kind in found:
            right = [
                reading.is_read and reading.label == file.truth
                for file, reading in zip(files, readings, strict=True)
                if file.kind == kind
            ]
            found[kind][str(size or "as they are")] = {"n": len(right), "right": sum(right)}
    return found


def measure(reader: PictureReader, folder: PictureFolder, *, quick: bool) -> dict[str, Any]:
    """Measure all with one reader."""
    start = time.perf_counter()
    found = {
        "title": reader.title,
        "sets": measure_sets(reader, folder),
        **measure_singles(reader, folder),
        **measure_pages(reader, folder),
        "no_digits": measure_others(reader, folder),
        "sizes": measure_sizes(reader, folder, SIZES[:3] if quick else SIZES),
    }
    found["run"] = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": processor(),
        "versions": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "seconds": round(time.perf_counter() - start, 1),
        "pictures": folder.digest(),
        "quick": quick,
    }
    return found


# The command


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the pictures")
    parser.add_argument(
        "--models", nargs="+", choices=READERS, default=[SKDIGITS], help="default: skdigits"
    )
    parser.add_argument(
        "--model",
        metavar="FILE",
        type=Path,
        help="a .skdigits or .joblib file (default: the included network); nothing is written "
        "unless --output is given",
    )
    parser.add_argument(
        "--kinds",
        nargs="+",
        metavar="TEXT",
        default=[],
        help="only sets and kinds whose names contain one of these texts; nothing is written "
        "unless --output is given",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="results (default: docs/results)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="few pictures, only to check that everything runs"
    )
    options = parser.parse_args(arguments)
    if not any((options.folder / part).is_dir() for part in PARTS):
        parser.error(f"{options.folder} has none of the folders {', '.join(PARTS)}.")
    if options.output is None and not options.kinds and options.model is None:
        options.output = QUICK_RESULTS if options.quick else RESULTS
    if options.output is not None:
        stored = read_results(options.output / FILE)
        if stored and has_quick_results(stored) != options.quick:
            parser.error(f"{options.output} holds results of another size; give another --output.")
    return options


def make_reader(name: str, options: argparse.Namespace) -> PictureReader:
    """Make a reader; loading or training its network may take some time."""
    if name == TUTORIAL:
        return Tutorial(quick=options.quick)
    return Tesseract() if name == TESSERACT else Skdigits(options.model)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and write."""
    options = parse_arguments(arguments)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    folder = PictureFolder(options.folder, options.kinds, N_QUICK if options.quick else None)
    results = {}
    for name in options.models:
        if name == TESSERACT and not has_tesseract():
            console.print("tesseract is left out, because it is not installed")
            continue
        results[name] = measure(make_reader(name, options), folder, quick=options.quick)
        console.print(f"{name}: measured in {results[name]['run']['seconds']:.0f} s")
        if options.output is not None:
            store_result(options.output / FILE, name, results[name], READERS)
    if options.output is not None:
        stored = read_results(options.output / FILE).items()
        digest = folder.digest()
        results = {name: each for name, each in stored if each["run"]["pictures"] == digest}
    tables = make_tables(results)
    for table in tables:
        console.print(table.to_rich())
    if options.output is not None:
        written = [*(table.write(options.output) for table in tables)]
        for path in (*written, write_targets(options.output, tables)):
            console.print(f"written: {path}")


if __name__ == "__main__":
    main()
