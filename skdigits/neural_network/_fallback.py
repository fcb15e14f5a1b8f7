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
from ._training import check_loss, choose_capacity, shuffled

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
    ValueError
        If Keras is set to a precision in which it cannot sum the losses.
    """
    if keras.config.floatx() not in ("float32", "float64"):
        raise ValueError(
            "keras.Model.fit sums losses in the precision of keras.config.floatx(), and "
            f"{keras.config.floatx()} is too coarse for that. Set "
            'keras.config.set_floatx("float32"), or leave out what needs Model.fit: '
            f"{reason_for_model_fit(network, plan.callbacks)}."
        )
    # Model.fit shuffles from TensorFlow's global seed; batches shuffled here need none.
    batches = _Batches(samples, plan.batch_size, plan.random_state)
    held_out = None if validation is None else _Batches(validation, plan.batch_size)
    with unchanged_by(Exception, network):
        fit_with_keras(
            network,
            batches,
            validation_data=held_out,
            initial_epoch=plan.initial_epoch,
            epochs=plan.epochs,
            callbacks=[*plan.callbacks, EpochFigures(history)],
            verbose=plan.verbose,
        )
        for epoch, loss in enumerate(network.history.history["loss"], plan.initial_epoch):
            check_loss(loss, epoch)


class _Batches(keras.utils.PyDataset):
    """Batches of samples, in their order or in a new one each epoch.

    Parameters
    ----------
    samples : Samples
        The samples.
    batch_size : int
        Samples of one batch.
    random_state : numpy.random.RandomState, default=None
        Source of the order, drawn as the compiled epoch draws it; None for none.
    """

    def __init__(
        self,
        samples: Samples,
        batch_size: int,
        random_state: np.random.RandomState | None = None,
    ) -> None:
        super().__init__()
        self._samples = samples
        self._batch_size = batch_size
        self._random_state = random_state
        self._order = np.arange(len(samples.x))

    def __len__(self) -> int:
        """Count the batches."""
        return -(-len(self._samples.x) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[AnyArray, ...]:
        """Return one batch."""
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        x, y, weight = (part[rows] for part in self._samples)
        return np.asarray(x, dtype=np.float32), y, weight

    def on_epoch_begin(self) -> None:
        """Draw the next order."""
        if self._random_state is not None:
            n = len(self._order)
            capacity = choose_capacity(self._samples, self._batch_size)
            drawn = [rows for rows, _ in shuffled(n, n, capacity, self._random_state)]
            self._order = np.concatenate(drawn)
