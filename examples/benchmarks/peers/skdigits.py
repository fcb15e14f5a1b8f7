"""This package's classifiers, on scaled images."""

from __future__ import annotations

import numpy as np

# The classifiers load these when they are first fitted; a timing must not include it.
import scikeras.wrappers  # noqa: F401
import tensorflow  # noqa: F401

from skdigits import KerasCNNClassifier, KerasMLPClassifier

from ._architecture import POOL, Architecture
from ._data import scale


def describe(architecture: Architecture) -> str:
    return f"{type(classifier(architecture, 1)).__name__}, float32"


def classifier(architecture: Architecture, epochs: int) -> KerasCNNClassifier | KerasMLPClassifier:
    """Make the classifier of an architecture."""
    shared = {
        "hidden_layer_sizes": architecture.hidden,
        "dropout": architecture.dropout,
        "batch_normalization": architecture.batch_normalization,
        "kernel_initializer": architecture.kernel_initializer,
        "optimizer": architecture.optimizer,
        "learning_rate": architecture.learning_rate,
        "loss": architecture.loss,
        "batch_size": architecture.batch_size,
        "epochs": epochs,
    }
    if not architecture.filters:
        return KerasMLPClassifier(**shared)
    return KerasCNNClassifier(
        filters=architecture.filters,
        kernel_size=architecture.kernel_sizes,
        pool_size=POOL,
        conv_activation=architecture.conv_activation,
        conv_dropout=architecture.conv_dropout,
        **shared,
    )


def prepare(images, labels, architecture):
    return scale(images, architecture), labels


def fit(architecture, X, y, epochs):
    return classifier(architecture, epochs).fit(X, y)


def predict(model, X) -> np.ndarray:
    return model.predict(X)


def predict_proba(model, X) -> np.ndarray:
    return model.predict_proba(X)


def search(architecture, epochs, rates, hidden):
    grid = {"learning_rate": rates, "hidden_layer_sizes": hidden}
    return classifier(architecture, epochs), grid, {}
