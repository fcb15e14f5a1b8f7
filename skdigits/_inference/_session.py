"""Run a network in ONNX Runtime: samples in, logits or activations out, in blocks of rows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import onnx
from joblib import cpu_count

from .._typing import AnyArray, FloatArray
from ._graph import HiddenLayer, network_model
from ._runtime import open_session

#: What the largest layer gives for a block of rows stays in the processor's cache.
_BYTES_PER_BLOCK = 2**22
#: Rows of a block: with fewer, the time between the operations counts; more gain nothing.
_FEWEST_ROWS, _MOST_ROWS = 16, 256
_BYTES_PER_VALUE = 4
#: It computes convolutions faster, with the channels in blocks of 16.
_BLOCKED_CHANNELS = "NchwcTransformer"
#: With so few channels or fewer, that at least doubles their number.
_FEW_CHANNELS = 8
#: With more outputs of all layers per sample, memory matters more than the last bit of speed.
_LARGE_SAMPLE = 2**21


class Session:
    """A network that is ready to predict; any number of threads may share it.

    It has no threads of its own, so a forked child may use it too. Blocks of rows are
    computed in parallel instead, in threads that live as long as the call.

    Parameters
    ----------
    architecture : mapping
        Keras' configuration of a network.
    weights : sequence of ndarray
        In the order of `keras.Model.weights`.
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
    UnsupportedLayerError
        If ONNX lacks one of its layers.
    ValueError
        If the weights do not fit the architecture.
    """

    def __init__(
        self,
        architecture: Mapping[str, Any],
        weights: Sequence[AnyArray],
        hidden: HiddenLayer | None = None,
    ) -> None:
        model, costs = network_model(architecture, weights, hidden)
        is_large = sum(cost.outputs for cost in costs) > _LARGE_SAMPLE
        pads_channels = is_large and _has_few_channels(model)
        self._session = open_session(
            model,
            keep_memory=not is_large,
            disabled_optimizers=[_BLOCKED_CHANNELS] if pads_channels else [],
        )
        [samples], [outputs] = self._session.get_inputs(), self._session.get_outputs()
        self._input, self._output = samples.name, outputs.name
        self.n_outputs: int = outputs.shape[1]
        largest = max(cost.outputs for cost in costs)
        fitting = _BYTES_PER_BLOCK // (_BYTES_PER_VALUE * largest)
        self._rows_per_block = min(max(fitting, _FEWEST_ROWS), _MOST_ROWS)

    def __call__(self, x: AnyArray) -> FloatArray:
        """Compute the logits or activations of samples.

        Parameters
        ----------
        x : ndarray, shape (n_samples, ...)
            Samples of any real dtype, cast to float32 a block at a time.

        Returns
        -------
        outputs : ndarray of float32, shape (n_samples, n_outputs)
            The same for a sample in any batch.
        """
        n_rows, step = len(x), self._rows_per_block
        if n_rows <= step:
            return self._run(x)
        outputs = np.empty((n_rows, self.n_outputs), np.float32)

        def fill(start: int) -> None:
            outputs[start : start + step] = self._run(x[start : start + step])

        starts = range(0, n_rows, step)
        n_threads = min(share_of_cores(), len(starts))
        if n_threads == 1:
            for start in starts:
                fill(start)
        else:
            with ThreadPoolExecutor(n_threads) as pool:
                for _ in pool.map(fill, starts):
                    pass
        return outputs

    def _run(self, x: AnyArray) -> FloatArray:
        """Compute one block."""
        inputs = {self._input: x.astype(np.float32, copy=False)}
        [outputs] = self._session.run([self._output], inputs)
        return cast(FloatArray, outputs)


def _has_few_channels(model: onnx.ModelProto) -> bool:
    """Whether blocks of channels would be mostly empty after a convolution."""
    constants = {constant.name: constant.dims for constant in model.graph.initializer}
    kernels = [node.input[1] for node in model.graph.node if node.op_type == "Conv"]
    return any(constants[kernel][0] <= _FEW_CHANNELS for kernel in kernels)


def share_of_cores() -> int:
    """Count the cores that this process may use.

    Returns
    -------
    n_cores : int
        What ``OMP_NUM_THREADS`` says, by which joblib and Dask tell their workers their share;
        else all that the process is allowed to use.
    """
    share = os.environ.get("OMP_NUM_THREADS", "")
    n_cores: int = cpu_count()
    return min(max(int(share), 1), n_cores) if share.isdecimal() else n_cores
