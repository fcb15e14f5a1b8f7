"""Plain PyTorch in inference mode, predicting with the fastest of several batch sizes."""

from __future__ import annotations

import time

import numpy as np
import torch

from . import torch as plain
from .torch import prepare

__all__ = ["describe", "fit", "predict", "predict_proba", "prepare"]
SIZES = (250, 1_000, 10_000)
_TRIES = 3


def describe(architecture) -> str:
    sizes = ", ".join(f"{size:,}" for size in SIZES)
    return f"inference mode, the fastest of {sizes} rows at a time"


class _Model:
    """A network and the number of rows that it takes at a time, chosen at its first call."""

    def __init__(self, network) -> None:
        self.network = network
        self.size: int | None = None


def fit(architecture, X, y, epochs) -> _Model:
    return _Model(plain.fit(architecture, X, y, epochs))


def predict(model: _Model, X) -> np.ndarray:
    return predict_proba(model, X).argmax(axis=1)


def predict_proba(model: _Model, X) -> np.ndarray:
    if model.size is None:
        model.size = min(SIZES, key=lambda size: _seconds(model, X, size))
    return _predict_proba(model, X, model.size)


@torch.inference_mode()
def _predict_proba(model: _Model, X, size: int) -> np.ndarray:
    return torch.cat([model.network(rows).softmax(dim=1) for rows in X.split(size)]).numpy()


def _seconds(model: _Model, X, size: int) -> float:
    seconds = []
    for _ in range(_TRIES):
        begin = time.perf_counter()
        _predict_proba(model, X, size)
        seconds.append(time.perf_counter() - begin)
    return min(seconds)
