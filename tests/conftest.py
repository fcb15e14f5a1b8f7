"""What several test files share: small digits, and networks fitted once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, MNISTNormalizer, load_mnist

from ._pages import write
from ._small import cnn, mlp, pipeline


@pytest.fixture(scope="session", autouse=True)
def _signals_as_in_a_terminal():
    """Undo, for child processes too, what nohup and a shell's background job have ignored."""
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler)}
    for name in ("SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            before[number] = signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _digits():
    X, y = load_digits(return_X_y=True)
    return X[:300], y[:300]


@pytest.fixture(scope="session")
def raw():
    """Give 300 digits of 8x8 pixels in [0, 16], about 30 of each class."""
    return _digits()


@pytest.fixture(scope="session")
def digits():
    """Give the same, scaled to [0, 1]."""
    X, y = _digits()
    return X / 16, y


@pytest.fixture(scope="session")
def two(raw):
    """Give the zeros and ones among them."""
    X, y = raw
    return X[y < 2], y[y < 2]


@pytest.fixture(scope="session", params=[mlp, cnn])
def fitted(request, raw):
    """Give a fitted Pipeline of each classifier, not to be changed."""
    return pipeline(request.param, epochs=8).fit(*raw)


def _framed(outliers=None, **parameters):
    X, y = load_mnist(subset="train", n_samples=2000, return_X_y=True, random_state=0)
    if outliers is not None:
        y[y == outliers] = -1
    classifier = mlp(epochs=6, batch_size=64, **parameters)
    return make_pipeline(MNISTNormalizer(), ImageScaler(), classifier).fit(X, y)


@pytest.fixture(scope="session")
def framed_mlp():
    """Give a Pipeline that takes pictures of any size, fitted to MNIST; not to be changed."""
    return _framed()


@pytest.fixture(scope="session")
def without_ones():
    """Give the same, to which a 1 is no digit."""
    return _framed(outliers=1, outlier_label=-1)


@pytest.fixture(scope="session")
def written():
    """Give pictures of dark ink on paper by what is written on them."""
    return {text: write(text) for text in ("7", "2", "41\n0")}


@pytest.fixture(scope="session")
def run_python():
    """Give a function that runs a program in a process of its own and returns its output."""

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *map(str, arguments)], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    return run
