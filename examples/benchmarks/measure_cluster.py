"""What a comparison costs on a Dask cluster: fits per second, and bytes for each.

Clusters of one and of two worker processes on this machine run the same searches in turn:
one with fits that take no time, so that only the cost of scheduling them is measured, and one with
networks that take a few seconds each. It writes ``docs/results/cluster.csv``.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from pathlib import Path

import cloudpickle
from distributed import Client, LocalCluster
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import ParameterGrid

from skdigits import KerasMLPClassifier, load_mnist
from skdigits.comparison import Contender, compare

ROOT = Path(__file__).parents[2]
N_FREE = 200
FOLDS = 3
FREE = Contender("free", DummyClassifier(), {"random_state": list(range(N_FREE))})
NETWORK = Contender(
    "network",
    KerasMLPClassifier(hidden_layer_sizes=(64, 64), epochs=10, random_state=0),
    {"learning_rate": [0.0003, 0.001, 0.003], "dropout": [0.0, 0.2]},
)


def measure(contender: Contender, n_workers: int, n_rows: int) -> float:
    """Measure the seconds of a comparison on a new cluster that has loaded what it needs."""
    X, y = load_mnist(subset="train", n_samples=n_rows, return_X_y=True, random_state=0)
    with (
        LocalCluster(
            n_workers=n_workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        first = contender._replace(grid={name: each[:1] for name, each in contender.grid.items()})
        for contenders in ([first], [contender]):
            begin = time.perf_counter()
            compare(X, y, models=contenders, folds=FOLDS, client=client, random_state=0)
            seconds = time.perf_counter() - begin
    return seconds


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000, help="training images")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    X, y = load_mnist(subset="train", n_samples=options.rows, return_X_y=True, random_state=0)
    sizes = {
        "the samples, sent once to each worker": len(cloudpickle.dumps((X, y))),
        "a fold, sent once to each worker": 8 * options.rows,
        "a fit": len(cloudpickle.dumps((NETWORK.estimator, {"learning_rate": 0.003}))),
    }
    rows = [[f"bytes of {name}", size, ""] for name, size in sizes.items()]
    for label, contender in (("fits that take no time", FREE), ("networks", NETWORK)):
        n_fits = FOLDS * len(ParameterGrid(contender.grid))
        seconds: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(options.repeats):
            for n_workers, measured in seconds.items():
                measured.append(measure(contender, n_workers, options.rows))
        one, two = (n_fits / statistics.median(measured) for measured in seconds.values())
        rows.append([f"fits per second, {label}", f"{one:.1f}", f"{two:.1f}"])
    path = ROOT / "docs" / "results" / "cluster.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    print(path.read_text("utf-8"))


if __name__ == "__main__":
    main()
