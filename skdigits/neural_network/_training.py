"""The compiled epoch: tensors in, history out.

`keras.Model.fit` spends most of a small network's epoch between its steps. Here
the steps of a whole stretch of the epoch are one TensorFlow program over the
samples in memory; Keras' own loss, gradient and optimiser run inside it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from .._typing import AnyArray
from ..exceptions import DivergenceError
from ._networks import clone_network, network_state
from ._programs import ProgramPool, structure_key

#: Rows that one call of a program goes through: Ctrl-C and the progress bar wait no longer.
_ROWS_PER_CALL = 16_384
_EVALUATION_ROWS = 1_000
_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


class Samples(NamedTuple):
    """Samples, targets as the loss takes them, and weights."""

    x: AnyArray
    y: AnyArray
    sample_weight: AnyArray


class _EpochProgram:
    """A compiled stretch of training and a compiled evaluation of one network.

    Parameters
    ----------
    network : keras.Model
        Compiled with an optimiser and a loss; the program changes its weights.
    like : Samples
        Samples of the dtypes and shapes that it will be given.
    augment : callable or None
        Changes a batch of samples, given two integers that seed it.
    """

    def __init__(self, network: keras.Model, like: Samples, augment: Any) -> None:
        self.network = network
        self._augment = augment
        # One signature for any number of rows, so that nothing is traced twice.
        samples = Samples(*(tf.TensorSpec((None, *a.shape[1:]), a.dtype) for a in like))
        scalar = tf.TensorSpec((), tf.int32)
        order = tf.TensorSpec((None,), tf.int32)
        self.train = tf.function(
            self._train, input_signature=(samples, order, scalar, scalar), autograph=False
        )
        self.evaluate = tf.function(self._evaluate, input_signature=(samples,), autograph=False)

    def load(self, source: keras.Model) -> None:
        """Take over the weights, seeds and optimiser state of an equal network."""
        _copy_state(source, self.network)

    def store(self, target: keras.Model) -> None:
        """Hand the weights, seeds and optimiser state to an equal network."""
        _copy_state(self.network, target)

    def _train(
        self, samples: Samples, order: tf.Tensor, batch_size: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Take a step for each batch of ``order``; sum the losses and the hits."""
        n_rows = tf.size(order)

        def body(start: Any, loss_sum: Any, hits: Any) -> tuple[Any, Any, Any]:
            rows = order[start : start + batch_size]
            x, y, weight = (tf.gather(part, rows) for part in samples)
            x = tf.cast(x, tf.float32)
            if self._augment is not None:
                x = self._augment(x, tf.stack([seed, start]))
            loss, logits = self._step(x, y, weight)
            n = tf.size(rows)
            return (
                start + batch_size,
                loss_sum + tf.cast(loss, tf.float32) * tf.cast(n, tf.float32),
                hits + _count_hits(y, logits),
            )

        _, loss_sum, hits = tf.while_loop(
            lambda start, *_: start < n_rows,
            body,
            (tf.constant(0), tf.constant(0.0), tf.constant(0)),
            parallel_iterations=1,
        )
        return loss_sum, hits

    def _step(self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Take the step that Keras' own ``train_step`` takes."""
        network = self.network
        with tf.GradientTape() as tape:
            logits = network(x, training=True)
            loss = network.compute_loss(x=x, y=y, y_pred=logits, sample_weight=weight)
            scaled = network.optimizer.scale_loss(loss)
        variables = network.trainable_variables
        if variables:
            network.optimizer.apply(tape.gradient(scaled, variables), variables)
        return loss, logits

    def _evaluate(self, samples: Samples) -> tuple[tf.Tensor, tf.Tensor]:
        """Mean loss and accuracy, without training."""
        network = self.network
        n_rows = tf.shape(samples.x)[0]

        def body(start: Any, loss_sum: Any, hits: Any) -> tuple[Any, Any, Any]:
            x, y, weight = (part[start : start + _EVALUATION_ROWS] for part in samples)
            x = tf.cast(x, tf.float32)
            logits = network(x, training=False)
            loss = network.compute_loss(
                x=x, y=y, y_pred=logits, sample_weight=weight, training=False
            )
            n = tf.cast(tf.shape(x)[0], tf.float32)
            hits = hits + _count_hits(y, logits)
            return start + _EVALUATION_ROWS, loss_sum + tf.cast(loss, tf.float32) * n, hits

        _, loss_sum, hits = tf.while_loop(
            lambda start, *_: start < n_rows,
            body,
            (tf.constant(0), tf.constant(0.0), tf.constant(0)),
            parallel_iterations=1,
        )
        n = tf.cast(n_rows, tf.float32)
        return loss_sum / n, tf.cast(hits, tf.float32) / n


_POOL: ProgramPool[_EpochProgram] = ProgramPool(capacity=16)


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


def train(
    network: keras.Model,
    samples: Samples,
    history: dict[str, list[float]],
    *,
    validation: Samples | None,
    batch_size: int,
    initial_epoch: int,
    epochs: int,
    callbacks: list[keras.callbacks.Callback],
    verbose: int,
    random_state: np.random.RandomState,
    augment: Any = None,
    augment_key: str = "",
) -> None:
    """Train a compiled network in place, on samples in memory.

    Parameters
    ----------
    network : keras.Model
        Compiled with an optimiser and a loss over logits. Where the training
        fails it is left as it was.
    samples : Samples
        What to train on.
    history : dict of list of float
        Takes the figures of each epoch, also when Ctrl-C ends the training.
    validation : Samples or None
        What to evaluate on after each epoch.
    batch_size : int
        Samples of one step; the last, shorter batch of an epoch is trained on.
    initial_epoch : int
        Number of epochs already trained.
    epochs : int
        Number of epochs to train now.
    callbacks : list of keras.callbacks.Callback
        Callbacks of this fit, none with batch hooks (see `reason_for_model_fit`).
    verbose : int
        0 for silence, 1 for a progress bar, 2 for a line an epoch.
    random_state : numpy.random.RandomState
        Source of the shuffling and of the augmentation.
    augment : callable or None
        Changes a batch inside the program, given two integers that seed it.
    augment_key : str
        Equal for equal ``augment``.

    Raises
    ------
    DivergenceError
        If the loss is NaN or infinite after an epoch.
    """
    with _program_for(network, samples, augment, augment_key) as program:
        tensors = Samples(*map(tf.convert_to_tensor, samples))
        held_out = None if validation is None else Samples(*map(tf.convert_to_tensor, validation))
        listeners = keras.callbacks.CallbackList(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            model=program.network,
            verbose=verbose,
            epochs=initial_epoch + epochs,
            steps=-(-len(samples.x) // batch_size),
        )
        program.network.stop_training = False
        listeners.on_train_begin()
        logs: dict[str, float] = {}
        try:
            for epoch in range(initial_epoch, initial_epoch + epochs):
                listeners.on_epoch_begin(epoch)
                logs = _run_epoch(program, tensors, batch_size, random_state, listeners)
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


def _run_epoch(
    program: _EpochProgram,
    samples: Samples,
    batch_size: int,
    random_state: np.random.RandomState,
    listeners: keras.callbacks.CallbackList,
) -> dict[str, float]:
    """Train one epoch, a stretch of whole batches at a time."""
    n_rows = int(samples.x.shape[0])
    order = random_state.permutation(n_rows).astype(np.int32)
    stretch = max(1, _ROWS_PER_CALL // batch_size) * batch_size
    size = tf.constant(min(batch_size, n_rows), tf.int32)
    logs: dict[str, float] = {}
    loss_sum, hits = 0.0, 0
    for start in range(0, n_rows, stretch):
        rows = order[start : start + stretch]
        seed = tf.constant(random_state.randint(np.iinfo(np.int32).max), tf.int32)
        stretch_loss, stretch_hits = program.train(samples, tf.constant(rows), size, seed)
        loss_sum += float(stretch_loss)
        hits += int(stretch_hits)
        done = start + len(rows)
        logs = {"accuracy": hits / done, "loss": loss_sum / done}
        # Only Keras' progress bar listens: other callbacks with batch hooks use Model.fit.
        listeners.on_train_batch_end(-(-done // batch_size) - 1, logs)
    return logs


@contextmanager
def unchanged_by_errors(network: keras.Model) -> Iterator[None]:
    """Put a network's weights, seeds and optimiser state back where its training fails.

    Parameters
    ----------
    network : keras.Model
        Compiled; trained in place. Ctrl-C keeps what was trained.
    """
    network.optimizer.build(network.trainable_variables)
    before = [variable.numpy() for variable in network_state(network)]
    try:
        yield
    except Exception:
        for variable, value in zip(network_state(network), before, strict=True):
            variable.assign(value)
        raise


@contextmanager
def _program_for(
    network: keras.Model, samples: Samples, augment: Any, augment_key: str
) -> Iterator[_EpochProgram]:
    """Lend a compiled program for networks of this structure.

    It works on a network of its own, so that it can be kept for the next fit; the
    weights are carried there and, unless the training failed, back.
    """
    like = [(array.dtype.name, array.shape[1:]) for array in samples]
    key = structure_key(network, network.loss, network.optimizer, augment_key, like)
    if key is None:
        with unchanged_by_errors(network):
            yield _EpochProgram(network, samples, augment)
        return
    program = _POOL.take(key, lambda: _EpochProgram(_twin(network), samples, augment))
    program.load(network)
    try:
        yield program
    except KeyboardInterrupt:
        program.store(network)
        raise
    else:
        program.store(network)
    finally:
        _POOL.give_back(key, program)


def _twin(network: keras.Model) -> keras.Model:
    """Make a compiled network of the same structure."""
    twin = clone_network(network)
    optimizer = type(network.optimizer).from_config(network.optimizer.get_config())
    twin.compile(optimizer=optimizer, loss=network.loss, metrics=["accuracy"])
    return twin


def _copy_state(source: keras.Model, target: keras.Model) -> None:
    """Copy weights, seeds and optimiser state between networks of one structure."""
    for model in (source, target):
        model.optimizer.build(model.trainable_variables)
    pairs = [*zip(network_state(source), network_state(target), strict=True)]
    for origin, copy in pairs:
        copy.assign(origin.value)


def _count_hits(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Count the rows whose largest logit is the target's."""
    codes = y if y.shape.rank == 1 else tf.argmax(y, axis=-1, output_type=tf.int32)
    guesses = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return tf.reduce_sum(tf.cast(guesses == tf.cast(codes, tf.int32), tf.int32))
