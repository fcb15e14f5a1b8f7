"""``skdigits compare``: who wins on these digits."""

from __future__ import annotations

import argparse
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._arguments import check_train_size, whole_number, writable_folder
from ._files import write_whole

if TYPE_CHECKING:
    from rich.console import Console

    from ..comparison import ComparisonReport, ModelResult

_DEFAULT_TRAIN_SIZE = 5_000
_DEFAULT_OUTPUT = "skdigits-comparison"


def add_parser(commands: Any) -> None:
    """Describe the command's arguments.

    Parameters
    ----------
    commands : argparse subparsers
        The parser to add to.
    """
    parser = commands.add_parser(
        "compare",
        help="compare Keras networks with classic baselines on MNIST",
        description="Search the best parameters of each model on the same folds of a sample of "
        "MNIST's training images, then score each once on the 10,000 test images.",
    )
    parser.add_argument(
        "--models",
        metavar="A,B,C",
        type=_names,
        help="models to compare, separated by commas; a wrong name lists them all",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--train-size",
        metavar="N",
        type=whole_number(100),
        default=_DEFAULT_TRAIN_SIZE,
        help="training images, a stratified sample (default: %(default)s)",
    )
    size.add_argument("--full", action="store_true", help="all 60,000 training images")
    parser.add_argument(
        "--folds", metavar="K", type=whole_number(2), default=3, help="folds (default: 3)"
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=whole_number(1),
        default=os.cpu_count() or 1,
        help="processes that search a classic model (default: one a core)",
    )
    parser.add_argument(
        "--seed", metavar="S", type=whole_number(0), default=0, help="seed (default: 0)"
    )
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        type=writable_folder,
        default=_DEFAULT_OUTPUT,
        help="folder for results.csv, report.md and best.joblib (default: ./%(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare, print the table and save the winner.

    Parameters
    ----------
    options : argparse.Namespace
        The parsed arguments.

    Returns
    -------
    status : int
        0.
    """
    from rich.console import Console

    from ._tensorflow import load_quietly

    console = Console(quiet=options.quiet)
    start = time.perf_counter()
    with console.status("Loading TensorFlow"):
        load_quietly()
    from ..comparison import compare
    from ..comparison._models import DEFAULT_MODELS
    from ..datasets import load_mnist

    n_samples = None if options.full else options.train_size
    check_train_size(n_samples)
    X, y = load_mnist(
        subset="train", n_samples=n_samples, return_X_y=True, random_state=options.seed
    )
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    models = options.models or DEFAULT_MODELS
    console.print(f"{len(models)} models, {len(X):,} training images, {options.folds} folds")
    with _Progress(console, len(models)) as progress:
        report = compare(
            X,
            y,
            X_test=X_test,
            y_test=y_test,
            models=models,
            folds=options.folds,
            n_jobs=options.jobs,
            random_state=options.seed,
            progress=progress,
        )
    _print_table(console, report)
    _save(report, options.output)
    console.print(f"Saved in {options.output}: best.joblib, results.csv, report.md", markup=False)
    console.print(f"Took {time.perf_counter() - start:.0f} s")
    return 0


def _names(text: str) -> list[str]:
    """Split model names and refuse a wrong one, before anything is loaded."""
    from ..comparison import model_names

    names = [name.strip() for name in text.split(",") if name.strip()]
    wrong = [name for name in names if name not in model_names()]
    if wrong or not names or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(
            f"{', '.join(wrong) or text!r} names no model or names one twice; "
            f"the models are: {', '.join(model_names())}"
        )
    return names


class _Progress:
    """Shows which model is searched, and each result as it comes.

    Parameters
    ----------
    console : rich.console.Console
        Where to show it; a live line on a terminal only.
    n_models : int
        Number of models.
    """

    def __init__(self, console: Console, n_models: int) -> None:
        self._console = console
        self._n_models = n_models
        self._n_done = 0
        self._start = 0.0
        self._status = console.status("")

    def __enter__(self) -> _Progress:
        """Start the live line."""
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the live line away."""
        self._status.stop()

    def __call__(self, name: str, n_candidates: int, result: ModelResult | None) -> None:
        """Show a model that starts, or its result."""
        where = f"[{self._n_done + 1}/{self._n_models}] {name}"
        if result is None:
            self._start = time.perf_counter()
            self._status.update(f"{where}: {n_candidates} candidates")
            return
        self._n_done += 1
        seconds = time.perf_counter() - self._start
        self._console.print(
            f"{where}: {n_candidates} candidates, best {result.cv_mean:.2%} in {seconds:.0f} s",
            markup=False,
            highlight=False,
        )


def _print_table(console: Console, report: ComparisonReport) -> None:
    """Print the results, the winner first."""
    from rich.table import Table

    # The parameters go below: beside the figures they would not fit a terminal's width.
    *titles, parameters = report.titles
    table = Table(title="Best cross-validated accuracy first")
    for i, title in enumerate(titles):
        table.add_column(title, no_wrap=True, justify="right" if i else "left")
    for i, row in enumerate(report.rows()):
        table.add_row(*row[:-1], style="bold" if i == 0 else None)
    console.print(table)
    console.print(parameters.capitalize())
    for name, *_, spelled in report.rows():
        console.print(f"  {name}: {spelled or 'none to choose'}", markup=False, highlight=False)


def _save(report: ComparisonReport, folder: Path) -> None:
    """Write the winner and the tables; each file is whole or not there."""
    import joblib

    best = report.best_estimator_
    write_whole(folder / "best.joblib", lambda path: joblib.dump(best, path, compress=3))
    for name, text in (("results.csv", report.to_csv()), ("report.md", report.to_markdown())):
        write_whole(folder / name, partial(Path.write_text, data=text, encoding="utf-8"))
