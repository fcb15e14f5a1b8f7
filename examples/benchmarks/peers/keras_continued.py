"""Plain Keras, fitting the same model again: what it traced the first time is not counted."""

from __future__ import annotations

import functools

import keras

from ._keras_network import build_network, compile_network
from .keras import prepare

__all__ = ["describe", "fit", "prepare"]


def describe(architecture) -> str:
    return "Model.fit again on the same model, traced before"


def fit(architecture, X, y, epochs):
    network = _network(architecture)
    network.fit(X, y, batch_size=architecture.batch_size, epochs=epochs, verbose=0)
    return network


@functools.cache
def _network(architecture) -> keras.Sequential:
    network = build_network(architecture)
    compile_network(architecture, network, architecture.loss)
    return network
