"""This package's Pipeline on the images as they are, a batch of rows at a time."""

from __future__ import annotations

import skdigits

from ._failures import NotApplicableError
from .skdigits_pipeline import fit, prepare

__all__ = ["describe", "fit", "predict", "prepare"]


def describe(architecture) -> str:
    return "predict_in_batches of the Pipeline, uint8"


def predict(model, X):
    if not hasattr(skdigits, "predict_in_batches"):
        raise NotApplicableError("this skdigits has no predict_in_batches")
    return skdigits.predict_in_batches(model, X)
