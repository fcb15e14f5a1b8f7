"""Classifiers small enough to be trained in every test."""

from __future__ import annotations

import pytest
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, KerasCNNClassifier, KerasMLPClassifier

MLP = {"hidden_layer_sizes": (24,)}
CNN = {"filters": (6,), "hidden_layer_sizes": (16,)}
TRAINING = {"learning_rate": 0.01, "epochs": 3, "random_state": 0}


def mlp(**parameters):
    return KerasMLPClassifier(**(MLP | TRAINING | parameters))


def cnn(**parameters):
    return KerasCNNClassifier(**(CNN | TRAINING | parameters))


def pipeline(make, **parameters):
    return make_pipeline(ImageScaler(data_range=(0, 16)), make(**parameters))


def figures(classifier):
    """Give the history without the durations, which differ from fit to fit."""
    return {name: values for name, values in classifier.history_.items() if name != "seconds"}


both = pytest.mark.parametrize("make", [mlp, cnn])
