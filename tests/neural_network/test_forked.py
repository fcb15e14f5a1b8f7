"""A forked child predicts; where it would wait for TensorFlow's threads it says so instead."""

from __future__ import annotations

import os
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks as POSIX does")

PARENT = """
import os, signal, sys
import multiprocessing
import joblib
import numpy as np
from sklearn.datasets import load_digits

def in_child(task, seconds=60):
    '''Run a task in a forked child and return what it returned, or its error.'''
    # A thread of TensorFlow's or of OpenMP that the child lacks must not matter.
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(seconds)
        try:
            said = repr(task())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    assert status == 0, f"the child ended with {status}"
    return said

X, y = load_digits(return_X_y=True)
X = X / 16
"""

LOADED = """
model = joblib.load(sys.argv[1])
before = model.decision_function(X) if sys.argv[2] == "used" else None
found = in_child(lambda: joblib.hash(model.decision_function(X)))
assert found == repr(joblib.hash(model.decision_function(X))), found
# A child whose parent has not loaded TensorFlow may train.
assert in_child(lambda: type(model.fit(X[:100], y[:100])).__name__).startswith("'Keras")
assert "tensorflow" not in sys.modules
"""

FITTED = """
from skdigits import KerasMLPClassifier
model = KerasMLPClassifier(epochs=1, random_state=0).fit(X, y)
if sys.argv[2] == "shared":
    model.model_
if sys.argv[2] != "fresh":
    model.predict(X)
found = in_child(lambda: joblib.hash(model.decision_function(X)))
assert found == repr(joblib.hash(model.decision_function(X))), found
for train in (model.fit, model.partial_fit):
    said = in_child(lambda: train(X, y))
    assert said.startswith("ForkedProcessError: "), said
    assert "spawn" in said
said = in_child(lambda: KerasMLPClassifier().fit(X, y))
assert said.startswith("ForkedProcessError: "), said
model.partial_fit(X, y)
"""

BY_TENSORFLOW = """
import keras
from skdigits import BaseKerasClassifier

class Cubic(BaseKerasClassifier):
    def _build_network(self, input_shape, n_classes):
        inputs = keras.Input(input_shape)
        return keras.Model(inputs, keras.layers.Dense(n_classes)(inputs ** 3))

model = Cubic(epochs=1).fit(X, y)
for _ in range(2):
    said = in_child(lambda: model.predict(X))
    assert said.startswith("ForkedProcessError: "), said
    model.predict(X)
"""

EXITS = """
import os, pathlib, sys, time
import joblib

model, X = joblib.load(sys.argv[1]), __import__("numpy").zeros((int(sys.argv[2]), 64))
model.predict(X)
assert "ORT_DISABLE_TELEMETRY" not in os.environ
for _ in range(3):
    child = os.fork()
    if child == 0:
        model.predict(X)
        sys.exit(0)
    begin = time.monotonic()
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        assert time.monotonic() - begin < 30, "the child does not end"
        time.sleep(0.01)
    assert status == 0, status
assert not [*pathlib.Path.home().iterdir()]
"""

BY_OTHERS = """
import keras
import skdigits
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(X, y, verbose=0)
said = in_child(lambda: skdigits.KerasMLPClassifier(epochs=1).fit(X, y))
assert said.startswith("ForkedProcessError: "), said
"""

POOL = """
model = joblib.load(sys.argv[1])
expected = model.predict(X)
def predict(i):
    return (model.predict(X) == expected).all()
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert all(pool.map(predict, range(8), chunksize=1))
"""


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    import joblib
    from sklearn.datasets import load_digits

    from skdigits import KerasCNNClassifier

    X, y = load_digits(return_X_y=True)
    path = tmp_path_factory.mktemp("forked") / "model.joblib"
    joblib.dump(KerasCNNClassifier(filters=4, epochs=1, random_state=0).fit(X / 16, y), path)
    return path


@pytest.mark.parametrize("state", ["used", "unused"])
def test_a_child_predicts_with_what_its_parent_has_loaded(state, fitted, run_python):
    run_python("-W", "ignore", "-c", PARENT + LOADED, fitted, state)


@pytest.mark.parametrize("state", ["fresh", "used", "shared"])
def test_a_child_predicts_with_what_its_parent_has_trained(state, fitted, run_python):
    run_python("-W", "ignore", "-c", PARENT + FITTED, fitted, state)


def test_a_child_is_told_where_it_would_need_tensorflow(fitted, run_python):
    run_python("-W", "ignore", "-c", PARENT + BY_TENSORFLOW, fitted)


@pytest.mark.parametrize("n_rows", [1, 3000])
def test_a_child_ends_and_nothing_is_collected(n_rows, fitted, run_python, monkeypatch, tmp_path):
    # Where it is set, ONNX Runtime's telemetry is off.
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    run_python("-W", "ignore", "-c", EXITS, fitted, n_rows)


def test_a_child_is_told_too_if_another_library_has_loaded_tensorflow(run_python):
    run_python("-W", "ignore", "-c", PARENT + BY_OTHERS)


def test_forked_workers_of_a_pool_predict(fitted, run_python):
    run_python("-W", "ignore", "-c", PARENT + POOL, fitted)


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads as Linux does")
def test_a_worker_keeps_to_its_share_of_cores(fitted, run_python, monkeypatch):
    program = """
import sys, threading
import joblib
import numpy as np
model = joblib.load(sys.argv[1])
X = np.random.RandomState(0).rand(20_000, 64)
seen = []
real = threading.Thread.start
def start(thread):
    seen.append(thread.name)
    real(thread)
threading.Thread.start = start
model.predict(X)
print(sum("ThreadPool" in name for name in seen))
"""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert run_python("-c", program, fitted).strip() == "0"
