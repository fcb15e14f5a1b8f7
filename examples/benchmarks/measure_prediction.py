"""Measure what predictions cost, from a new process to 10,000 images, and check the targets.

Each measurement compares this skdigits with the peers, and with another checkout if given:

    git worktree add ../before COMMIT
    python examples/benchmarks/measure_prediction.py --before ../before

measures everything into ``docs/results/prediction.json``, which takes hours. The results of each
work are written as soon as it is finished. If interrupted, run the program again and it resumes.

    python examples/benchmarks/measure_prediction.py --before ../before --work new-process

measures one work and replaces its results in the file, and

    python examples/benchmarks/measure_prediction.py --tables

measures nothing, prints the results and writes them as CSV tables for the documentation.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from compare_with_peers import FILE_WIDTH, measure_work, print_tables
from measure_recipes import processor
from peers._alternating import split_sides
from peers._machine import describe_run
from peers._prediction_works import FULL, QUICK, list_prediction_works
from peers._tables import SHORT_HEADINGS, make_rows, shorten, write_csv, write_run
from peers._targets import HEADINGS, check_targets, make_targets_table
from result_files import has_quick_results, read_results, store_result
from rich.console import Console

RESULTS = Path(__file__).parents[2] / "docs" / "results" / "prediction.json"
QUICK_RESULTS = Path(tempfile.gettempdir()) / "prediction_quick.json"
ANY_CHECKOUT = "."  # only to list the works that need one


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = list(list_prediction_works(FULL, ANY_CHECKOUT))
    parser.add_argument(
        "--before",
        type=Path,
        metavar="CHECKOUT",
        help="folder that contains skdigits/, such as of the commit before a change",
    )
    parser.add_argument(
        "--work",
        nargs="+",
        metavar="NAME",
        choices=names,
        help=f"works to measure: {', '.join(names)}",
    )
    parser.add_argument(
        "--repeats", type=int, metavar="K", help="rounds (default: 5, with --quick 1)"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help=f"results (default: {RESULTS.name})"
    )
    parser.add_argument(
        "--quick", action="store_true", help="use little data, only to check that everything runs"
    )
    parser.add_argument(
        "--tables", action="store_true", help="only write the results as CSV files"
    )
    options = parser.parse_args()
    options.repeats = options.repeats or (1 if options.quick else 5)
    options.output = options.output or (QUICK_RESULTS if options.quick else RESULTS)
    if options.before and not (options.before / "skdigits").is_dir():
        parser.error(f"{options.before} does not contain skdigits/.")
    results = read_results(options.output)
    if not options.tables and results and has_quick_results(results) != options.quick:
        parser.error(f"{options.output} holds results of another size; give another --output.")
    return options


def measure(options: argparse.Namespace, console: Console) -> None:
    """Measure the chosen works, or all that are not in the file yet."""
    before = str(options.before.resolve()) if options.before else ""
    works = list_prediction_works(QUICK if options.quick else FULL, before)
    done = read_results(options.output)
    for name in options.work or [name for name in works if name not in done]:
        if name not in works:
            console.print(f"{name}: left out, because it needs --before")
            continue
        run = describe_run(processor(), options.repeats, options.quick)
        entry = measure_work(works[name], run, console)
        entry["cases"] = {case: split_sides(sides) for case, sides in entry["cases"].items()}
        store_result(options.output, name, entry, works)
        print_tables({name: entry}, console)


def write_tables(results: dict[str, dict], path: Path) -> list[Path]:
    """Write the results and the targets as CSV files beside the JSON file."""
    tables = {
        path.with_suffix(".csv"): [
            SHORT_HEADINGS,
            *(shorten(row) for row in make_rows(results) if row.median),
        ],
        path.with_name(f"{path.stem}_targets.csv"): [HEADINGS, *check_targets(results)],
    }
    for file, table in tables.items():
        write_csv(file, table)
    return [*tables, write_run(results, path)]


def main() -> None:
    options = parse_arguments()
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    if not options.tables:
        measure(options, console)
    results = read_results(options.output)
    if options.tables:
        print_tables(results, console)
    console.print(make_targets_table(check_targets(results)))
    for path in write_tables(results, options.output):
        console.print(f"written: {path}")


if __name__ == "__main__":
    main()
