"""
Compare models on a Dask cluster
================================

Run it without arguments to start a cluster of two processes on this machine, or with the address
of a scheduler: ``python distributed_search.py tcp://scheduler:8786``.
"""

from __future__ import annotations

import sys

from distributed import Client, LocalCluster

from skdigits import compare, load_mnist


def main(address: str | None = None) -> None:
    """Compare three models and print the table."""
    X, y = load_mnist(subset="train", n_samples=1_000, return_X_y=True, random_state=0)
    X_test, y_test = load_mnist(subset="test", n_samples=1_000, return_X_y=True, random_state=0)
    if address is None:
        cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
        client = Client(cluster)
    else:
        client = Client(address)
    with client:
        report = compare(
            X,
            y,
            X_test=X_test,
            y_test=y_test,
            models=["keras-mlp", "knn", "logistic-regression"],
            client=client,
            random_state=0,
            progress=lambda event: print(f"{event.model}: {event.n_done} of {event.n_total}"),
        )
    print(report.to_markdown())


# Dask's processes import this file. Without this line each would start its own cluster.
if __name__ == "__main__":
    main(*sys.argv[1:])
