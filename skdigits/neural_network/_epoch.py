"""The compiled epoch: a stretch of training steps as one program.

Step follows step inside it, over samples in memory. TensorFlow's own kernels take
batches of any size; XLA takes whole batches of one size, and compiles for longer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from .._typing import AnyArray, IntArray
from ._step import TrainingStep, count_hits

_EVALUATION_ROWS = 1_000
_SCALAR = tf.TensorSpec((), tf.int32)


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
    whole : WholeBatches or None
        Trains the whole batches of a stretch, where it does so faster.
    """

    def __init__(
        self, network: keras.Model, like: Samples, augment: Any, whole: WholeBatches | None
    ) -> None:
        self.network = network
        self._augment = augment
        self._whole = whole
        self._step = TrainingStep(network, xla=False)
        # One signature for any number of rows, so that nothing is traced twice.
        specs = _specs(like)
        order = tf.TensorSpec((None,), tf.int32)
        self._train_any = tf.function(
            self._train, input_signature=(specs, order, _SCALAR, _SCALAR), autograph=False
        )
        self.evaluate = tf.function(self._evaluate, input_signature=(specs,), autograph=False)

    def train(
        self, samples: Samples, rows: IntArray, batch_size: int, seed: int
    ) -> tuple[float, int]:
        """Take a step for each batch of a stretch.

        Parameters
        ----------
        samples : Samples
            Tensors.
        rows : ndarray of int32, shape (n_rows,)
            Samples of the stretch, in the order of training.
        batch_size : int
            Samples of a step; the last step may have fewer.
        seed : int
            Seed of the augmentation.

        Returns
        -------
        loss_sum : float
            Sum of each batch's loss times its size.
        hits : int
            Number of samples that were classified right when their turn came.
        """
        n_whole = 0 if self._whole is None else len(rows) // batch_size * batch_size
        sums = np.zeros(2)
        if self._whole is not None and n_whole:
            sums += [float(part) for part in self._whole.train(samples, rows[:n_whole], seed)]
        if n_whole < len(rows):
            rest = tf.constant(rows[n_whole:])
            scalars = tf.constant(batch_size, tf.int32), tf.constant(seed, tf.int32)
            sums += [float(part) for part in self._train_any(samples, rest, *scalars)]
        return float(sums[0]), int(sums[1])

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
            batch_loss, batch_hits = self._step(x, y, weight)
            return start + batch_size, loss_sum + batch_loss, hits + batch_hits

        return _sum_while(n_rows, body)

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
            hits = hits + count_hits(y, logits)
            return start + _EVALUATION_ROWS, loss_sum + tf.cast(loss, tf.float32) * n, hits

        loss_sum, hits = _sum_while(n_rows, body)
        n = tf.cast(n_rows, tf.float32)
        return loss_sum / n, tf.cast(hits, tf.float32) / n


class WholeBatches:
    """A stretch of whole batches of one size, compiled by XLA.

    Parameters
    ----------
    network : keras.Model
        Compiled with an optimiser and a loss; the program changes its weights.
    like : Samples
        Samples of the dtypes and shapes that it will be given.
    augment : callable or None
        Changes samples, given two integers that seed it.
    batch_size : int
        Samples of a step.
    capacity : int
        Most samples of a stretch, a multiple of ``batch_size``. XLA needs to know
        every shape, so shorter stretches are filled up with rows that are not used.
    """

    def __init__(
        self, network: keras.Model, like: Samples, augment: Any, batch_size: int, capacity: int
    ) -> None:
        self._batch_size = batch_size
        self._capacity = capacity
        self._augment = augment
        self._step = TrainingStep(network, xla=True)
        rows = tf.TensorSpec((capacity,), tf.int32)
        self._program = tf.function(
            self._gather_and_train,
            input_signature=(_specs(like), rows, _SCALAR, _SCALAR),
            autograph=False,
        )
        self._take_steps = tf.function(self._train, jit_compile=True, autograph=False)

    def train(self, samples: Samples, rows: IntArray, seed: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Take a step for each batch.

        Parameters
        ----------
        samples : Samples
            Tensors.
        rows : ndarray of int32, shape (n_rows,)
            Samples of the stretch, in the order of training: whole batches.
        seed : int
            Seed of the augmentation.

        Returns
        -------
        loss_sum, hits : tensor
            As `EpochProgram.train` returns them.
        """
        filled = np.zeros(self._capacity, np.int32)
        filled[: len(rows)] = rows
        n_batches = tf.constant(len(rows) // self._batch_size, tf.int32)
        return self._program(samples, tf.constant(filled), n_batches, tf.constant(seed, tf.int32))

    def _gather_and_train(
        self, samples: Samples, rows: tf.Tensor, n_batches: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Gather and augment by TensorFlow's kernels, of which XLA lacks some."""
        stretch = Samples(*(tf.gather(part, rows) for part in samples))
        if self._augment is not None:
            x = self._augment(tf.cast(stretch.x, tf.float32), tf.stack([seed, 0]))
            stretch = stretch._replace(x=x)
        return self._take_steps(stretch, n_batches)

    def _train(self, stretch: Samples, n_batches: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Take a step for each batch; sum the losses and the hits."""
        size = self._batch_size

        def body(start: Any, loss_sum: Any, hits: Any) -> tuple[Any, Any, Any]:
            x, y, weight = (
                tf.slice(part, [start] + [0] * (len(part.shape) - 1), [size, *part.shape[1:]])
                for part in stretch
            )
            batch_loss, batch_hits = self._step(tf.cast(x, tf.float32), y, weight)
            return start + size, loss_sum + batch_loss, hits + batch_hits

        return _sum_while(n_batches * size, body)


def _specs(like: Samples) -> Samples:
    """Shapes and dtypes of any number of samples."""
    return Samples(*(tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in like))


def _sum_while(n_rows: tf.Tensor, body: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Go from row 0 to the end by a loop's body that sums losses and hits."""
    _, loss_sum, hits = tf.while_loop(
        lambda start, *_: start < n_rows,
        body,
        (tf.constant(0), tf.constant(0.0), tf.constant(0)),
        parallel_iterations=1,
    )
    return loss_sum, hits
