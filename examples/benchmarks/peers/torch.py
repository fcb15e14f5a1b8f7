"""Plain PyTorch: a loop over shuffled batches of tensors in memory."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ._torch_network import Network, optimizer_settings, scale_to_torch


def describe(architecture) -> str:
    optimizer, settings = optimizer_settings(architecture)
    return f"a plain loop, {optimizer.__name__}{', fused' if settings.get('fused') else ''}"


def prepare(images, labels, architecture):
    X = torch.from_numpy(scale_to_torch(images, architecture))
    return X, torch.from_numpy(labels.astype(np.int64))


def fit(architecture, X, y, epochs):
    network = Network(architecture)
    make, settings = optimizer_settings(architecture)
    optimizer = make(network.parameters(), **settings)
    network.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(architecture.batch_size):
            optimizer.zero_grad()
            cross_entropy(network(X[rows]), y[rows]).backward()
            optimizer.step()
    return network.eval()


def predict(model, X) -> np.ndarray:
    with torch.no_grad():
        return model(X).argmax(dim=1).numpy()


def predict_proba(model, X) -> np.ndarray:
    with torch.no_grad():
        return model(X).softmax(dim=1).numpy()
