"""``skdigits recipes``: list the models that can be trained by name."""

from __future__ import annotations

import argparse
from statistics import median
from typing import Any

from .._streams import make_console


def add_parser(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "recipes",
        help="list the recipes, with published and measured errors",
        description="List the models that can be trained by name: published networks and "
        "skdigits' own.",
    )
    parser.add_argument("--names", action="store_true", help="print only the names")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the recipes."""
    from ...recipes import describe_recipe, recipe_names

    if options.names:
        print(*recipe_names(), sep="\n")  # noqa: T201
        return 0
    from rich.table import Table

    table = Table("recipe", "network and training")
    for title in ("published", "measured", "trained in"):
        table.add_column(title, no_wrap=True, justify="right")
    for name in recipe_names():
        recipe = describe_recipe(name)
        runs = recipe.measurement
        published = "" if recipe.published_error is None else f"{recipe.published_error:.2%}"
        measured = ("not yet", "")
        if runs is not None:
            error = f"{runs.mean_percent}% ± {runs.spread_percent}"
            measured = (error, f"{median(runs.fit_seconds):,.0f} s")
        table.add_row(name, recipe.summary, published, *measured)
    console = make_console()
    console.print(table)
    console.print(
        "Errors on MNIST's test images; measured: mean ± standard deviation over several seeds."
    )
    console.print("Train one with: skdigits train RECIPE")
    return 0
