"""The only file that knows scikeras: callbacks, and training by `keras.Model.fit`.

scikeras' own estimator cannot be inherited from (today's scikit-learn does not
take it for a classifier), so one is made for each fit and used for what it does
well. It reaches into private methods: scikeras is pinned, and
``tests/neural_network/test_scikeras.py`` fails when they move.
"""

from __future__ import annotations

import copy
import inspect
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scikeras import _saving_utils
from scikeras.wrappers import KerasClassifier

from .._typing import AnyArray
from ._engine._history import EpochFigures, History
from ._engine._metrics import MetricOfLogits
from ._engine._network import compile_network
from ._engine._plan import Samples, TrainingPlan
from ._engine._state import unchanged_by
from ._engine._training import check_loss, choose_capacity, shuffled

#: What importing scikeras has put in the place of Keras' own way to copy and pickle these. It
#: makes a text of what it does not find by name, so that an optimiser Lamb becomes "Lamb".
_REPLACED = {
    keras.losses.Loss: _saving_utils.pack_keras_loss,
    keras.metrics.Metric: _saving_utils.pack_keras_metric,
    keras.optimizers.Optimizer: _saving_utils.pack_keras_optimizer,
}
for _kind, _replacement in _REPLACED.items():
    if vars(_kind).get("__reduce__") is _replacement:
        del _kind.__reduce__

#: Parameter by which a function that makes a callback gets a name that no other fit has.
_FIT_NAME = "fit_name"
_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


def fresh_callbacks(callbacks: Any) -> list[keras.callbacks.Callback]:
    """Make the callbacks of one fit, so that none is used twice.

    Parameters
    ----------
    callbacks : callback, list, dict or None
        Keras callbacks: instances (copied), classes, or functions that return one and take
        nothing, or a ``fit_name``.

    Returns
    -------
    callbacks : list of keras.callbacks.Callback
        New callbacks.

    Raises
    ------
    TypeError
        If something in it is not a callback.
    """
    if isinstance(callbacks, dict):
        callbacks = list(callbacks.values())
    elif callbacks is not None and not isinstance(callbacks, (list, tuple)):
        callbacks = [callbacks]
    made = None if callbacks is None else [_fresh_callback(callback) for callback in callbacks]
    wrapper = KerasClassifier(callbacks=made)
    wrapper._initialize_callbacks()
    return wrapper._fit_callbacks


def _fresh_callback(callback: Any) -> Any:
    """Copy an instance, call a class or a function."""
    if isinstance(callback, keras.callbacks.Callback):
        return copy.deepcopy(callback)
    if not callable(callback):
        return callback
    if not isinstance(callback, type) and _FIT_NAME in inspect.signature(callback).parameters:
        # In the order of the fits; the random part tells those of several processes apart.
        name = f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        return callback(**{_FIT_NAME: name})
    return callback()


def early_stopping(
    patience: int, monitor: str, min_delta: float, *, smaller: bool
) -> keras.callbacks.Callback:
    """Make the callback that stops at the best value of a quantity.

    Parameters
    ----------
    patience : int
        Epochs to wait for a better one.
    monitor : str
        The quantity, such as ``"val_loss"``.
    min_delta : float
        Smallest change that counts.
    smaller : bool
        Whether smaller values are better.

    Returns
    -------
    callback : keras.callbacks.EarlyStopping
        Puts the weights of the best epoch back when training ends.
    """
    return keras.callbacks.EarlyStopping(
        monitor=monitor,
        mode="min" if smaller else "max",
        min_delta=min_delta,
        patience=patience,
        restore_best_weights=True,
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
        As for every `TrainingLoop`.

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
            'keras.config.set_floatx("float32"), or remove what needs Model.fit: '
            f"{reason_for_model_fit(network, plan.callbacks)}."
        )
    # Model.fit shuffles from TensorFlow's global seed; batches shuffled here need none.
    wrapper = KerasClassifier(network, verbose=plan.verbose, shuffle=False)
    wrapper._random_state = None
    wrapper.model_ = network
    wrapper._fit_callbacks = [*plan.callbacks, EpochFigures(history)]
    with unchanged_by(Exception, network), _recording(network, plan.metrics):
        wrapper._fit_keras_model(
            _Batches(samples, plan.batch_size, plan.random_state),
            None,
            sample_weight=None,
            warm_start=False,
            epochs=plan.epochs,
            initial_epoch=plan.initial_epoch,
            validation_data=None if validation is None else _Batches(validation, plan.batch_size),
        )
        for epoch, loss in enumerate(network.history.history["loss"], plan.initial_epoch):
            check_loss(loss, epoch)


@contextmanager
def _recording(network: keras.Model, metrics: list[MetricOfLogits]) -> Iterator[None]:
    """Let a network record metrics during a fit; the network itself keeps none."""
    if not metrics:
        yield
        return
    optimizer, loss = network.optimizer, network.loss
    compile_network(network, optimizer, loss, metrics)
    try:
        yield
    finally:
        compile_network(network, optimizer, loss)


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
