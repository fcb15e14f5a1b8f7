"""The figures of each epoch, one list for each name, all of one length."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

History = dict[str, list[float]]


def extend_history(history: History, more: Mapping[str, Sequence[float]]) -> None:
    """Append the figures of further epochs, with NaN where an epoch has none.

    Parameters
    ----------
    history : dict of list of float
        Of the epochs before; written into.
    more : dict of sequence of float
        Of the further epochs, which may have been evaluated otherwise.

    Examples
    --------
    >>> from skdigits.neural_network._history import extend_history
    >>> history = {"loss": [0.7, 0.4]}
    >>> extend_history(history, {"loss": [0.3], "val_loss": [0.5]})
    >>> history
    {'loss': [0.7, 0.4, 0.3], 'val_loss': [nan, nan, 0.5]}
    """
    before, further = (max(map(len, figures.values()), default=0) for figures in (history, more))
    for name in {**history, **more}:
        values = history.setdefault(name, [])
        values += [math.nan] * (before - len(values))
        values += map(float, more.get(name, [math.nan] * further))


def copy_history(history: Mapping[str, Sequence[float]]) -> History:
    """Copy the figures of each epoch.

    Parameters
    ----------
    history : dict of sequence of float
        Figures by name.

    Returns
    -------
    copy : dict of list of float
        With lists of its own.
    """
    return {name: list(values) for name, values in history.items()}
