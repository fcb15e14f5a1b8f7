"""Compare skdigits with Keras, scikeras, keras.wrappers, skorch, PyTorch and scikit-learn.

Every implementation runs in its own process, and they take turns, so that other load on the
machine affects all of them. The results of each work, which is one benchmark, are written as soon
as it is finished. If interrupted, run the program again and it resumes.

    python examples/benchmarks/compare_with_peers.py

measures everything into ``docs/results/speed.json``, which takes hours;

    python examples/benchmarks/compare_with_peers.py --work epoch-mlm-mlp search-18

measures two works and replaces their results in the file;

    python examples/benchmarks/compare_with_peers.py --tables

measures nothing, prints the results and writes them as CSV tables for the documentation.
See README.md in this folder for a list of the works.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from measure_recipes import processor
from peers._machine import describe_run, list_versions
from peers._rounds import measure_case
from peers._tables import make_rows, make_table, write_csv_files, write_run
from peers._work import Work
from peers._works import FULL_SIZES, QUICK_SIZES, Sizes, list_works
from result_files import has_quick_results, read_results, store_result
from rich.console import Console

RESULTS = Path(__file__).parents[2] / "docs" / "results" / "speed.json"
FILE_WIDTH = 160
QUICK_RESULTS = Path(tempfile.gettempdir()) / "speed_quick.json"


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = list(list_works(FULL_SIZES))
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
        "--full", action="store_true", help="in grow-n, also give Keras 600,000 images"
    )
    parser.add_argument(
        "--minute-rows", type=int, metavar="N", help="images of search-minute (default: 60,000)"
    )
    parser.add_argument(
        "--tables", action="store_true", help="only write the results as CSV files"
    )
    options = parser.parse_args()
    options.repeats = options.repeats or (1 if options.quick else 5)
    options.output = options.output or (QUICK_RESULTS if options.quick else RESULTS)
    results = read_results(options.output)
    if not options.tables and results and has_quick_results(results) != options.quick:
        parser.error(f"{options.output} holds results of another size; give another --output.")
    return options


def choose_sizes(options: argparse.Namespace) -> Sizes:
    """Say how much to measure."""
    sizes = QUICK_SIZES if options.quick else FULL_SIZES
    if options.full:
        sizes = replace(sizes, keras_rows_at_most=max(sizes.grow_rows))
    if options.minute_rows:
        sizes = replace(sizes, minute_rows=options.minute_rows)
    return sizes


def measure_work(work: Work, run: dict, console: Console) -> dict:
    """Measure all cases of a work."""
    console.print(f"[bold]{work.name}[/bold]: {work.title}")
    cases = {}
    for case in work.cases:
        if case.label:
            console.print(f" {case.label}")
        patience = 1.0 if run["quick"] else 60.0
        cases[case.label] = measure_case(case, run["repeats"], console.print, patience)
    return {"title": work.title, "run": run, "cases": cases}


def print_tables(results: dict[str, dict], console: Console) -> None:
    """Print a table a work, with the run that it comes from."""
    for name, entry in results.items():
        run = entry["run"]
        console.print()
        console.print(make_table(make_rows({name: entry}), f"{name}: {entry['title']}"))
        console.print(
            f"{run['date']}, {run['machine']}, {run['system']}, load average "
            f"{run['load_average']} at the start, at most {run['repeats']} rounds; "
            f"{list_versions(run)}"
        )


def main() -> None:
    options = parse_arguments()
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    if options.tables:
        results = read_results(options.output)
        print_tables(results, console)
        written = [*write_csv_files(results, options.output), write_run(results, options.output)]
        for path in written:
            console.print(f"written: {path}")
        return
    works = list_works(choose_sizes(options))
    done = read_results(options.output)
    chosen = options.work or [name for name in works if name not in done]
    for name in chosen:
        run = describe_run(processor(), options.repeats, options.quick)
        entry = measure_work(works[name], run, console)
        store_result(options.output, name, entry, works)
        print_tables({name: entry}, console)
    console.print(f"{len(chosen)} works measured; the results are in {options.output}")


if __name__ == "__main__":
    main()
