"""The graph of a model as values of JSON, for programs without ONNX Runtime."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .._typing import AnyArray

#: Constants of at most so many values are written as numbers.
_MOST_NUMBERS = 16


def plain_graph(model: onnx.ModelProto, output: str) -> dict[str, Any]:
    """Convert the part of a graph that computes one of its outputs.

    Parameters
    ----------
    model : onnx.ModelProto
        As `to_onnx` makes it, with one input.
    output : str
        Name of the output.

    Returns
    -------
    graph : dict
        Ready for JSON. ``shape`` is that of a sample. ``nodes`` are lists of an operation, the
        names of its inputs, the name of its output, and its attributes. ``constants`` has an
        array for each name: its ``shape``, and ``values`` as numbers or, in base64, as ``half``
        where half precision changes nothing, or as ``single``.
    """
    (samples,) = model.graph.input
    needed, nodes = {output}, []
    for node in reversed(model.graph.node):
        (name,) = node.output
        if name in needed:
            needed.update(node.input)
            settings = {each.name: helper.get_attribute_value(each) for each in node.attribute}
            nodes.append([node.op_type, list(node.input), name, settings])
    constants = {
        constant.name: _plain_array(numpy_helper.to_array(constant))
        for constant in model.graph.initializer
        if constant.name in needed
    }
    shape = [side.dim_value for side in samples.type.tensor_type.shape.dim[1:]]
    return {"shape": shape, "nodes": nodes[::-1], "constants": constants}


def _plain_array(array: AnyArray) -> dict[str, Any]:
    """Convert an array, without loss."""
    plain: dict[str, Any] = {"shape": list(array.shape)}
    if array.dtype.kind != "f" or array.size <= _MOST_NUMBERS:
        return plain | {"values": array.ravel().tolist()}
    with np.errstate(over="ignore"):
        half = array.astype("<f2")
    is_exact = np.array_equal(half.astype(array.dtype), array)
    content = half if is_exact else array.astype("<f4")
    name = "half" if is_exact else "single"
    return plain | {name: base64.b64encode(content.tobytes()).decode("ascii")}
