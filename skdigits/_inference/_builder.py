"""An ONNX graph while it is being built: its values, nodes, constants and costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

#: Versions of the standard that ONNX Runtime and the runtimes of other languages know.
OPSET_VERSION = 21
IR_VERSION = 10
#: Constants of at most this many values are shared by nodes that use equal ones.
_SHARED_SIZE = 16


class UnsupportedLayerError(Exception):
    """A layer or a setting that cannot be expressed in ONNX as Keras computes it."""


class Tensor(NamedTuple):
    """A value in the graph.

    Attributes
    ----------
    name : str
        Name of the value.
    shape : tuple of int
        Shape of one sample, with the axes in Keras' order.
    channels_first : bool
        Whether the value in the graph has the last of these axes first, as ONNX' convolutions
        need it.
    """

    name: str
    shape: tuple[int, ...]
    channels_first: bool = False


class LayerCost(NamedTuple):
    """What one layer costs for one sample.

    Attributes
    ----------
    outputs : int
        Number of values that the layer returns.
    gathered : int
        Number of values that the windows of a convolution or a pooling read, or that are merged.
        A value that is read twice counts twice. 0 for other layers.
    products : int
        Number of multiplications by weights.
    """

    outputs: int
    gathered: int = 0
    products: int = 0


class GraphBuilder:
    """An ONNX graph that grows node by node.

    Attributes
    ----------
    nodes : list of onnx.NodeProto
        The nodes, each after those whose outputs it takes.
    initializers : list of onnx.TensorProto
        The constants.
    costs : list of LayerCost
        One entry for each call of a layer, and one for the input of each network.
    flattened : dict of str to Tensor
        For the name of a flattened value, the value before it was flattened, if that has its
        channels first. A layer that can take its inputs in any order reads that instead, and
        saves a transposition.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.costs: list[LayerCost] = []
        self.flattened: dict[str, Tensor] = {}
        self._shared: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def add(self, op_type: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Append a node with one output.

        Parameters
        ----------
        op_type : str
            ONNX' name of the operation.
        inputs : sequence of str
            Names of the values it takes.
        **attributes : object
            As of ``onnx.helper.make_node``.

        Returns
        -------
        name : str
            Name of the output.
        """
        name = f"{op_type.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        """Add a constant.

        Parameters
        ----------
        array : ndarray
            Its values.

        Returns
        -------
        name : str
            Name of the constant.
        """
        key = (
            (array.dtype.str, array.shape, array.tobytes()) if array.size <= _SHARED_SIZE else None
        )
        if key in self._shared:
            return self._shared[key]
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(array, name))
        if key is not None:
            self._shared[key] = name
        return name

    def integers(self, values: Sequence[int]) -> str:
        """Add a list of integers, such as a shape, as a constant, and return its name."""
        return self.constant(np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        """Add a float32 number as a constant, and return its name."""
        return self.constant(np.array(value, dtype=np.float32))

    def reshape(self, name: str, shape: Sequence[int]) -> str:
        """Give each sample of a value another shape, and return the result's name."""
        return self.add("Reshape", [name, self.integers([0, *shape])])

    def channels_last(self, x: Tensor) -> Tensor:
        """Put the axes of a value into Keras' order.

        Parameters
        ----------
        x : Tensor
            The value.

        Returns
        -------
        x : Tensor
            With ``channels_first=False``.
        """
        if not x.channels_first:
            return x
        *image, channels = x.shape
        if channels == 1 or math.prod(image) == 1:
            return Tensor(self.reshape(x.name, x.shape), x.shape)
        axes = [0, *range(2, len(x.shape) + 1), 1]
        return Tensor(self.add("Transpose", [x.name], perm=axes), x.shape)

    def channels_first(self, x: Tensor) -> Tensor:
        """Put the channels of a value first, as ONNX' convolutions need them.

        Parameters
        ----------
        x : Tensor
            The value.

        Returns
        -------
        x : Tensor
            With ``channels_first=True``.
        """
        if x.channels_first:
            return x
        *image, channels = x.shape
        if channels == 1 or math.prod(image) == 1:
            name = self.reshape(x.name, (channels, *image))
        else:
            rank = len(x.shape)
            name = self.add("Transpose", [x.name], perm=[0, rank, *range(1, rank)])
        return Tensor(name, x.shape, channels_first=True)

    def model(
        self,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
        *,
        name: str,
        metadata: Mapping[str, str] | None = None,
    ) -> onnx.ModelProto:
        """Make a model of the nodes that its outputs depend on.

        Parameters
        ----------
        inputs, outputs : sequence of onnx.ValueInfoProto
            What the model takes and returns.
        name : str
            Name of the graph.
        metadata : mapping of str to str, optional
            What the file says about itself.

        Returns
        -------
        model : onnx.ModelProto
            The model.
        """
        needed = {output.name for output in outputs}
        nodes = []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                needed.update(node.input)
                nodes.append(node)
        constants = [constant for constant in self.initializers if constant.name in needed]
        graph = helper.make_graph(nodes[::-1], name, inputs, outputs, constants)
        opsets = [helper.make_opsetid("", OPSET_VERSION)]
        domains = {node.domain for node in nodes} - {""}
        opsets += [helper.make_opsetid(domain, 1) for domain in sorted(domains)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        helper.set_model_props(model, dict(metadata or {}))
        return model


def float_value(name: str, shape: Sequence[int]) -> onnx.ValueInfoProto:
    """Describe an input or output of float32 numbers, for any number of samples.

    Parameters
    ----------
    name : str
        Its name.
    shape : sequence of int
        Shape of one sample.

    Returns
    -------
    value : onnx.ValueInfoProto
        For `GraphBuilder.model`.
    """
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])
