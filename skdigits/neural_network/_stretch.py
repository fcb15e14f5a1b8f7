"""A stretch of samples in the order of training, lent to TensorFlow without a copy.

The caller's samples are never copied as a whole: they may be mapped from a file
that is larger than the memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from .._typing import AnyArray, IntArray

#: What TensorFlow's vector instructions ask of an address.
_ALIGNMENT = 64
_LENDABLE = frozenset(map(np.dtype, ("float32", "float64", "int32", "uint8")))


class Samples(NamedTuple):
    """Samples, targets as the loss takes them, and weights."""

    x: AnyArray
    y: AnyArray
    sample_weight: AnyArray


class Stretch:
    """Room for some samples, which is filled again and again.

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
        self._room = [_aligned_empty((capacity, *part.shape[1:]), part.dtype) for part in samples]

    def take(self, rows: IntArray) -> Samples:
        """Take samples; what was taken before is overwritten.

        Parameters
        ----------
        rows : ndarray of int, shape (n_rows,)
            Which samples, in order; none or up to the capacity.

        Returns
        -------
        stretch : Samples
            Tensors of as many samples as the capacity says; behind ``n_rows`` is
            what was there before.
        """
        for part, room in zip(self._samples, self._room, strict=True):
            # "clip" is what lets NumPy write into the room directly; the rows do exist.
            np.take(part, rows, axis=0, out=room[: len(rows)], mode="clip")
        return Samples(*map(_lend, self._room))


def _aligned_empty(shape: tuple[int, ...], dtype: np.dtype) -> AnyArray:
    """Make an array that TensorFlow can use where it lies."""
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    raw = np.zeros(n_bytes + _ALIGNMENT, np.uint8)
    begin = -raw.ctypes.data % _ALIGNMENT
    return raw[begin : begin + n_bytes].view(dtype).reshape(shape)


def _lend(room: AnyArray) -> tf.Tensor:
    """Make a tensor of an array, in place where TensorFlow knows the dtype."""
    if room.dtype not in _LENDABLE:
        return tf.constant(room)
    return tf.experimental.dlpack.from_dlpack(room.__dlpack__())
