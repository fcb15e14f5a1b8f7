"""The figures of each epoch: kept in lists of one length, and printed as lines."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from multiprocessing import current_process
from typing import Any

import keras

_MINUTE, _HOUR = 60, 3_600
_MAIN_PROCESS = "MainProcess"

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
    >>> from skdigits.neural_network._engine._history import extend_history
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

    The learning rate of its first step and its duration are among the figures. Other callbacks
    do not see these two.

    Parameters
    ----------
    history : dict of list of float
        Written into after each epoch.
    """

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._learning_rate = self._begin = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Note the learning rate, and start the clock."""
        self._learning_rate = float(self.model.optimizer.learning_rate)
        self._begin = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Append what an epoch gave."""
        seconds = time.perf_counter() - self._begin
        own = {"learning_rate": self._learning_rate, "seconds": seconds}
        extend_history(self._history, {**(logs or {}), **own})


class EpochLines(keras.callbacks.Callback):
    """Prints the figures of each epoch and the expected rest.

    In a process of a search or an ensemble, the lines begin with that process's name: others
    print between them.

    Parameters
    ----------
    first : int
        The first epoch that is trained, from 0.
    last : int
        The epoch after the last one.
    """

    def __init__(self, first: int, last: int) -> None:
        super().__init__()
        self._first, self._last = first, last
        self._begin = self._epoch_begin = 0.0
        name = current_process().name
        self._who = "" if name == _MAIN_PROCESS else f"{name}: "

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self._begin = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock of the epoch."""
        self._epoch_begin = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Print a line."""
        now = time.perf_counter()
        parts = [f"{self._who}Epoch {epoch + 1}/{self._last}"]
        parts += [f"{name}: {value:.4f}" for name, value in sorted((logs or {}).items())]
        parts.append(duration(now - self._epoch_begin))
        left = self._last - epoch - 1
        if left:
            mean = (now - self._begin) / (epoch + 1 - self._first)
            parts.append(f"about {duration(mean * left)} left")
        print_line(" - ".join(parts))


def print_line(text: str) -> None:
    """Print a line that ``verbose`` asks for."""
    # The line and its end at once: other processes may write to the same stream, unbuffered.
    print(f"{text}\n", end="", flush=True)  # noqa: T201 - asked for by verbose


def duration(seconds: float) -> str:
    """Word a time as people say it.

    Parameters
    ----------
    seconds : float
        The time.

    Returns
    -------
    words : str
        Such as ``"0.4 s"``, ``"12 s"``, ``"3 min"`` or ``"1 h 20 min"``.
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 1.5 * _MINUTE:
        return f"{seconds:.0f} s"
    minutes = round(seconds / _MINUTE)
    if seconds < _HOUR:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
