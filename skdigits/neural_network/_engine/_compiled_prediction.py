"""Compiled prediction: samples in, logits out, a bounded number of rows at a time."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from ..._inference import HiddenLayer
from ..._typing import AnyArray, FloatArray
from ...exceptions import UnknownNameError
from ._keras_private import calls_of
from ._network import clone_network
from ._structure import structure_key
from ._tensorflow import BUILD_LOCK, refuse_inherited_tensorflow

Forward = Callable[[FloatArray], FloatArray]

_ROWS_PER_CALL = 1_000
_KEPT_PROGRAMS = 32


class _ForwardProgram:
    """A compiled forward pass for all networks of one structure.

    The weights are inputs, so that one program serves every fit and any number of
    threads.

    Parameters
    ----------
    network : keras.Model
        Gives the structure.
    """

    def __init__(self, network: keras.Model) -> None:
        # A proxy: a program that kept its network alive would keep its own key in _BY_NETWORK.
        proxy = weakref.proxy(network)
        samples = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)
        self._function = tf.function(
            lambda x: tf.cast(proxy(x, training=False), tf.float32),
            input_signature=(samples,),
            autograph=False,
        ).get_concrete_function()
        handles = {id(handle): i for i, handle in enumerate(_handles(network))}
        #: Which of a network's variables each input is, or None for a tensor of another kind.
        self._inputs = [handles.get(id(tensor)) for tensor in self._function.captured_inputs]

    @property
    def is_sharable(self) -> bool:
        """Whether variables are all that the program takes from its network."""
        return None not in self._inputs

    def bind(self, network: keras.Model) -> Forward:
        """Make the function that maps samples to the logits of a network.

        Parameters
        ----------
        network : keras.Model
            Of the program's structure; its weights are read at every call.

        Returns
        -------
        forward : callable
            Takes float32 samples.
        """
        handles, function = _handles(network), self._function
        inputs = [
            own if i is None else handles[i]
            for i, own in zip(self._inputs, function.captured_inputs, strict=True)
        ]

        def forward(x: FloatArray) -> FloatArray:
            # The operation behind every tf.function, without the binding of its arguments.
            [logits] = tf.raw_ops.StatefulPartitionedCall(
                args=[tf.constant(x), *inputs], Tout=[tf.float32], f=function
            )
            return logits.numpy()

        return forward


def _handles(network: keras.Model) -> list[tf.Tensor]:
    """Resources of a network's variables, in the same order for equal networks."""
    return [variable.value.handle for variable in network.variables]


_BY_STRUCTURE: dict[str, _ForwardProgram] = {}
_BY_NETWORK: weakref.WeakKeyDictionary[keras.Model, Forward] = weakref.WeakKeyDictionary()


class KerasPrediction:
    """A network that predicts with TensorFlow.

    Parameters
    ----------
    network : keras.Model
        Maps samples to logits.
    hidden : HiddenLayer or None, default=None
        The layer whose activations are computed instead of the logits.

    Attributes
    ----------
    n_outputs : int
        Number of logits or activations of a sample.

    Raises
    ------
    UnknownNameError
        If there is no such layer.
    ValueError
        If the layer has no single output.
    """

    def __init__(self, network: keras.Model, hidden: HiddenLayer | None = None) -> None:
        if hidden is not None:
            [samples] = network.inputs
            network = keras.Model(samples, find_activations(network, hidden.layer))
        self._network = network
        self.n_outputs = math.prod(network.output_shape[1:])

    def __call__(self, x: AnyArray) -> FloatArray:
        """Compute the outputs of the network, each sample's in a row."""
        return predict_logits(self._network, x).reshape(len(x), -1)


def find_activations(network: keras.Model, layer: str | int | None) -> keras.KerasTensor:
    """Find the activations of a layer in a network.

    Parameters
    ----------
    network : keras.Model
        Sequential or functional.
    layer : str, int or None
        As for `HiddenLayer`.

    Returns
    -------
    activations : keras.KerasTensor
        What the layer returns; for None what the last layer with weights takes.

    Raises
    ------
    UnknownNameError
        If there is no such layer.
    ValueError
        If the layer is called several times.
    """
    layers = network.layers
    names = [each.name for each in layers]
    if layer is None:
        calls = [(each, *calls_of(each, network)[-1]) for each in layers if each.weights]
        if not calls or len(calls[-1][1]) != 1:
            raise ValueError(
                "The network has no last hidden layer: none has weights, or the last of them has "
                f"several inputs. Set transform_layer to one of these: {', '.join(names)}."
            )
        last, [taken], _ = calls[-1]
        if isinstance(last, keras.Model):
            return keras.Model(last.inputs[0], find_activations(last, None))(taken)
        return taken
    try:
        found = network.get_layer(layer) if isinstance(layer, str) else layers[layer]
    except (IndexError, ValueError) as error:
        raise UnknownNameError("layer for transform_layer", str(layer), names) from error
    outputs = [output for _, returned in calls_of(found, network) for output in returned]
    if len(outputs) != 1:
        raise ValueError(
            f"transform_layer={layer!r} is called several times, so it has no single output. "
            f"Choose another layer: {', '.join(names)}."
        )
    return outputs[0]


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

    Raises
    ------
    ForkedProcessError
        As for `load_tensorflow`.
    """
    refuse_inherited_tensorflow()
    forward = _forward_for(network)
    chunks = [
        forward(np.asarray(x[start : start + _ROWS_PER_CALL], dtype=np.float32))
        for start in range(0, len(x), _ROWS_PER_CALL)
    ]
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def _forward_for(network: keras.Model) -> Forward:
    """Find or make the compiled forward pass of a network."""
    forward = _BY_NETWORK.get(network)
    if forward is not None:
        return forward
    # A second lock, taken in another order by a build that predicts, could wait for ever.
    with BUILD_LOCK:
        forward = _BY_NETWORK.get(network)
        if forward is None:
            forward = _BY_NETWORK[network] = _program_for(network).bind(network)
        return forward


def _program_for(network: keras.Model) -> _ForwardProgram:
    """Find or make the program of a network's structure."""
    key = structure_key(network)
    if key is None:
        return _ForwardProgram(network)
    program = _BY_STRUCTURE.get(key)
    if program is None:
        clone = clone_network(network)  # lives while the program is traced
        program = _ForwardProgram(clone)
        if not program.is_sharable:
            return _ForwardProgram(network)
        while len(_BY_STRUCTURE) >= _KEPT_PROGRAMS:
            del _BY_STRUCTURE[next(iter(_BY_STRUCTURE))]
        _BY_STRUCTURE[key] = program
    return program
