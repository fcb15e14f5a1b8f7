"""Write the tables of the recipes, from measured and published results.

    python examples/benchmarks/recipe_tables.py

writes a table of the recipes, the classic classifiers of ``docs/results/compare_60000.csv`` and
published results to README.md and ``docs/results/choose.csv``, and a table of published and
measured errors to README.md.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pandas as pd

from skdigits import describe_recipe, recipe_names
from skdigits.recipes import Measurement

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
COMPARISON = ROOT / "docs" / "results" / "compare_60000.csv"
CHOICE = ROOT / "docs" / "results" / "choose.csv"

#: Published test errors in per cent; some are the best of several runs.
LITERATURE = (
    ("15 CNNs, augmentation", "0.255 (mean of 100)", "Chris Deotte, MNIST-CNN-99.75, 2018"),
    ("3 CNNs voting, augmentation", "0.13 (best run)", "An et al., arXiv:2008.10400, 2020"),
    ("35 CNNs, 7 preprocessings", "0.23", "Cireşan et al., arXiv:1202.2745, 2012"),
    ("MLP, 5 hidden layers, elastic", "0.35 (best run)", "Cireşan et al., arXiv:1003.0358, 2010"),
    ("MLP 800, elastic", "0.7", "Simard et al., ICDAR 2003"),
    ("LeNet-5, distortions", "0.8", "LeCun et al., Proc. IEEE 86, 1998"),
    ("RBF SVM", "1.4", "LeCun's table of results"),
    ("k nearest neighbours", "3.09", "LeCun's table of results"),
    ("extra trees; random forest", "2.94; 3.18", "scikit-learn's bench_mnist"),
)


class Row(NamedTuple):
    """One line; the fields' names are the headings."""

    model: str
    kind: str
    test_error: str
    another_seed: str
    training: str
    times_keras: str
    predict_1000: str
    weights: str


HEADINGS = (
    "model",
    "source",
    "test error (%)",
    "another seed (%)",
    "training time",
    "time relative to Keras",
    "time to predict 1,000",
    "weights",
)


def write_tables() -> None:
    """Write all tables."""
    own, published, classic = map(
        list, (recipes(own=True), recipes(own=False), classic_classifiers())
    )
    literature = [Row(name, source, error, *[""] * 5) for name, error, source in LITERATURE]
    rows = [*own, *published, *classic, *literature]
    with CHOICE.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADINGS, *rows])
    replace_in_readme("choose", markdown(HEADINGS, rows))
    replace_in_readme("recipes", markdown(*published_errors()))


def recipes(*, own: bool) -> Iterator[Row]:
    """Make a row for each measured recipe, either our own or the published ones."""
    for name in recipe_names():
        recipe = describe_recipe(name)
        runs = recipe.measurement
        if runs is None or (recipe.source is None) != own:
            continue
        kind = "skdigits" if own else f"published: {100 * recipe.published_error:.2f}%"
        yield Row(
            f"`{name}`",
            kind,
            error_of(runs),
            " to ".join(f"{100 * end:.2f}" for end in runs.another_seed),
            show_seconds(median(runs.fit_seconds)),
            show_ratio(median(runs.times_keras)),
            show_seconds(median(runs.predict_seconds) / 10),
            f"{runs.n_parameters:,}",
        )


def classic_classifiers() -> Iterator[Row]:
    """Make a row for each classic classifier of the comparison on all training images."""
    for model in pd.read_csv(COMPARISON).sort_values("test_error").itertuples():
        if model.model.startswith("keras-"):
            continue
        yield Row(
            f"`{model.model}`",
            "classic",
            f"{100 * model.test_error:.2f}",
            "",
            show_seconds(model.fit_time),
            "",
            show_seconds(model.predict_time),
            "" if pd.isna(model.n_parameters) else f"{int(model.n_parameters):,}",
        )


def error_of(runs: Measurement) -> str:
    """Write mean, standard deviation and number of runs."""
    return f"{runs.mean_percent} ± {runs.spread_percent}, {len(runs.seeds)} seeds"


def published_errors() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Make a row for each published recipe: its published and its measured error."""
    rows = []
    for name in recipe_names():
        recipe = describe_recipe(name)
        if recipe.source is None or recipe.measurement is None:
            continue
        published = f"{100 * recipe.published_error:.2f}"
        measured = error_of(recipe.measurement)
        rows.append((f"`{name}`", recipe.summary, published, measured))
    return ("recipe", "network and training", "published error (%)", "measured error (%)"), rows


def show_seconds(seconds: float) -> str:
    """Write a time."""
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def show_ratio(ratio: float) -> str:
    """Write a ratio with two figures."""
    return f"{ratio:.2g}" if ratio < 10 else f"{ratio:.0f}"


def markdown(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a table in Markdown."""
    head, *body = ("| " + " | ".join(line) + " |\n" for line in (headings, *rows))
    return head + "|---" * len(headings) + "|\n" + "".join(body)


def replace_in_readme(name: str, table: str) -> None:
    """Put a table between its marks."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    text = README.read_text("utf-8")
    before, after = text.split(begin)[0], text.split(end)[1]
    README.write_text(before + begin + table + end + after, encoding="utf-8")


if __name__ == "__main__":
    write_tables()
