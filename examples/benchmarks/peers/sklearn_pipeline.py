"""scikit-learn's MinMaxScaler and MLPClassifier in a Pipeline, on the images as they are."""

from __future__ import annotations

from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler

from .skdigits_pipeline import prepare
from .sklearn import predict, predict_proba

__all__ = ["describe", "fit", "predict", "predict_proba", "prepare"]


def describe(architecture) -> str:
    return "MinMaxScaler and MLPClassifier((64, 64)), uint8"


def fit(architecture, X, y, epochs) -> Pipeline:
    return make_pipeline(MinMaxScaler(), MLPClassifier((64, 64), max_iter=10)).fit(X, y)
