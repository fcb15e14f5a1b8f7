"""The compiled epoch: the training steps of a full buffer as one program.

Step follows step inside it. TensorFlow's own kernels take batches of any size; XLA
takes whole batches of one size, and compiles for longer.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from ._forward import training_pass
from ._fused_steps import fused_steps
from ._metrics import MetricOfLogits
from ._plan import Samples

_EVALUATION_ROWS = 1_000
_SCALAR = tf.TensorSpec((), tf.int32)


class EpochProgram:
    """Compiled training and evaluation of one network.

    Parameters
    ----------
    network : keras.Model
        Compiled with an optimiser and a loss; the program changes its weights.
    like : Samples
        Samples of the dtypes and shapes that it will be given.
    augment : callable or None
        Changes a batch of samples, given two integers that seed it.
    whole : WholeBatches or None
        Trains the whole batches of a buffer, where it does so faster.
    metrics : sequence of MetricOfLogits, default=()
        Of this program alone; updated by each step and each evaluation.
    """

    def __init__(
        self,
        network: keras.Model,
        like: Samples,
        augment: Any,
        whole: WholeBatches | None,
        metrics: Sequence[MetricOfLogits] = (),
    ) -> None:
        self.network = network
        self._augment = augment
        self._whole = whole
        self._metrics = metrics
        self._step = _TrainingStep(network, xla=False, metrics=metrics)
        # One signature for any number of rows, so that nothing is traced twice.
        specs = _specs(like, None)
        self._train_any = _compile(self._train, specs, *[_SCALAR] * 4)
        self.evaluate = _compile(self._evaluate, specs)
        self._observe_any = _compile(self._observe, specs, *[_SCALAR] * 2)

    def train(self, buffer: Samples, n_rows: int, batch_size: int, seed: int) -> tuple[float, int]:
        """Take a step for each batch of a buffer.

        Parameters
        ----------
        buffer : Samples
            Tensors, in the order of training.
        n_rows : int
            How many of the samples to train on.
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
        start, loss_sum, hits = 0, 0.0, 0
        if self._whole is not None and n_rows >= batch_size:
            start = n_rows // batch_size * batch_size
            loss_sum, hits = map(_number, self._whole.train(buffer, start, seed))
        if start < n_rows:
            scalars = (tf.constant(value, tf.int32) for value in (start, n_rows, batch_size, seed))
            more_loss, more_hits = map(_number, self._train_any(buffer, *scalars))
            loss_sum, hits = loss_sum + more_loss, hits + more_hits
        return loss_sum, hits

    def reset_metrics(self) -> None:
        """Let the metrics begin anew."""
        for metric in self._metrics:
            metric.reset_state()

    def metric_values(self) -> dict[str, float]:
        """Read the metrics.

        Returns
        -------
        values : dict of str to float
            By name, of the samples since they began.
        """
        return {metric.name: float(metric.result()) for metric in self._metrics}

    def observe(self, buffer: Samples, n_rows: int, seed: int) -> int:
        """Pass samples through as in training, without a step: batch statistics follow.

        Parameters
        ----------
        buffer : Samples
            Tensors.
        n_rows : int
            How many of the samples to pass through.
        seed : int
            Seed of the augmentation.

        Returns
        -------
        n_batches : int
            Number of batches that they were.
        """
        scalars = (tf.constant(value, tf.int32) for value in (n_rows, seed))
        self._observe_any(buffer, *scalars)
        return -(-n_rows // _EVALUATION_ROWS)

    def _observe(self, buffer: Samples, n_rows: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Call the network on augmented samples."""

        def body(start: Any, total: Any) -> tuple[Any, Any]:
            end = tf.minimum(start + _EVALUATION_ROWS, n_rows)
            logits = self.network(self._prepare(buffer.x[start:end], seed, start), training=True)
            return end, total + tf.reduce_sum(logits)

        loop = (tf.constant(0), tf.constant(0.0))
        return tf.while_loop(lambda start, _: start < n_rows, body, loop, parallel_iterations=1)[1]

    def _prepare(self, x: tf.Tensor, seed: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
        """Cast and augment the samples that begin at a row of a buffer."""
        x = tf.cast(x, tf.float32)
        return x if self._augment is None else self._augment(x, tf.stack([seed, start]))

    def _train(
        self,
        buffer: Samples,
        start: tf.Tensor,
        n_rows: tf.Tensor,
        batch_size: tf.Tensor,
        seed: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Take a step for each batch; sum the losses and the hits."""

        def body(start: Any, loss_sum: Any, hits: Any) -> tuple[Any, Any, Any]:
            end = tf.minimum(start + batch_size, n_rows)
            x, y, weight = (part[start:end] for part in buffer)
            batch_loss, batch_hits = self._step(self._prepare(x, seed, start), y, weight)
            return end, loss_sum + batch_loss, hits + batch_hits

        return _sum_while(start, n_rows, body)

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
            for metric in self._metrics:
                metric.update_state(y, logits)
            n = tf.cast(tf.shape(x)[0], tf.float32)
            hits = hits + _count_hits(y, logits)
            return start + _EVALUATION_ROWS, loss_sum + tf.cast(loss, tf.float32) * n, hits

        loss_sum, hits = _sum_while(tf.constant(0), n_rows, body)
        n = tf.cast(n_rows, tf.float32)
        return loss_sum / n, tf.cast(hits, tf.float32) / n


class WholeBatches:
    """Training on whole batches of one size, compiled by XLA.

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
        Samples of a buffer, used or not: XLA needs to know every shape.
    """

    def __init__(
        self, network: keras.Model, like: Samples, augment: Any, batch_size: int, capacity: int
    ) -> None:
        self._batch_size = batch_size
        self._augment = augment
        self._step = _TrainingStep(network, xla=True)
        specs = _specs(like, capacity)
        self._program = _compile(self._augment_and_train, specs, _SCALAR, _SCALAR)
        self._take_steps = tf.function(self._train, jit_compile=True, autograph=False)

    def train(self, buffer: Samples, n_rows: int, seed: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Take a step for each batch.

        Parameters
        ----------
        buffer : Samples
            Tensors, in the order of training.
        n_rows : int
            How many of the samples to train on: whole batches.
        seed : int
            Seed of the augmentation.

        Returns
        -------
        loss_sum, hits : tensor
            As `EpochProgram.train` returns them.
        """
        return self._program(buffer, tf.constant(n_rows, tf.int32), tf.constant(seed, tf.int32))

    def _augment_and_train(
        self, buffer: Samples, n_rows: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Augment by TensorFlow's kernels, of which XLA lacks some."""
        if self._augment is not None:
            x = self._augment(tf.cast(buffer.x, tf.float32), tf.stack([seed, 0]))
            buffer = buffer._replace(x=x)
        return self._take_steps(buffer, n_rows)

    def _train(self, buffer: Samples, n_rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Take a step for each batch; sum the losses and the hits."""
        size = self._batch_size

        def body(start: Any, loss_sum: Any, hits: Any) -> tuple[Any, Any, Any]:
            x, y, weight = (
                tf.slice(part, [start] + [0] * (len(part.shape) - 1), [size, *part.shape[1:]])
                for part in buffer
            )
            batch_loss, batch_hits = self._step(tf.cast(x, tf.float32), y, weight)
            return start + size, loss_sum + batch_loss, hits + batch_hits

        return _sum_while(tf.constant(0), n_rows, body)


class _TrainingStep:
    """The step that Keras' own ``train_step`` takes.

    Parameters
    ----------
    network : keras.Model
        Compiled with an optimiser and a loss; the step changes its weights.
    xla : bool
        Whether XLA will compile the step. It fuses Keras' small operations by
        itself, so TensorFlow's fused kernels serve where it does not.
    metrics : sequence of MetricOfLogits, default=()
        Updated by the step.
    """

    def __init__(
        self, network: keras.Model, *, xla: bool, metrics: Sequence[MetricOfLogits] = ()
    ) -> None:
        self._network = network
        self._forward = training_pass(network, xla=xla)
        self._xla = xla
        self._metrics = metrics

    def __call__(
        self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Take a step on a batch.

        Parameters
        ----------
        x : tensor of float32, shape (n_samples, ...)
            Samples.
        y : tensor, shape (n_samples,) or (n_samples, n_classes)
            Targets.
        weight : tensor of float32, shape (n_samples,)
            Weights.

        Returns
        -------
        loss_sum : tensor of float32
            The batch's loss times its number of samples.
        hits : tensor of int32
            Number of samples whose largest logit was the target's.
        """
        network, optimizer = self._network, self._network.optimizer
        with tf.GradientTape() as tape:
            logits = self._forward(x)
            loss = network.compute_loss(x=x, y=y, y_pred=logits, sample_weight=weight)
            scaled = optimizer.scale_loss(loss)
        variables = network.trainable_variables
        if variables:
            gradients = tape.gradient(scaled, variables)
            with contextlib.nullcontext() if self._xla else fused_steps(optimizer):
                optimizer.apply(gradients, variables)
        for metric in self._metrics:
            metric.update_state(y, logits)
        n_samples = tf.cast(tf.shape(x)[0], tf.float32)
        return tf.cast(loss, tf.float32) * n_samples, _count_hits(y, logits)


def _count_hits(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Count the rows whose largest logit is that of their class number or one-hot row."""
    codes = y if y.shape.rank == 1 else tf.argmax(y, axis=-1, output_type=tf.int32)
    guesses = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return tf.reduce_sum(tf.cast(guesses == tf.cast(codes, tf.int32), tf.int32))


def _compile(method: Callable[..., Any], *signature: Any) -> Callable[..., Any]:
    """Compile a method for arguments of one signature, when it is first called."""
    function = tf.function(method, input_signature=signature, autograph=False)

    @functools.cache
    def traced() -> Callable[..., Any]:
        # Called by itself TensorFlow's function counts how often the method is traced, of however
        # many programs, and warns of too many.
        return function.get_concrete_function()

    return lambda *arguments: traced()(*arguments)


def _specs(like: Samples, n_rows: int | None) -> Samples:
    """Shapes and dtypes of some or any number of samples."""
    return Samples(*(tf.TensorSpec((n_rows, *part.shape[1:]), part.dtype) for part in like))


def _number(scalar: tf.Tensor) -> Any:
    """Wait for a scalar."""
    return scalar.numpy().item()


def _sum_while(start: tf.Tensor, n_rows: tf.Tensor, body: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Run a loop's body, which sums losses and hits, up to the last row."""
    _, loss_sum, hits = tf.while_loop(
        lambda start, *_: start < n_rows,
        body,
        (start, tf.constant(0.0), tf.constant(0)),
        parallel_iterations=1,
    )
    return loss_sum, hits
