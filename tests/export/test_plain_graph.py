"""A graph as values of JSON has all that computes an output, without loss."""

import base64
import copy
import json

import numpy as np

from skdigits.export import to_onnx
from skdigits.export._plain_graph import plain_graph


def _array(constant):
    """Read a constant."""
    if "values" in constant:
        return np.array(constant["values"], np.float32).reshape(constant["shape"])
    dtype = "<f2" if "half" in constant else "<f4"
    content = base64.b64decode(constant.get("half") or constant["single"])
    return np.frombuffer(content, dtype).astype(np.float32).reshape(constant["shape"])


def test_a_graph_has_what_its_output_needs(framed_mlp):
    graph = plain_graph(to_onnx(framed_mlp[1:], logits=True), "logits")
    assert json.loads(json.dumps(graph)) == graph
    assert graph["shape"] == [28, 28]
    known = {"X", *graph["constants"]}
    for operation, inputs, output, _ in graph["nodes"]:
        assert operation not in ("Softmax", "ArgMax")  # of the other outputs
        assert known.issuperset(inputs)
        known.add(output)
    assert output == "logits"
    weights = copy.deepcopy(framed_mlp[-1]).model_.get_weights()
    kernels = [array for array in weights if array.ndim == 2]
    constants = [_array(constant) for constant in graph["constants"].values()]
    for kernel in kernels:
        assert any(np.array_equal(kernel, constant) for constant in constants)


def test_half_precision_is_used_where_it_changes_nothing(framed_mlp):
    model = to_onnx(framed_mlp[1:], logits=True)
    assert all("half" not in each for each in plain_graph(model, "logits")["constants"].values())
    for constant in model.graph.initializer:
        if constant.raw_data and constant.data_type == 1:
            values = np.frombuffer(constant.raw_data, np.float32)
            constant.raw_data = values.astype(np.float16).astype(np.float32).tobytes()
    constants = plain_graph(model, "logits")["constants"].values()
    assert any("half" in each for each in constants)
    assert all("single" not in each for each in constants)
