"""Small digits and cheap contenders that the tests of comparison share."""

from __future__ import annotations

import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from skdigits import KerasMLPClassifier
from skdigits.comparison import Contender


def small_digits():
    """Give 300 digits of 8x8 pixels to train on and 150 to test on."""
    X, y = load_digits(return_X_y=True)
    return X[:300], y[:300], X[300:450], y[300:450]


NEIGHBOURS = Contender("neighbours", KNeighborsClassifier(), {"n_neighbors": [1, 3, 5]})
BAYES = Contender("bayes", GaussianNB(), {"var_smoothing": [1e-9, 1e-2]})
NETWORK = Contender(
    "network",
    KerasMLPClassifier(
        hidden_layer_sizes=(16,), batch_size=16, epochs=4, learning_rate=0.01, random_state=0
    ),
    {"dropout": [0.0, 0.2]},
)


class SlowNeighbors(KNeighborsClassifier):
    """Takes its time, so that a run can be caught in the middle."""

    def fit(self, X, y):
        """Fit after a while."""
        time.sleep(0.3)
        return super().fit(X, y)


class FailingNeighbors(KNeighborsClassifier):
    """Fails with three neighbours."""

    def fit(self, X, y):
        """Fit, but not with three neighbours."""
        if self.n_neighbors == 3:
            raise ValueError("three is a crowd\nand more on the next line")
        return super().fit(X, y)


class ForgetfulNeighbors(KNeighborsClassifier):
    """Keeps of its training less than the report draws, and takes no more than 200 samples."""

    def fit(self, X, y):
        """Fit, but not with all samples."""
        if len(X) > 200:
            raise MemoryError("too many")
        self.history_ = {"loss": [0.5]}
        return super().fit(X, y)


def table(report):
    """Give all of a report that no clock has touched."""
    clocks = {"fit_time", "predict_time", "predict_one_time", "on_frontier", "size"}
    return [
        {name: value for name, value in row.items() if name not in clocks}
        for row in report.to_frame().replace({np.nan: None}).to_dict("records")
    ]
