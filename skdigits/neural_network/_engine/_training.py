"""The loop over epochs, and the buffer of batches that it fills: samples in, history out.

`keras.Model.fit` spends most of a small network's epoch between its steps; here
a whole buffer of batches is one call of a compiled program.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..._typing import AnyArray, IntArray
from ...exceptions import DivergenceError
from ._averaging import WeightAverage, finish_statistics, forget_statistics, normalizing_layers
from ._checkpoint import find_checkpoint
from ._epoch import EpochProgram
from ._history import EpochFigures, EpochLines, History
from ._plan import Samples, TrainingPlan
from ._programs import borrow_program
from ._state import unchanged_by

#: Samples that one call of a program goes through: Ctrl-C and the progress bar wait no longer.
_ROWS_PER_CALL = 16_384
#: The same in bytes: little enough for the processor's cache to be of use.
_BYTES_PER_CALL = 2**24
#: What TensorFlow's vector instructions ask of an address.
_ALIGNMENT = 64
#: What TensorFlow can use where it lies.
_SHARED = frozenset(map(np.dtype, ("float32", "float64", "int32", "uint8")))
#: Samples from which batch statistics are taken.
_ROWS_FOR_STATISTICS = 20_000


def train(
    network: keras.Model,
    samples: Samples,
    validation: Samples | None,
    history: History,
    plan: TrainingPlan,
) -> None:
    """Train a compiled network in place, on samples in memory.

    Parameters
    ----------
    network, samples, validation, history, plan
        As for every `TrainingLoop`; no callback of the plan may have batch hooks.

    Raises
    ------
    DivergenceError
        If the loss is NaN or infinite after an epoch.
    CheckpointError
        If the training cannot be saved in the folder of the plan.
    """
    average = WeightAverage(plan.weight_averaging, plan.epochs) if plan.weight_averaging else None
    checkpoint, done = None, 0
    remembered: list[dict[str, Any]] = []
    if plan.checkpoint_dir is not None:
        checkpoint = find_checkpoint(plan.checkpoint_dir, network, samples, validation, plan)
        done, remembered = checkpoint.load(network, history, plan.random_state, average)
    if done >= plan.epochs:
        return
    buffer = BatchBuffer(samples, choose_capacity(samples, plan.batch_size))
    with borrow_program(network, samples, plan, buffer.capacity) as program:
        held_out = None if validation is None else Samples(*map(tf.convert_to_tensor, validation))
        listeners = _listeners(program.network, plan, done, len(samples.x), history)
        listeners.on_train_begin()
        _restore_callbacks(plan.callbacks, remembered)
        logs: dict[str, float] = {}
        try:
            while done < plan.epochs and not program.network.stop_training:
                epoch = plan.initial_epoch + done
                listeners.on_epoch_begin(epoch)
                logs = _run_epoch(program, buffer, plan, listeners, done, average)
                check_loss(logs["loss"], epoch)
                done += 1
                if average is not None and done == plan.epochs:
                    with unchanged_by(KeyboardInterrupt, program.network):
                        average.put_into(program.network)
                        _renew_statistics(program, buffer, plan.random_state)
                if held_out is not None:
                    logs |= _evaluate(program, held_out, listeners)
                listeners.on_epoch_end(epoch, logs)
                if checkpoint is not None and done < plan.epochs:
                    checkpoint.save(
                        program.network, done, history, plan.random_state, average, plan.callbacks
                    )
            # Where an optimiser averages weights itself (use_ema), they are put in here.
            variables = program.network.trainable_variables
            program.network.optimizer.finalize_variable_values(variables)
        finally:
            # Also after Ctrl-C: early stopping puts the best weights back here.
            listeners.on_train_end(logs)
            # The program is kept; the caller's callbacks must not be.
            program.network.history = None
        if checkpoint is not None:
            checkpoint.save(program.network, plan.epochs, history, plan.random_state, average, [])


def _restore_callbacks(
    callbacks: list[keras.callbacks.Callback], remembered: list[dict[str, Any]]
) -> None:
    """Give callbacks what they remembered when the training was interrupted."""
    for callback, attributes in zip(callbacks, remembered, strict=False):
        for name, value in attributes.items():
            setattr(callback, name, value)


def _listeners(
    network: keras.Model,
    plan: TrainingPlan,
    epochs_done: int,
    n_samples: int,
    history: History,
) -> keras.callbacks.CallbackList:
    """Gather the callbacks, what keeps the figures and what shows the progress among them."""
    network.stop_training = False
    last = plan.initial_epoch + plan.epochs
    lines = [EpochLines(plan.initial_epoch + epochs_done, last)] if plan.verbose == 2 else []
    return keras.callbacks.CallbackList(
        [*plan.callbacks, *lines, EpochFigures(history)],
        add_history=True,
        add_progbar=plan.verbose == 1,
        model=network,
        verbose=plan.verbose,
        epochs=last,
        steps=-(-n_samples // plan.batch_size),
    )


def check_loss(loss: float, epoch: int) -> None:
    """Refuse to continue with a loss that is not finite.

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
            "scale the pixels to [0, 1] with ImageScaler(), or try another optimiser."
        )


def choose_capacity(samples: Samples, batch_size: int) -> int:
    """Choose how many samples one call trains on: whole batches, and few different numbers.

    Parameters
    ----------
    samples : Samples
        What to train on.
    batch_size : int
        Samples of a step.

    Returns
    -------
    capacity : int
        A multiple of the batch size.
    """
    n_rows = len(samples.x)
    fitting = _BYTES_PER_CALL * n_rows // max(1, samples.x.nbytes)
    most = min(_ROWS_PER_CALL, fitting, 2 ** (n_rows - 1).bit_length())
    return max(1, most // batch_size) * batch_size


def _run_epoch(
    program: EpochProgram,
    buffer: BatchBuffer,
    plan: TrainingPlan,
    listeners: keras.callbacks.CallbackList,
    epochs_done: int,
    average: WeightAverage | None,
) -> dict[str, float]:
    """Train one epoch, a buffer of whole batches at a time."""
    logs: dict[str, float] = {}
    program.reset_metrics()
    done, loss_sum, hits = 0, 0.0, 0
    for rows, seed in shuffled(
        buffer.n_samples, buffer.n_samples, buffer.capacity, plan.random_state
    ):
        taken = buffer.take(rows)
        more_loss, more_hits = program.train(taken, len(rows), plan.batch_size, seed)
        done, loss_sum, hits = done + len(rows), loss_sum + more_loss, hits + more_hits
        if average is not None:
            average.add(program.network, epochs_done + done / buffer.n_samples)
        logs = {"accuracy": hits / done, "loss": loss_sum / done}
        # Only Keras' progress bar listens: other callbacks with batch hooks use Model.fit.
        listeners.on_train_batch_end(-(-done // plan.batch_size) - 1, logs)
    return logs | program.metric_values()


def _evaluate(
    program: EpochProgram, held_out: Samples, listeners: keras.callbacks.CallbackList
) -> dict[str, float]:
    """Evaluate after an epoch; callbacks are told, as `Model.fit` tells them."""
    listeners.on_test_begin()
    program.reset_metrics()
    loss, accuracy = map(float, program.evaluate(held_out))
    figures = {"accuracy": accuracy, "loss": loss, **program.metric_values()}
    listeners.on_test_end(figures)
    return {f"val_{name}": value for name, value in figures.items()}


def _renew_statistics(
    program: EpochProgram, buffer: BatchBuffer, random_state: np.random.RandomState
) -> None:
    """Take the batch statistics anew, after weights have been put in that had none."""
    layers = normalizing_layers(program.network)
    if not layers:
        return
    forget_statistics(layers)
    n_batches = 0
    drawn = shuffled(buffer.n_samples, _ROWS_FOR_STATISTICS, buffer.capacity, random_state)
    for rows, seed in drawn:
        n_batches += program.observe(buffer.take(rows), len(rows), seed)
    finish_statistics(layers, n_batches)


def shuffled(
    n_samples: int, n_rows: int, capacity: int, random_state: np.random.RandomState
) -> Iterator[tuple[IntArray, int]]:
    """Draw at most so many rows in a new order, a buffer at a time, each with a seed.

    Parameters
    ----------
    n_samples : int
        Number of samples.
    n_rows : int
        How many of them to draw.
    capacity : int
        Most rows of a buffer.
    random_state : numpy.random.RandomState
        Source of the order and the seeds.

    Yields
    ------
    rows : ndarray of int
        The next rows.
    seed : int
        Seed of their augmentation.
    """
    order = random_state.permutation(n_samples)[:n_rows]
    for start in range(0, len(order), capacity):
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        yield order[start : start + capacity], seed


class BatchBuffer:
    """A buffer that is filled with some of the samples, again and again.

    The samples are never copied as a whole: they may be mapped from a file that is larger
    than the memory.

    Parameters
    ----------
    samples : Samples
        Where the samples are taken from.
    capacity : int
        Most samples at a time.
    """

    def __init__(self, samples: Samples, capacity: int) -> None:
        self._samples = samples
        self.n_samples = len(samples.x)
        self.capacity = capacity
        self._arrays = [
            _aligned_empty((capacity, *part.shape[1:]), part.dtype) for part in samples
        ]

    def take(self, rows: IntArray) -> Samples:
        """Take samples; what was taken before is overwritten.

        Parameters
        ----------
        rows : ndarray of int, shape (n_rows,)
            Which samples, in order; none or up to the capacity.

        Returns
        -------
        taken : Samples
            Tensors of as many samples as the capacity says; behind ``n_rows`` is
            what was there before.
        """
        for part, array in zip(self._samples, self._arrays, strict=True):
            # "clip" is what lets NumPy write into the array directly; the rows do exist.
            np.take(part, rows, axis=0, out=array[: len(rows)], mode="clip")
        return Samples(*map(_as_tensor, self._arrays))


def _aligned_empty(shape: tuple[int, ...], dtype: np.dtype) -> AnyArray:
    """Make an array that TensorFlow can use where it lies."""
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    raw = np.zeros(n_bytes + _ALIGNMENT, np.uint8)
    begin = -raw.ctypes.data % _ALIGNMENT
    return raw[begin : begin + n_bytes].view(dtype).reshape(shape)


def _as_tensor(array: AnyArray) -> tf.Tensor:
    """Make a tensor of an array, in place where TensorFlow knows the dtype."""
    if array.dtype not in _SHARED:
        return tf.constant(array)
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
