"""Plain Keras, predicting 1,000 rows at a time in place of its default of 32."""

from __future__ import annotations

import numpy as np

from .keras import fit, prepare

__all__ = ["describe", "fit", "predict", "predict_proba", "prepare"]


def describe(architecture) -> str:
    return "Model.predict(batch_size=1000)"


def predict(model, X) -> np.ndarray:
    return predict_proba(model, X).argmax(axis=1)


def predict_proba(model, X) -> np.ndarray:
    return model.predict(X, batch_size=1000, verbose=0)
