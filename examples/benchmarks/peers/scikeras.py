"""scikeras' KerasClassifier around a function that builds the network.

The wrapper compiles: given a compiled model it would not know that the loss wants
one-hot labels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scikeras.wrappers import KerasClassifier

from ._data import scale_to_input
from ._keras_network import build_network


def describe(architecture) -> str:
    return "KerasClassifier(model=build)"


def prepare(images, labels, architecture):
    return scale_to_input(images, architecture), labels


def fit(architecture, X, y, epochs):
    return _classifier(architecture, epochs).fit(X, y)


def predict(model, X) -> np.ndarray:
    return model.predict(X)


def predict_proba(model, X) -> np.ndarray:
    return model.predict_proba(X)


def search(architecture, epochs, rates, hidden):
    estimator = _classifier(architecture, epochs).set_params(model__hidden=architecture.hidden)
    return estimator, {"optimizer__learning_rate": rates, "model__hidden": hidden}, {}


def _build(architecture, hidden=None):
    return build_network(replace(architecture, hidden=hidden or architecture.hidden))


def _classifier(architecture, epochs) -> KerasClassifier:
    return KerasClassifier(
        model=_build,
        model__architecture=architecture,
        optimizer=architecture.optimizer,
        optimizer__learning_rate=architecture.learning_rate,
        loss=architecture.loss,
        metrics=["accuracy"],
        batch_size=architecture.batch_size,
        epochs=epochs,
        verbose=0,
    )
