"""Training by `keras.Model.fit`, where the compiled epoch does not do the same."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import tensorflow as tf

from .._typing import AnyArray
from ._history import EpochFigures, History
from ._lending import unchanged_by
from ._plan import TrainingPlan
from ._scikeras import fit_with_keras
from ._stretch import Samples
from ._training import check_loss

_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


def reason_for_model_fit(
    network: keras.Model, callbacks: list[keras.callbacks.Callback]
) -> str | None:
    """Say why a network must be trained by `keras.Model.fit`, if it must.

    Parameters
    ----------
    network : keras.Model
        The network to train.
    callbacks : list of keras.callbacks.Callback
        Callbacks of the fit.

    Returns
    -------
    reason : str or None
        None where the compiled epoch does the same.
    """
    if type(network).train_step is not keras.Model.train_step:
        return f"{type(network).__name__} has a train_step of its own"
    if tf.distribute.has_strategy():
        return "a distribution strategy is active"
    for callback in callbacks:
        for hook in _BATCH_HOOKS:
            if _overrides(callback, hook):
                return f"{type(callback).__name__} has {hook}"
    return None


def _overrides(callback: keras.callbacks.Callback, hook: str) -> bool:
    """Whether a callback does something at a hook."""
    own = inspect.unwrap(getattr(callback, hook))
    if isinstance(callback, keras.callbacks.LambdaCallback):
        return hook in vars(callback)
    return getattr(own, "__func__", own) is not getattr(keras.callbacks.Callback, hook)


def train_with_model_fit(
    network: keras.Model,
    samples: Samples,
    validation: Samples | None,
    history: History,
    plan: TrainingPlan,
) -> None:
    """Train with `keras.Model.fit`, reproducibly and with the same promises.

    Parameters
    ----------
    network, samples, validation, history, plan
        As in `_training.train`.

    Raises
    ------
    DivergenceError
        If the loss is NaN or infinite after an epoch.
    """
    # Model.fit shuffles from TensorFlow's global seed; batches shuffled here need none.
    batches = _Reshuffle(samples, plan.batch_size, plan.random_state)
    with unchanged_by(Exception, network):
        fit_with_keras(
            network,
            batches,
            validation_data=validation,
            initial_epoch=plan.initial_epoch,
            epochs=plan.epochs,
            callbacks=[*plan.callbacks, EpochFigures(history)],
            verbose=plan.verbose,
        )
        for epoch, loss in enumerate(network.history.history["loss"], plan.initial_epoch):
            check_loss(loss, epoch)


class _Reshuffle(keras.utils.PyDataset):
    """Batches of samples in a new order each epoch.

    Parameters
    ----------
    samples : Samples
        The samples.
    batch_size : int
        Samples of one batch.
    random_state : numpy.random.RandomState
        Source of the order.
    """

    def __init__(
        self, samples: Samples, batch_size: int, random_state: np.random.RandomState
    ) -> None:
        super().__init__()
        self._samples = samples
        self._batch_size = batch_size
        self._random_state = random_state
        self.on_epoch_end()

    def __len__(self) -> int:
        """Count the batches."""
        return -(-len(self._samples.x) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[AnyArray, ...]:
        """Return one batch."""
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        x, y, weight = (part[rows] for part in self._samples)
        return np.asarray(x, dtype=np.float32), y, weight

    def on_epoch_end(self) -> None:
        """Draw the next order."""
        self._order = self._random_state.permutation(len(self._samples.x))
