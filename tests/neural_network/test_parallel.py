"""Searches in several processes and threads: the same results, and nothing hangs."""

from __future__ import annotations

import os

import joblib
import keras
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from .._small import both, mlp, pipeline


@pytest.fixture(scope="module")
def serial(raw):
    """Give a function that searches in this process, once for each classifier."""
    return search_with(1, raw)


def search_with(n_jobs, raw):
    found = {}

    def search(make):
        if make not in found:
            name = pipeline(make).steps[-1][0]
            grid = {f"{name}__learning_rate": [0.003, 0.01], f"{name}__dropout": [0.0, 0.2]}
            classifier = pipeline(make, augmentation="light")
            found[make] = GridSearchCV(classifier, grid, cv=2, n_jobs=n_jobs).fit(*raw)
        return found[make]

    return search


@both
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_parallel_search_gives_what_the_serial_gives(backend, make, raw, serial):
    # Bit-equal convolutions are owed for an equal number of TensorFlow's threads.
    share = {"inner_max_num_threads": joblib.cpu_count()} if backend == "loky" else {}
    with joblib.parallel_config(backend, n_jobs=2, **share):
        parallel = search_with(None, raw)(make)
    expected = serial(make)
    for name in ("split0_test_score", "split1_test_score", "mean_test_score"):
        np.testing.assert_array_equal(parallel.cv_results_[name], expected.cv_results_[name])
    assert parallel.best_params_ == expected.best_params_
    np.testing.assert_array_equal(parallel.predict_proba(raw[0]), expected.predict_proba(raw[0]))


@both
def test_network_fitted_in_a_worker_is_bit_identical(make, raw):
    with joblib.parallel_config("loky", inner_max_num_threads=joblib.cpu_count()):
        (there,) = joblib.Parallel(n_jobs=2)([joblib.delayed(pipeline(make).fit)(*raw)])
    here = pipeline(make).fit(*raw)
    np.testing.assert_array_equal(there.predict_proba(raw[0]), here.predict_proba(raw[0]))


def fit_and_count_threads(estimator, X, y):
    import tensorflow as tf

    estimator.fit(X, y)
    threading = tf.config.threading
    return [
        threading.get_intra_op_parallelism_threads(),
        threading.get_inter_op_parallelism_threads(),
        os.environ.get("TF_NUM_INTRAOP_THREADS"),
    ]


@pytest.mark.parametrize("threads", [1, 3])
def test_workers_keep_tensorflow_to_their_share_of_cores(threads, raw):
    before = fit_and_count_threads(pipeline(mlp), *raw)
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=threads):
        counts = joblib.Parallel()(
            joblib.delayed(fit_and_count_threads)(pipeline(mlp), *raw) for _ in range(2)
        )
    assert counts == [[threads, threads, None]] * 2
    assert fit_and_count_threads(pipeline(mlp), *raw) == before == [0, 0, None]


def test_workers_keep_to_their_share_with_an_optimiser_object_too(raw):
    classifier = pipeline(mlp, optimizer=keras.optimizers.SGD(0.1), learning_rate=None)
    # A number of threads of its own, so that joblib starts new workers.
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=4):
        (counts,) = joblib.Parallel()([joblib.delayed(fit_and_count_threads)(classifier, *raw)])
    assert counts == [4, 4, None]


def test_callers_own_setting_of_tensorflow_is_kept(raw, monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "2")
    # A number of its own, so that joblib starts new workers, which see the variable.
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=5):
        (counts,) = joblib.Parallel()([joblib.delayed(fit_and_count_threads)(pipeline(mlp), *raw)])
    assert counts == [0, 0, "2"]
