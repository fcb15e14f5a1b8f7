"""Compiled prediction: samples in, logits out, a bounded number of rows at a time."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .._typing import AnyArray, FloatArray
from ._networks import clone_network
from ._programs import structure_key

_ROWS_PER_CALL = 1_000
_KEPT_PROGRAMS = 32


class _ForwardProgram:
    """A compiled forward pass for all networks of one structure.

    The weights are arguments, so that one program serves every fit and any
    number of threads.

    Parameters
    ----------
    network : keras.Model
        Gives the structure; its own weights are not used.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network = network
        self.run = tf.function(
            self._run,
            input_signature=(
                [_spec(variable) for variable in network.trainable_variables],
                [_spec(variable) for variable in network.non_trainable_variables],
                _rows_of(network),
            ),
            autograph=False,
        )

    def _run(self, weights: list[tf.Tensor], state: list[tf.Tensor], x: tf.Tensor) -> tf.Tensor:
        logits, _ = self._network.stateless_call(weights, state, x, training=False)
        return tf.cast(logits, tf.float32)


def _spec(variable: keras.Variable) -> tf.TensorSpec:
    """Shape and dtype of a variable's value."""
    return tf.TensorSpec(variable.shape, variable.dtype)


def _rows_of(network: keras.Model) -> tf.TensorSpec:
    """Shape and dtype of any number of samples."""
    return tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)


_LOCK = threading.Lock()
_BY_STRUCTURE: dict[str, _ForwardProgram] = {}
_BY_NETWORK: weakref.WeakKeyDictionary[keras.Model, Any] = weakref.WeakKeyDictionary()


def predict_logits(network: keras.Model, x: AnyArray) -> FloatArray:
    """Compute the outputs of a network.

    Parameters
    ----------
    network : keras.Model
        Maps samples to logits.
    x : ndarray, shape (n_samples, ...)
        Samples of any real dtype, cast to float32 a chunk at a time.

    Returns
    -------
    logits : ndarray of float32, shape (n_samples, n_classes)
        The network's outputs, dropout off.
    """
    forward = _forward_for(network)
    chunks = [
        forward(np.asarray(x[start : start + _ROWS_PER_CALL], dtype=np.float32)).numpy()
        for start in range(0, len(x), _ROWS_PER_CALL)
    ]
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def _forward_for(network: keras.Model) -> Any:
    """Find or make the compiled forward pass of a network."""
    with _LOCK:
        forward = _BY_NETWORK.get(network)
        if forward is None:
            forward = _BY_NETWORK[network] = _bind(network)
        return forward


def _bind(network: keras.Model) -> Any:
    """Tie the program of a network's structure to the network's own weights."""
    key = structure_key(network)
    if key is None:
        # A proxy: the program must not keep its own key in _BY_NETWORK alive.
        proxy = weakref.proxy(network)
        return tf.function(
            lambda x: tf.cast(proxy(x, training=False), tf.float32),
            input_signature=(_rows_of(network),),
            autograph=False,
        )
    program = _BY_STRUCTURE.get(key)
    if program is None:
        while len(_BY_STRUCTURE) >= _KEPT_PROGRAMS:
            del _BY_STRUCTURE[next(iter(_BY_STRUCTURE))]
        program = _BY_STRUCTURE[key] = _ForwardProgram(clone_network(network))
    weights = [variable.value for variable in network.trainable_variables]
    state = [variable.value for variable in network.non_trainable_variables]
    run = program.run
    return lambda x: run(weights, state, x)
