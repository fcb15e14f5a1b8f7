"""The network in PyTorch, ending in logits as its cross-entropy wants."""

from __future__ import annotations

import os

import torch
from torch import nn

from ._architecture import POOL, SIDE, Architecture
from ._data import scale
from ._products import Convolution, Product, list_products

torch.set_num_threads(os.cpu_count() or 1)


class Network(nn.Sequential):
    """The layers of an architecture.

    Parameters
    ----------
    architecture : Architecture
        What to build.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        layers = list_products(architecture)
        convolutions = iter([layer for layer in layers if isinstance(layer, Convolution)])
        normalized = architecture.batch_normalization
        for stack, rate in zip(architecture.stacks, architecture.conv_dropout, strict=True):
            for _ in stack:
                layer = next(convolutions)
                self.append(
                    nn.Conv2d(layer.channels, layer.filters, layer.kernel, bias=not normalized)
                )
                if normalized:
                    self.append(nn.BatchNorm2d(layer.filters))
                if architecture.conv_activation == "relu":
                    self.append(nn.ReLU())
            self.append(nn.MaxPool2d(POOL))
            if rate:
                self.append(nn.Dropout(rate))
        if architecture.filters:
            self.append(nn.Flatten())
        *hidden, last = [layer for layer in layers if isinstance(layer, Product)]
        for layer in hidden:
            self.append(nn.Linear(layer.inputs, layer.outputs, bias=not normalized))
            if normalized:
                self.append(nn.BatchNorm1d(layer.outputs))
            self.append(nn.ReLU())
            if architecture.dropout:
                self.append(nn.Dropout(architecture.dropout))
        self.append(nn.Linear(last.inputs, last.outputs))


def optimizer_settings(architecture: Architecture) -> tuple[type[torch.optim.Optimizer], dict]:
    """Choose torch's optimiser with Keras' settings, and the fused kernel where there is one."""
    settings: dict = {"lr": architecture.learning_rate, "eps": 1e-7}
    if architecture.optimizer == "rmsprop":
        return torch.optim.RMSprop, {**settings, "alpha": 0.9}
    if _adam_can_be_fused():
        settings["fused"] = True
    return torch.optim.Adam, settings


def scale_to_torch(images, architecture: Architecture):
    """Scale images to float32, channels first for a CNN; a NumPy array."""
    X = scale(images, architecture)
    return X.reshape(-1, 1, SIDE, SIDE) if architecture.filters else X


def _adam_can_be_fused() -> bool:
    try:
        torch.optim.Adam([torch.zeros(1, requires_grad=True)], fused=True)
    except (RuntimeError, TypeError):
        return False
    return True
