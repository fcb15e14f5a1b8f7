"""Whether the weights of a Keras network have changed since they were read."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from ..._typing import AnyArray


class WeightWatch:
    """The weights of a network at one moment.

    TensorFlow never writes into a tensor that somebody holds: whoever changes a variable
    gives it new memory then. So as long as a variable has the memory of a tensor that was
    read from it and is held here, its values are the same.

    Parameters
    ----------
    network : keras.Model
        The network.

    Attributes
    ----------
    weights : list of ndarray
        Its weights at that moment, in the order of `keras.Model.weights`; not to be written into.
    """

    def __init__(self, network: keras.Model) -> None:
        self._variables = [variable.value for variable in network.weights]
        self._held = [_read(variable) for variable in self._variables]
        self.weights = [_view(tensor) for tensor in self._held]
        self._addresses = [_address(view) for view in self.weights]

    def is_unchanged(self) -> bool:
        """Whether all weights are what they were.

        Returns
        -------
        unchanged : bool
            False if one of them has other numbers now.
        """
        for i, variable in enumerate(self._variables):
            tensor = _read(variable)
            now = _view(tensor)
            # A variable that was written in part gets new memory each time it is read.
            if _address(now) != self._addresses[i] and not np.array_equal(now, self.weights[i]):
                return False
        return True


def _read(variable: tf.Variable) -> tf.Tensor:
    """Read a variable without copying its memory."""
    return tf.raw_ops.ReadVariableOp(resource=variable.handle, dtype=variable.dtype)


def _view(tensor: tf.Tensor) -> AnyArray:
    """View the memory of a tensor as an array."""
    return np.asarray(memoryview(tensor))


def _address(array: AnyArray) -> int:
    """Return the memory address of an array."""
    return int(array.__array_interface__["data"][0])
