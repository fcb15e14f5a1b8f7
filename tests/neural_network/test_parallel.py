"""Searches in several processes and threads: the same results, and nothing hangs."""

from __future__ import annotations

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from .._small import both, pipeline


def threads_of_tensorflow():
    import tensorflow as tf

    return tf.config.threading.get_intra_op_parallelism_threads()


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
    with joblib.parallel_backend(backend, n_jobs=2):
        # Bit-equal convolutions are owed for an equal number of TensorFlow's threads.
        (there,) = joblib.Parallel(n_jobs=2)([joblib.delayed(threads_of_tensorflow)()])
        parallel = search_with(None, raw)(make)
    assert there == threads_of_tensorflow()
    expected = serial(make)
    for name in ("split0_test_score", "split1_test_score", "mean_test_score"):
        np.testing.assert_array_equal(parallel.cv_results_[name], expected.cv_results_[name])
    assert parallel.best_params_ == expected.best_params_
    np.testing.assert_array_equal(parallel.predict_proba(raw[0]), expected.predict_proba(raw[0]))


@both
def test_network_fitted_in_a_worker_is_bit_identical(make, raw):
    (there,) = joblib.Parallel(n_jobs=2)([joblib.delayed(pipeline(make).fit)(*raw)])
    here = pipeline(make).fit(*raw)
    np.testing.assert_array_equal(there.predict_proba(raw[0]), here.predict_proba(raw[0]))
