"""scikit-learn's own MLPClassifier; it has Adam but no RMSprop, and no convolutions."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from ._data import scale
from ._failures import NotApplicableError


def describe(architecture) -> str:
    missing = "" if architecture.optimizer == "adam" else f" in place of {architecture.optimizer}"
    return f"MLPClassifier, adam{missing}"


def prepare(images, labels, architecture):
    if architecture.filters or architecture.dropout or architecture.batch_normalization:
        raise NotApplicableError(
            "scikit-learn has neither convolutions nor dropout nor batch normalization"
        )
    return scale(images, architecture), labels


def fit(architecture, X, y, epochs):
    classifier = MLPClassifier(
        architecture.hidden,
        solver="adam",
        alpha=0.0,
        batch_size=architecture.batch_size,
        learning_rate_init=architecture.learning_rate,
        max_iter=epochs,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return classifier.fit(X, y)


def predict(model, X) -> np.ndarray:
    return model.predict(X)


def predict_proba(model, X) -> np.ndarray:
    return model.predict_proba(X)
