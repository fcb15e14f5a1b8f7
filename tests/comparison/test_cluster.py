"""The same comparison on a real Dask cluster, also when one of its workers is killed."""

import os
import signal
import threading
import time

import joblib
import pytest
from sklearn.model_selection import GridSearchCV

from skdigits.comparison import Contender, compare
from skdigits.comparison._workers import dask_workers

from ._digits import BAYES, NETWORK, SlowNeighbors, small_digits, table

distributed = pytest.importorskip("distributed")

SLOW = Contender("slow", SlowNeighbors(), {"n_neighbors": [1, 2, 3, 4, 5, 6]})


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _compare(**changes):
    X, y, X_test, y_test = small_digits()
    arguments = {"models": [SLOW, BAYES], "folds": 2, "random_state": 0}
    return compare(X, y, X_test=X_test, y_test=y_test, **arguments | changes)


def test_a_cluster_gives_the_same_table(client):
    models = [BAYES, NETWORK]
    assert table(_compare(client=client, models=models)) == table(_compare(models=models))


def test_a_killed_worker_costs_only_what_it_was_working_on(client, tmp_path):
    def kill_one():
        while len(list(tmp_path.glob("fits/*.json"))) < 2:
            time.sleep(0.02)
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    report = _compare(client=client, folder=tmp_path)
    killer.join()
    assert len(list(tmp_path.glob("fits/*.json"))) == 16
    assert report.failures == {}
    assert table(report) == table(_compare())


def test_samples_outlive_the_workers_that_have_them(client):
    with dask_workers(client, [1, 2, 3]) as workers:
        assert workers.executor.submit(sum, workers.samples).result() == 6
        for process in client.run(os.getpid).values():
            os.kill(process, signal.SIGKILL)
        assert workers.executor.submit(sum, workers.samples).result(timeout=60) == 6


def test_a_plain_grid_search_runs_on_the_cluster_too(client):
    X, y, *_ = small_digits()
    search = GridSearchCV(NETWORK.estimator, NETWORK.grid, cv=2)
    with joblib.parallel_config(backend="dask", n_jobs=2):
        search.fit(X, y)
    assert search.best_score_ > 0.5
