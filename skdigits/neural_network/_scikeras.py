"""The only file that knows scikeras: callbacks and `Model.fit`.

scikeras' own estimator cannot be inherited from (today's scikit-learn does not
take it for a classifier), so one is made for each fit and used for what it does
well. It reaches into private methods: scikeras is pinned, and
``tests/neural_network/test_scikeras.py`` fails when they move.
"""

from __future__ import annotations

import copy
from typing import Any

import keras
from scikeras import _saving_utils
from scikeras.wrappers import KerasClassifier

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


def fresh_callbacks(callbacks: Any) -> list[keras.callbacks.Callback]:
    """Make the callbacks of one fit, so that none is used twice.

    Parameters
    ----------
    callbacks : callback, list, dict or None
        Keras callbacks: instances (copied), classes, or functions that take
        nothing and return one.

    Returns
    -------
    callbacks : list of keras.callbacks.Callback
        New callbacks.

    Raises
    ------
    TypeError
        If something in it is no callback.
    """
    if isinstance(callbacks, dict):
        callbacks = list(callbacks.values())
    elif callbacks is not None and not isinstance(callbacks, (list, tuple)):
        callbacks = [callbacks]
    made = None if callbacks is None else [_fresh_callback(callback) for callback in callbacks]
    wrapper = KerasClassifier(callbacks=made)
    wrapper._initialize_callbacks()
    return wrapper._fit_callbacks


def early_stopping(patience: int) -> keras.callbacks.Callback:
    """Make the callback that stops at the smallest validation loss.

    Parameters
    ----------
    patience : int
        Epochs to wait for a smaller one.

    Returns
    -------
    callback : keras.callbacks.EarlyStopping
        Puts the weights of the best epoch back when training ends.
    """
    return keras.callbacks.EarlyStopping(
        monitor="val_loss", mode="min", patience=patience, restore_best_weights=True
    )


def _fresh_callback(callback: Any) -> Any:
    """Copy an instance, call a class or a function."""
    if isinstance(callback, keras.callbacks.Callback):
        return copy.deepcopy(callback)
    return callback() if callable(callback) else callback


def fit_with_keras(
    network: keras.Model,
    batches: keras.utils.PyDataset,
    *,
    validation_data: keras.utils.PyDataset | None,
    initial_epoch: int,
    epochs: int,
    callbacks: list[keras.callbacks.Callback],
    verbose: int,
) -> None:
    """Train with `keras.Model.fit`, where the compiled loop does not apply.

    Parameters
    ----------
    network : keras.Model
        Compiled; trained in place.
    batches : keras.utils.PyDataset
        Samples, targets and weights, batch by batch.
    validation_data : keras.utils.PyDataset or None
        The same to validate on.
    initial_epoch : int
        Number of epochs already trained.
    epochs : int
        Number of epochs to train now.
    callbacks : list of keras.callbacks.Callback
        Callbacks of this fit.
    verbose : int
        0 for silence, 1 for a progress bar, 2 for a line an epoch.
    """
    wrapper = KerasClassifier(network, verbose=verbose, shuffle=False)
    wrapper._random_state = None
    wrapper.model_ = network
    wrapper._fit_callbacks = callbacks
    wrapper._fit_keras_model(
        batches,
        None,
        sample_weight=None,
        warm_start=False,
        epochs=epochs,
        initial_epoch=initial_epoch,
        validation_data=validation_data,
    )
