"""The figures of each epoch, one list for each name, all of one length."""

from __future__ import annotations

import math
from collections.abc import Mapping

import keras

History = dict[str, list[float]]


def extend_history(history: History, logs: Mapping[str, float]) -> None:
    """Append the figures of an epoch, with NaN for those that it, or one before it, lacks.

    Parameters
    ----------
    history : dict of list of float
        Of the epochs before; written into.
    logs : dict of float
        Of this epoch.

    Examples
    --------
    >>> from skdigits.neural_network._history import extend_history
    >>> history = {"loss": [0.7, 0.4]}
    >>> extend_history(history, {"loss": 0.3, "val_loss": 0.5})
    >>> history
    {'loss': [0.7, 0.4, 0.3], 'val_loss': [nan, nan, 0.5]}
    """
    before = max(map(len, history.values()), default=0)
    for name in {**history, **logs}:
        values = history.setdefault(name, [])
        values += [math.nan] * (before - len(values))
        values.append(float(logs.get(name, math.nan)))


class EpochFigures(keras.callbacks.Callback):
    """Puts the figures of each epoch into a history, those that other callbacks add among them.

    Parameters
    ----------
    history : dict of list of float
        Written into after each epoch.
    """

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Append what an epoch gave."""
        extend_history(self._history, logs or {})
