"""The loop over epochs: samples in, history out.

`keras.Model.fit` spends most of a small network's epoch between its steps; here
a whole stretch of them is one call of a compiled program.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from ..exceptions import DivergenceError
from ._epoch import EpochProgram
from ._lending import lend_program
from ._plan import TrainingPlan
from ._stretch import Samples, Stretch

#: Samples that one call of a program goes through: Ctrl-C and the progress bar wait no longer.
_ROWS_PER_CALL = 16_384
#: The same in bytes: little enough for the processor's cache to be of use.
_BYTES_PER_CALL = 2**24


def train(
    network: keras.Model,
    samples: Samples,
    validation: Samples | None,
    history: dict[str, list[float]],
    plan: TrainingPlan,
) -> None:
    """Train a compiled network in place, on samples in memory.

    Parameters
    ----------
    network : keras.Model
        Compiled with an optimiser and a loss over logits. Where the training
        fails it is left as it was.
    samples : Samples
        What to train on.
    validation : Samples or None
        What to evaluate on after each epoch.
    history : dict of list of float
        Takes the figures of each epoch, also when Ctrl-C ends the training.
    plan : TrainingPlan
        How to train; no callback of it may have batch hooks.

    Raises
    ------
    DivergenceError
        If the loss is NaN or infinite after an epoch.
    """
    stretch = Stretch(samples, _choose_capacity(samples, plan.batch_size))
    with lend_program(network, samples, plan, stretch.capacity) as program:
        held_out = None if validation is None else Samples(*map(tf.convert_to_tensor, validation))
        last_epoch = plan.initial_epoch + plan.epochs
        listeners = keras.callbacks.CallbackList(
            plan.callbacks,
            add_history=True,
            add_progbar=plan.verbose != 0,
            model=program.network,
            verbose=plan.verbose,
            epochs=last_epoch,
            steps=-(-len(samples.x) // plan.batch_size),
        )
        program.network.stop_training = False
        listeners.on_train_begin()
        logs: dict[str, float] = {}
        try:
            for epoch in range(plan.initial_epoch, last_epoch):
                listeners.on_epoch_begin(epoch)
                logs = _run_epoch(program, stretch, plan, listeners)
                check_loss(logs["loss"], epoch)
                if held_out is not None:
                    val_loss, val_accuracy = program.evaluate(held_out)
                    logs |= {"val_accuracy": float(val_accuracy), "val_loss": float(val_loss)}
                listeners.on_epoch_end(epoch, logs)
                if program.network.stop_training:
                    break
        finally:
            # Also after Ctrl-C: early stopping puts the best weights back here.
            listeners.on_train_end(logs)
            record_history(program.network, history)
            # The program is kept; the caller's callbacks must not be.
            program.network.history = None


def record_history(network: keras.Model, history: dict[str, list[float]]) -> None:
    """Append what Keras' History callback has recorded.

    Parameters
    ----------
    network : keras.Model
        Just trained.
    history : dict of list of float
        Takes the figures of each epoch.
    """
    for name, values in network.history.history.items():
        history.setdefault(name, []).extend(float(value) for value in values)


def check_loss(loss: float, epoch: int) -> None:
    """Refuse to go on with a loss that is no number.

    Parameters
    ----------
    loss : float
        Mean training loss of an epoch.
    epoch : int
        The epoch, from 0.

    Raises
    ------
    DivergenceError
        If the loss is NaN or infinite.
    """
    if not np.isfinite(loss):
        raise DivergenceError(
            f"The training loss became {loss} in epoch {epoch + 1}. Try a smaller learning_rate, "
            "scale the pixels to [0, 1] with ImageScaler(), or set another optimizer."
        )


def _choose_capacity(samples: Samples, batch_size: int) -> int:
    """Choose how many samples one call trains on: whole batches, and few different numbers."""
    n_rows = len(samples.x)
    fitting = _BYTES_PER_CALL * n_rows // max(1, samples.x.nbytes)
    most = min(_ROWS_PER_CALL, fitting, 2 ** (n_rows - 1).bit_length())
    return max(1, most // batch_size) * batch_size


def _run_epoch(
    program: EpochProgram,
    stretch: Stretch,
    plan: TrainingPlan,
    listeners: keras.callbacks.CallbackList,
) -> dict[str, float]:
    """Train one epoch, a stretch of whole batches at a time."""
    random_state = plan.random_state
    order = random_state.permutation(stretch.n_samples)
    logs: dict[str, float] = {}
    loss_sum, hits = 0.0, 0
    for start in range(0, len(order), stretch.capacity):
        rows = order[start : start + stretch.capacity]
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        taken = stretch.take(rows)
        more_loss, more_hits = program.train(taken, len(rows), plan.batch_size, seed)
        loss_sum, hits = loss_sum + more_loss, hits + more_hits
        done = start + len(rows)
        logs = {"accuracy": hits / done, "loss": loss_sum / done}
        # Only Keras' progress bar listens: other callbacks with batch hooks use Model.fit.
        listeners.on_train_batch_end(-(-done // plan.batch_size) - 1, logs)
    return logs
