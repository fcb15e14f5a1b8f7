"""From checked arrays to a trained network: shapes, targets, and which loop trains it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from .._typing import AnyArray, FloatArray, IntArray
from ._losses import encode_targets
from ._scikeras import fit_with_keras
from ._training import (
    Samples,
    check_loss,
    reason_for_model_fit,
    record_history,
    train,
    unchanged_by_errors,
)


def train_network(
    network: keras.Model,
    samples: tuple[AnyArray, IntArray, FloatArray],
    validation: tuple[AnyArray, IntArray, FloatArray] | None,
    history: dict[str, list[float]],
    *,
    n_classes: int,
    batch_size: int,
    initial_epoch: int,
    epochs: int,
    callbacks: list[keras.callbacks.Callback],
    verbose: int,
    random_state: np.random.RandomState,
    augment: Any,
    augment_key: str,
) -> None:
    """Train a network in place by the compiled loop, or where that cannot, by `Model.fit`.

    Parameters
    ----------
    network : keras.Model
        Compiled.
    samples : tuple of ndarray
        Flat samples, class numbers and weights to train on.
    validation : tuple of ndarray or None
        The same to validate on.
    history : dict of list of float
        Takes the figures of each epoch.
    n_classes : int
        Number of classes.
    batch_size, initial_epoch, epochs, callbacks, verbose, random_state
        As in `_training.train`.
    augment, augment_key
        As in `_training.train`.

    Raises
    ------
    ValueError
        If the augmentation is asked for where only `Model.fit` can train.
    DivergenceError
        If the loss becomes NaN or infinite.
    """
    shape = network.input_shape[1:]

    def prepare(arrays: tuple[AnyArray, IntArray, FloatArray]) -> Samples:
        x, codes, weights = arrays
        targets = encode_targets(network.loss, codes, n_classes)
        return Samples(x.reshape(len(x), *shape), targets, weights)

    ready = prepare(samples)
    held_out = None if validation is None else prepare(validation)
    reason = reason_for_model_fit(network, callbacks)
    if reason is None:
        train(
            network,
            ready,
            history,
            validation=held_out,
            batch_size=batch_size,
            initial_epoch=initial_epoch,
            epochs=epochs,
            callbacks=callbacks,
            verbose=verbose,
            random_state=random_state,
            augment=augment,
            augment_key=augment_key,
        )
        return
    if augment is not None:
        raise ValueError(
            f"augmentation works in the compiled loop only, which cannot be used here: {reason}. "
            "Set augmentation=None, or leave that out."
        )
    if verbose:
        print(f"Training with keras.Model.fit: {reason}.")  # noqa: T201 - asked for by verbose
    _train_with_keras(
        network,
        ready,
        held_out,
        history,
        batch_size,
        initial_epoch,
        epochs,
        callbacks,
        verbose,
        random_state,
    )


def _train_with_keras(
    network: keras.Model,
    samples: Samples,
    validation: Samples | None,
    history: dict[str, list[float]],
    batch_size: int,
    initial_epoch: int,
    epochs: int,
    callbacks: list[keras.callbacks.Callback],
    verbose: int,
    random_state: np.random.RandomState,
) -> None:
    """Train with `Model.fit`, reproducibly and with the same promises."""
    # Model.fit shuffles from TensorFlow's global seed; shuffling here needs none.
    order = _Reshuffle(samples, batch_size, random_state)
    try:
        with unchanged_by_errors(network):
            fit_with_keras(
                network,
                order,
                validation_data=validation,
                initial_epoch=initial_epoch,
                epochs=epochs,
                callbacks=callbacks,
                verbose=verbose,
            )
            for epoch, loss in enumerate(network.history.history["loss"], initial_epoch):
                check_loss(loss, epoch)
    finally:
        if getattr(network, "history", None) is not None:
            record_history(network, history)


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
