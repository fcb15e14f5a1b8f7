"""The mean of a network's weights over the last part of its training."""

from __future__ import annotations

import keras
import numpy as np

from ..._typing import FloatArray
from ._keras_private import layers_in


class WeightAverage:
    """Mean of the weights over the last part of a training, taken after each buffer.

    The average of Polyak and Juditsky, "Acceleration of stochastic approximation by
    averaging" (1992), over the end of the training alone.

    Parameters
    ----------
    share : float
        Share of the training, at its end, in (0, 1).
    epochs : int
        Epochs of the training.
    """

    def __init__(self, share: float, epochs: int) -> None:
        self._begin = epochs * (1 - share)
        #: Number of weights so far, and their sums, in float64.
        self.count = 0
        self.sums: list[FloatArray] = []

    def add(self, network: keras.Model, epochs_done: float) -> None:
        """Add a network's weights, if the training has come far enough.

        Parameters
        ----------
        network : keras.Model
            In training.
        epochs_done : float
            How far it is.
        """
        if epochs_done <= self._begin:
            return
        weights = [variable.numpy() for variable in network.trainable_variables]
        if not self.sums:
            self.sums = [np.zeros(weight.shape) for weight in weights]
        for total, weight in zip(self.sums, weights, strict=True):
            total += weight
        self.count += 1

    def put_into(self, network: keras.Model) -> None:
        """Give a network the mean.

        Parameters
        ----------
        network : keras.Model
            The one whose weights were added.
        """
        for variable, total in zip(network.trainable_variables, self.sums, strict=True):
            variable.assign(total / self.count)


def normalizing_layers(network: keras.Model) -> list[keras.layers.BatchNormalization]:
    """List the layers that keep statistics of the batches they are trained on.

    Parameters
    ----------
    network : keras.Model
        The network.

    Returns
    -------
    layers : list of keras.layers.BatchNormalization
        Without those that are frozen.
    """
    return [
        layer
        for layer in layers_in(network)
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]


def forget_statistics(layers: list[keras.layers.BatchNormalization]) -> None:
    """Let layers begin their statistics from nothing.

    Parameters
    ----------
    layers : list of keras.layers.BatchNormalization
        Their moving averages are 0 afterwards.
    """
    for layer in layers:
        layer.moving_mean.assign(np.zeros(layer.moving_mean.shape))
        layer.moving_variance.assign(np.zeros(layer.moving_variance.shape))


def finish_statistics(layers: list[keras.layers.BatchNormalization], n_batches: int) -> None:
    """Take the zeros out of moving averages that began with them, as Adam does.

    Parameters
    ----------
    layers : list of keras.layers.BatchNormalization
        Have seen the batches.
    n_batches : int
        How many.
    """
    for layer in layers:
        seen = 1 - layer.momentum**n_batches
        layer.moving_mean.assign(layer.moving_mean.numpy() / seen)
        layer.moving_variance.assign(layer.moving_variance.numpy() / seen)
