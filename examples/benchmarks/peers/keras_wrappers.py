"""keras.wrappers.SKLearnClassifier around a function that builds the network.

It takes flat samples only, so the CNNs reshape them themselves. It makes the labels
one-hot, so the loss is never the sparse one. Its clones lose ``fit_kwargs``, so a
search hands epochs and batch size to ``fit``. It has no ``predict_proba``: its
``decision_function`` gives the probabilities.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from keras.wrappers import SKLearnClassifier

from ._data import scale
from ._keras_network import build_network, compile_network


def describe(architecture) -> str:
    return "SKLearnClassifier(build)"


def prepare(images, labels, architecture):
    return scale(images, architecture), labels


def fit(architecture, X, y, epochs):
    estimator = SKLearnClassifier(_build, model_kwargs={"architecture": architecture})
    return estimator.fit(X, y, **_fit_parameters(architecture, epochs))


def predict(model, X) -> np.ndarray:
    return model.predict(X)


def predict_proba(model, X) -> np.ndarray:
    return model.decision_function(X)


def search(architecture, epochs, rates, hidden):
    candidates = [
        {"architecture": replace(architecture, learning_rate=rate, hidden=sizes)}
        for rate in rates
        for sizes in hidden
    ]
    estimator = SKLearnClassifier(_build, model_kwargs=candidates[0])
    return estimator, {"model_kwargs": candidates}, _fit_parameters(architecture, epochs)


def _build(X, y, architecture):
    network = build_network(architecture, flat_input=True)
    compile_network(architecture, network, "categorical_crossentropy")
    return network


def _fit_parameters(architecture, epochs) -> dict:
    return {"epochs": epochs, "batch_size": architecture.batch_size, "verbose": 0}
