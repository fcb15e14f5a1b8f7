"""One training step: Keras' loss and optimiser around a cheaper pass through the network."""

from __future__ import annotations

import contextlib

import keras
import tensorflow as tf

from ._forward import training_pass
from ._fused_steps import fused_steps


class TrainingStep:
    """The step that Keras' own ``train_step`` takes.

    Parameters
    ----------
    network : keras.Model
        Compiled with an optimiser and a loss; the step changes its weights.
    xla : bool
        Whether XLA will compile the step. It fuses Keras' small operations by
        itself, so TensorFlow's fused kernels serve where it does not.
    """

    def __init__(self, network: keras.Model, *, xla: bool) -> None:
        self._network = network
        self._forward = training_pass(network, xla=xla)
        self._xla = xla

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
        n_samples = tf.cast(tf.shape(x)[0], tf.float32)
        return tf.cast(loss, tf.float32) * n_samples, count_hits(y, logits)


def count_hits(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Count the rows whose largest logit is the target's.

    Parameters
    ----------
    y : tensor, shape (n_samples,) or (n_samples, n_classes)
        Class numbers or one-hot rows.
    logits : tensor, shape (n_samples, n_classes)
        Outputs.

    Returns
    -------
    hits : tensor of int32
        The number.
    """
    codes = y if y.shape.rank == 1 else tf.argmax(y, axis=-1, output_type=tf.int32)
    guesses = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return tf.reduce_sum(tf.cast(guesses == tf.cast(codes, tf.int32), tf.int32))
