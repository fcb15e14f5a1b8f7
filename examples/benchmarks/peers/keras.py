"""Plain Keras: Sequential, compile, Model.fit, Model.predict."""

from __future__ import annotations

import keras
import numpy as np

from ._data import scale_to_input
from ._keras_network import build_network, compile_network


def describe(architecture) -> str:
    return "a new model: compile, Model.fit"


def prepare(images, labels, architecture):
    one_hot = architecture.loss == "categorical_crossentropy"
    y = keras.utils.to_categorical(labels) if one_hot else labels
    return scale_to_input(images, architecture), y


def fit(architecture, X, y, epochs):
    network = build_network(architecture)
    compile_network(architecture, network, architecture.loss)
    network.fit(X, y, batch_size=architecture.batch_size, epochs=epochs, verbose=0)
    return network


def predict(model, X) -> np.ndarray:
    return predict_proba(model, X).argmax(axis=1)


def predict_proba(model, X) -> np.ndarray:
    return model.predict(X, verbose=0)
