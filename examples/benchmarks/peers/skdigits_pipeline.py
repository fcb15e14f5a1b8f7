"""This package's scaler and classifier in a Pipeline, on the images as they are."""

from __future__ import annotations

from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler

from .skdigits import classifier, predict, predict_proba

__all__ = ["describe", "fit", "predict", "predict_proba", "prepare"]


def describe(architecture) -> str:
    return f"ImageScaler and {type(classifier(architecture, 1)).__name__}, uint8"


def prepare(images, labels, architecture):
    return images, labels


def fit(architecture, X, y, epochs):
    scaler = ImageScaler(feature_range=architecture.feature_range)
    return make_pipeline(scaler, classifier(architecture, epochs)).fit(X, y)
