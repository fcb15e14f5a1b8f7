"""The compiled epoch: a stretch of training steps as one TensorFlow program.

Keras' own loss, gradient and optimiser run inside it, step after step, over
samples in memory. A program outlives its fit and serves the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from .._typing import AnyArray
from ._networks import assign_state, clone_network, network_state
from ._programs import ProgramPool, structure_key

_EVALUATION_ROWS = 1_000


class Samples(NamedTuple):
    """Samples, targets as the loss takes them, and weights."""

    x: AnyArray
    y: AnyArray
    sample_weight: AnyArray


class EpochProgram:
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


_POOL: ProgramPool[EpochProgram] = ProgramPool(capacity=16)


@contextmanager
def lend_program(
    network: keras.Model, samples: Samples, augment: Any, augment_key: str
) -> Iterator[EpochProgram]:
    """Lend a compiled program for networks of this structure.

    It works on a network of its own, so that it can be kept for the next fit; the
    weights are carried there and, unless the training failed, back.
    """
    like = [(array.dtype.name, array.shape[1:]) for array in samples]
    key = structure_key(network, network.loss, network.optimizer, augment_key, like)
    if key is None:
        with unchanged_by_errors(network):
            yield EpochProgram(network, samples, augment)
        return
    program = _POOL.take(key, lambda: EpochProgram(_twin(network), samples, augment))
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


@contextmanager
def unchanged_by_errors(network: keras.Model) -> Iterator[None]:
    """Put a network's weights, seeds and optimiser state back where its training fails.

    Parameters
    ----------
    network : keras.Model
        Compiled; trained in place. Ctrl-C keeps what was trained.
    """
    before = [variable.numpy() for variable in network_state(network)]
    try:
        yield
    except Exception:
        assign_state(network, before)
        raise


def _twin(network: keras.Model) -> keras.Model:
    """Make a compiled network of the same structure."""
    twin = clone_network(network)
    optimizer = type(network.optimizer).from_config(network.optimizer.get_config())
    twin.compile(optimizer=optimizer, loss=network.loss, metrics=["accuracy"])
    return twin


def _copy_state(source: keras.Model, target: keras.Model) -> None:
    """Copy weights, seeds and optimiser state between networks of one structure."""
    assign_state(target, [variable.value for variable in network_state(source)])


def _count_hits(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Count the rows whose largest logit is the target's."""
    codes = y if y.shape.rank == 1 else tf.argmax(y, axis=-1, output_type=tf.int32)
    guesses = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return tf.reduce_sum(tf.cast(guesses == tf.cast(codes, tf.int32), tf.int32))
