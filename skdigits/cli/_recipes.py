"""``skdigits recipes``: which published models there are."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(commands: Any) -> None:
    """Describe the command's arguments.

    Parameters
    ----------
    commands : argparse subparsers
        The parser to add to.
    """
    parser = commands.add_parser(
        "recipes",
        help="list the published models, with published and measured errors",
        description="List the published models that the package can train.",
    )
    parser.add_argument("--names", action="store_true", help="print the names alone")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the recipes.

    Parameters
    ----------
    options : argparse.Namespace
        The parsed arguments.

    Returns
    -------
    status : int
        0.
    """
    from ..recipes import describe_recipe, recipe_names

    if options.names:
        print(*recipe_names(), sep="\n")  # noqa: T201
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table("recipe", "network and training")
    for title in ("published error", "measured error"):
        table.add_column(title, no_wrap=True)
    for name in recipe_names():
        recipe = describe_recipe(name)
        runs = recipe.measurement
        measured = "not yet"
        if runs is not None:
            spread = f"{100 * runs.error_spread:.2f}"
            measured = f"{runs.mean_error:.2%} ± {spread}, {len(runs.seeds)} seeds"
        table.add_row(name, recipe.summary, f"{recipe.published_error:.2%}", measured)
    console = Console()
    console.print(table)
    console.print("Train one with: skdigits train RECIPE")
    return 0
