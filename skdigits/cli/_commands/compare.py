"""``skdigits compare``: compare Keras networks with classic baselines."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..._optional import import_optional
from ..._plurals import counted
from .._arguments import whole_number, writable_folder
from .._data_options import add_data_options
from .._dataset import load_data
from .._streams import make_console

if TYPE_CHECKING:
    from rich.console import Console

    from ...comparison import ComparisonReport

_DEFAULT_TRAIN_SIZE = 10_000
_DEFAULT_OUTPUT = "skdigits-comparison"
_SHOWN = ("model", "cv accuracy", "test error", "fit", "predict 1,000")


def add_parser(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "compare",
        help="compare Keras networks with classic baselines on MNIST or on images of your own",
        description="Search for the best parameters of each model on the same folds of MNIST's "
        "training images, or of the images of --data, then score each model once on the test "
        "images.",
    )
    parser.add_argument(
        "--models",
        metavar="A,B,C",
        type=_names,
        help="models to compare, separated by commas; an unknown name prints the list",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--train-size",
        metavar="N",
        type=whole_number(100),
        help="size of a stratified sample of the training images (default: "
        f"{_DEFAULT_TRAIN_SIZE:,}, or all if there are fewer)",
    )
    size.add_argument("--full", action="store_true", help="use all training images")
    parser.add_argument(
        "--folds",
        metavar="K",
        type=whole_number(2),
        default=3,
        help="number of folds (default: %(default)s)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=whole_number(1),
        default=-1,
        help="number of processes, each of which computes on one core (default: one per core)",
    )
    parser.add_argument(
        "--search",
        choices=("grid", "halving", "random"),
        default="grid",
        help="grid: score every candidate on all images; halving: score all on few images and "
        "the better ones on more; random: score some, sampled at random (default: %(default)s)",
    )
    parser.add_argument(
        "--candidates",
        metavar="N",
        type=whole_number(1),
        default=10,
        help="maximum number of candidates in a random search (default: %(default)s)",
    )
    parser.add_argument(
        "--time-limit",
        metavar="SECONDS",
        type=whole_number(1),
        help="seconds of computation for the search of each model (default: no limit)",
    )
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        type=_scheduler,
        help="scheduler of a Dask cluster, such as tcp://host:8786",
    )
    parser.add_argument(
        "--seed",
        metavar="S",
        type=whole_number(0),
        default=0,
        help="random seed (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        type=writable_folder,
        default=_DEFAULT_OUTPUT,
        help="folder for the report, the winner and every finished fit. Reuse the folder to "
        "resume; only reuse a folder that you trust (default: ./%(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="print only errors")
    add_data_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare, save the report and print the table."""
    from ...comparison import compare
    from ...comparison._models import DEFAULT_MODELS
    from .._progress import watch

    console = make_console(quiet=options.quiet)
    start = time.perf_counter()
    at_most = None if options.full else _DEFAULT_TRAIN_SIZE
    dataset = load_data(options, options.train_size, at_most=at_most)
    models = options.models or DEFAULT_MODELS
    n_images = len(dataset.X)
    if options.data is not None:
        console.print(dataset.describe(), markup=False, soft_wrap=True)
    console.print(
        f"{counted(len(models), 'model')}, {n_images:,} training images, {options.folds} folds"
    )
    with _explain_resuming(console), _damage_in_one_line():
        # Some versions of rich allow a console only one live display at a time.
        with _connected(options.dask) as client, watch(console) as progress:
            report = compare(
                dataset.X,
                dataset.y,
                X_test=dataset.X_test,
                y_test=dataset.y_test,
                models=models,
                folds=options.folds,
                search=options.search,
                n_candidates=options.candidates,
                time_limit=options.time_limit,
                folder=options.output,
                n_jobs=options.jobs,
                client=client,
                random_state=options.seed,
                data_range=dataset.data_range,
                dataset=dataset.name,
                test_dataset=dataset.test_name,
                progress=progress,
            )
        with console.status("Writing the report"):
            report.save(options.output)
    _print_table(console, report)
    console.print(f"Saved in {options.output}: report.html, best.joblib and more", markup=False)
    console.print(f"Took {time.perf_counter() - start:.0f} s")
    return 0


@contextmanager
def _explain_resuming(console: Console) -> Iterator[None]:
    """Say how to resume after Ctrl-C or another signal."""
    try:
        yield
    except KeyboardInterrupt:
        console.print("Run the same command again to resume.")
        raise


@contextmanager
def _damage_in_one_line() -> Iterator[None]:
    """Show the warning about damaged files as one line, without a place in the code."""
    from ...comparison._folder import DamagedFolderWarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **rest: Any) -> None:
        if issubclass(category, DamagedFolderWarning):
            print(f"skdigits: {message}", file=sys.stderr)  # noqa: T201
        else:
            show_as_python_does(message, category, *place, **rest)

    with warnings.catch_warnings():
        show_as_python_does, warnings.showwarning = warnings.showwarning, show
        yield


@contextmanager
def _connected(address: str | None) -> Iterator[Any]:
    """Connect to a Dask cluster, if the user named one."""
    if address is None:
        yield None
        return
    from distributed import Client

    with Client(address) as client:
        yield client


def _scheduler(address: str) -> str:
    """Refuse a cluster before any work is done if its library is not installed."""
    try:
        import_optional("distributed", extra="dask", purpose="compare --dask")
    except ImportError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return address


def _names(text: str) -> list[str]:
    """Split model names, and refuse unknown ones before any work is done."""
    from ...comparison._models import find_contenders

    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        find_contenders(names, random_state=None)
    except (ImportError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return names


def _print_table(console: Console, report: ComparisonReport) -> None:
    """Print the results, the winner first, and what they mean."""
    from rich.table import Table

    from ...comparison._report import FRONTIER_NOTE

    table = Table(title="Best cross-validated accuracy first")
    # The report has more columns; a terminal is too narrow for all of them.
    shown = [report.titles.index(title) for title in _SHOWN]
    for i in shown:
        table.add_column(report.titles[i], no_wrap=True, justify="right" if i else "left")
    for n, row in enumerate(report.rows()):
        table.add_row(*(row[i] for i in shown), style=None if n else "bold")
    console.print(table)
    console.print(FRONTIER_NOTE)
    for statement in report.statements:
        console.print(statement, markup=False, highlight=False)
    for name, reasons in report.failures.items():
        for reason in reasons:
            console.print(f"{name}: {reason}", markup=False, highlight=False)
