"""The epochs of a fit as tasks, which scikit-learn's callbacks are told of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import keras
import numpy as np
from sklearn.utils import _safe_indexing

from .._sklearn_callbacks import announced_fit, has_callbacks
from .._typing import AnyArray, ArrayLike, IntArray
from ._engine._history import EpochFigures, History
from ._engine._storage import store_network
from ._trained_network import TrainedNetwork


@contextmanager
def fit_task(
    classifier: Any,
    epochs: int,
    X: ArrayLike,
    y: AnyArray,
    sample_weight: ArrayLike | None,
    rows: IntArray | None = None,
) -> Iterator[list[keras.callbacks.Callback]]:
    """Tell scikit-learn's callbacks of a fit: of its start, and of its end if it does not fail.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        Fitted when the context is left.
    epochs : int
        Epochs that it will be trained for at most.
    X : array-like
        Samples as the user gave them, so that a data frame keeps its names.
    y : ndarray
        Their labels.
    sample_weight : array-like or None
        Their weights, where the user gave some.
    rows : ndarray of int, default=None
        Positions of the samples to train on; None for all.

    Yields
    ------
    listeners : list of keras.callbacks.Callback
        Keras callbacks that report each epoch; empty if no callback is set.
    """
    if not has_callbacks(classifier):
        yield []
        return
    metadata = None
    if sample_weight is not None:
        metadata = {"sample_weight": np.broadcast_to(np.asarray(sample_weight), y.shape)}
    if rows is not None:
        X, y = _safe_indexing(X, rows), y[rows]
        metadata = metadata and {name: values[rows] for name, values in metadata.items()}
    told = {"estimator": classifier, "X": X, "y": y, "metadata": metadata}
    with announced_fit(**told, max_subtasks=epochs) as task:
        yield [EpochTasks(task, told)]


class EpochTasks(keras.callbacks.Callback):
    """Tells scikit-learn's callbacks of each epoch, and stops where one of them wants to.

    It listens to epochs alone: for the hooks of a batch the network would have to be
    trained by `keras.Model.fit`.

    Parameters
    ----------
    fit_task : sklearn.callback.CallbackContext
        The fit that the epochs belong to.
    told : dict
        What the hooks are given beside the state of the training.
    """

    def __init__(self, fit_task: Any, told: dict[str, Any]) -> None:
        super().__init__()
        self._fit_task = fit_task
        self._told = told
        self._history: History = deepcopy(getattr(told["estimator"], "history_", {}))
        self._figures = EpochFigures(self._history)

    def set_model(self, model: keras.Model) -> None:
        """Listen to the training of a network."""
        super().set_model(model)
        self._figures.set_model(model)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Begin the task of an epoch."""
        self._figures.on_epoch_begin(epoch, logs)
        self._task = self._fit_task.subcontext(task_name="epoch")
        self._task.call_on_fit_task_begin(
            **self._told, reconstruction_attributes=self._fitted_attributes
        )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """End the task of an epoch."""
        self._figures.on_epoch_end(epoch, logs)
        if self._task.call_on_fit_task_end(
            **self._told, reconstruction_attributes=self._fitted_attributes
        ):
            self.model.stop_training = True

    def _fitted_attributes(self) -> dict[str, Any]:
        """Make what the classifier would have, had the training ended here; called on demand."""
        return {
            # A copy: the network is trained further, and later serves other fits.
            "_trained_network": TrainedNetwork(store_network(self.model)),
            "history_": deepcopy(self._history),
            "n_epochs_": len(self._history.get("loss", [])),
        }
