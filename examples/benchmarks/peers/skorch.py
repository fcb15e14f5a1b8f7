"""skorch's NeuralNetClassifier around the PyTorch network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from skorch import NeuralNetClassifier
from torch import nn

from ._torch_network import Network, optimizer_settings, scale_to_torch


def describe(architecture) -> str:
    optimizer, settings = optimizer_settings(architecture)
    fused = ", fused" if settings.get("fused") else ""
    return f"NeuralNetClassifier, {optimizer.__name__}{fused}"


def prepare(images, labels, architecture):
    return scale_to_torch(images, architecture), labels.astype(np.int64)


def fit(architecture, X, y, epochs):
    return classifier(architecture, epochs).fit(X, y)


def predict(model, X) -> np.ndarray:
    return model.predict(X)


def predict_proba(model, X) -> np.ndarray:
    return model.predict_proba(X)


def search(architecture, epochs, rates, hidden):
    networks = [replace(architecture, hidden=sizes) for sizes in hidden]
    return classifier(architecture, epochs), {"lr": rates, "module__architecture": networks}, {}


def classifier(architecture, epochs) -> NeuralNetClassifier:
    """Make the classifier of an architecture."""
    optimizer, settings = optimizer_settings(architecture)
    return NeuralNetClassifier(
        Network,
        module__architecture=architecture,
        criterion=nn.CrossEntropyLoss,
        optimizer=optimizer,
        **{name if name == "lr" else f"optimizer__{name}": settings[name] for name in settings},
        batch_size=architecture.batch_size,
        max_epochs=epochs,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    )
