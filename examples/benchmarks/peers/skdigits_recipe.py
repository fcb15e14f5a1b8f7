"""A recipe of this package, or a published one with the package's own schedule."""

from __future__ import annotations

from typing import Any

import keras

from skdigits import BaseKerasClassifier, make_recipe

from .skdigits import predict, predict_proba, prepare

__all__ = ["describe", "fit", "predict", "predict_proba", "prepare"]

#: What differs from the published training; chosen on training images by try_classifier.py.
#: The network stays.
SOONER: dict[str, dict[str, Any]] = {
    "askpython-cnn": {"epochs": 4, "batch_size": 128, "learning_rate": 0.004},
    "levelup-mlp": {"epochs": 3, "batch_size": 64, "learning_rate": 0.006},
    "keras-mlp-512": {"epochs": 3, "batch_size": 256, "learning_rate": 0.006},
    "mlm-mlp": {"epochs": 4, "batch_size": 200, "learning_rate": 0.005},
    "mlm-cnn": {"epochs": 4, "batch_size": 200, "learning_rate": 0.006},
    "mlm-cnn-large": {"epochs": 6, "batch_size": 128, "learning_rate": 0.004},
}


def describe(architecture) -> str:
    return "the package's own schedule"


def sooner(recipe: str) -> BaseKerasClassifier:
    """Make the classifier of a recipe, of a published one with fewer epochs of one cycle."""
    classifier = make_recipe(recipe)[-1]
    if recipe in SOONER:
        classifier.set_params(
            optimizer=keras.optimizers.Adam(beta_1=0.7, beta_2=0.9),
            learning_rate_schedule="one_cycle",
            **SOONER[recipe],
        )
    return classifier


def fit(recipe: str, X, y) -> BaseKerasClassifier:
    return sooner(recipe).fit(X, y)
