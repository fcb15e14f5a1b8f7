"""Keras' layers as nodes of an ONNX graph, one function for each kind."""

from __future__ import annotations

import math
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._activations import ACTIVATION_LAYERS, activated
from ._builder import GraphBuilder, LayerCost, Tensor
from ._convolutions import CONVOLUTIONS
from ._reshaping import RESHAPING
from ._stored_layer import LayerKind, StoredLayer, shown, size_of

#: Keras' smallest standard deviation to divide by.
_EPSILON = 1e-7
#: ONNX Runtime has no fast way to compute with more axes.
_MOST_AXES = 7


def add_layer(graph: GraphBuilder, layer: StoredLayer, inputs: list[Tensor]) -> Tensor:
    """Append a layer to a graph.

    Parameters
    ----------
    graph : GraphBuilder
        The graph.
    layer : StoredLayer
        The layer, whose settings were checked.
    inputs : list of Tensor
        What it is called with.

    Returns
    -------
    y : Tensor
        Its output.

    Raises
    ------
    UnsupportedLayerError
        If the graph cannot express the layer.
    ValueError
        If its weights do not fit, or its output is impossibly large.
    """
    kind = LAYERS[layer.class_name]
    if not inputs or (len(inputs) > 1 and not kind.is_merge):
        raise layer.refusal(f"it is called with {len(inputs)} inputs")
    n_costs = len(graph.costs)
    y = kind.add(graph, layer, *inputs)
    if not 1 <= len(y.shape) <= _MOST_AXES:
        raise layer.refusal(f"its output has shape {shown(y.shape)}")
    size = size_of(y.shape)
    if len(graph.costs) == n_costs:
        graph.costs.append(LayerCost(size))
    return y


def _nothing(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Pass on what a layer leaves as it is in prediction."""
    return x


def _dense(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a dense layer, on the last axis."""
    units, n_features = layer.integer("units"), x.shape[-1]
    kernel = layer.weight("kernel", (n_features, units))
    image = graph.flattened.get(x.name)
    if image is not None and not layer.has_other_form("kernel", image.shape):
        # Sorting the rows of the kernel once is cheaper than sorting the values of every sample.
        name = graph.reshape(image.name, (n_features,))
        product = [name, _constant_for_channels_first(graph, layer, kernel, image.shape)]
    else:
        x = graph.channels_last(x)
        product = [x.name, layer.constant(graph, "kernel", lambda: kernel)]
    bias = []
    if "bias" in layer.weights:
        values = layer.weight("bias", (units,))
        bias = [layer.constant(graph, "bias", lambda: values)]
    if len(x.shape) == 1 and bias:
        name = graph.add("Gemm", [*product, *bias])
    else:
        name = graph.add("MatMul", product)
        name = graph.add("Add", [name, *bias]) if bias else name
    y = Tensor(name, (*x.shape[:-1], units))
    n_outputs = math.prod(y.shape)
    graph.costs.append(LayerCost(n_outputs, products=n_outputs * n_features))
    return activated(graph, layer, y)


def _constant_for_channels_first(
    graph: GraphBuilder, layer: StoredLayer, kernel: NDArray[Any], shape: tuple[int, ...]
) -> str:
    """Add a kernel whose rows are sorted for values that have their channels first."""

    def sort_rows() -> NDArray[Any]:
        return np.moveaxis(kernel.reshape(*shape, -1), -2, 0).reshape(kernel.shape)

    return layer.constant(graph, "kernel", sort_rows, form=shape)


def _along(x: Tensor, axis: int) -> tuple[int, tuple[int, ...]]:
    """Return where Keras' axis is in the graph, and the shape of values along it."""
    if x.channels_first:
        axis = axis % len(x.shape) + 1
    return axis, (-1, *(1,) * (len(x.shape) - axis))


def _batch_normalization(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a normalisation by stored means and variances."""
    axes = layer.axes("axis", len(x.shape))
    if len(axes) != 1:
        raise layer.refusal("it has more than one axis")
    shape = (x.shape[axes[0] - 1],)
    mean, variance = (layer.weight(f"moving_{name}", shape) for name in ("mean", "variance"))
    gamma, beta = (
        layer.weight(name, shape) if name in layer.weights else default(shape, np.float32)
        for name, default in (("gamma", np.ones), ("beta", np.zeros))
    )
    epsilon = layer.number("epsilon")
    axis, along = _along(x, axes[0])
    if axis == 1:
        # ONNX Runtime merges it into the convolution or the product of matrices before it.
        arrays = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance}
        constants = [
            layer.constant(graph, key, partial(np.asarray, array)) for key, array in arrays.items()
        ]
        return x._replace(
            name=graph.add("BatchNormalization", [x.name, *constants], epsilon=epsilon)
        )
    with np.errstate(all="ignore"):
        scale = gamma / np.sqrt(variance + np.float32(epsilon))
        offset = beta - mean * scale
    scaled = [x.name, layer.constant(graph, "scale", lambda: scale.reshape(along), form=along)]
    shift = layer.constant(graph, "offset", lambda: offset.reshape(along), form=along)
    return x._replace(name=graph.add("Add", [graph.add("Mul", scaled), shift]))


def _layer_normalization(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a normalisation of each sample by its own mean and variance."""
    x = graph.channels_last(x)
    axes = layer.axes("axis", len(x.shape))
    shape = tuple(x.shape[axis - 1] for axis in axes)
    along = tuple(
        length if axis in axes else 1
        for axis, length in enumerate(x.shape[axes[0] - 1 :], axes[0])
    )
    # ONNX Runtime recognises these nodes and computes them in one go.
    over = graph.integers(axes)
    centred = graph.add("Sub", [x.name, graph.add("ReduceMean", [x.name, over])])
    square = graph.add("Pow", [centred, graph.number(2)])
    variance = graph.add(
        "Add", [graph.add("ReduceMean", [square, over]), graph.number(layer.number("epsilon"))]
    )
    name = graph.add("Div", [centred, graph.add("Sqrt", [variance])])
    for weight, op_type in (("gamma", "Mul"), ("beta", "Add")):
        if weight in layer.weights:
            array = layer.weight(weight, shape)
            constant = layer.constant(graph, weight, partial(array.reshape, along), form=along)
            name = graph.add(op_type, [name, constant])
    return Tensor(name, x.shape)


def _normalization(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a standardisation by means and variances of the data."""
    axes = layer.axes("axis", len(x.shape)) if layer.get("axis") else []
    if len(axes) > 1:
        raise layer.refusal("it has more than one axis")
    shape = tuple(x.shape[axis - 1] for axis in axes)
    along = _along(x, axes[0])[1] if axes else ()
    if layer.weights:
        mean, variance = layer.weight("mean", shape), layer.weight("variance", shape)
    else:
        mean, variance = _given(layer, "mean", shape), _given(layer, "variance", shape)
    with np.errstate(all="ignore"):
        deviation = np.maximum(np.sqrt(variance), np.float32(_EPSILON))

    def constant(name: str, array: NDArray[Any]) -> str:
        form = along if array.ndim else ()
        return layer.constant(graph, name, lambda: array.reshape(form), form=form)

    centre, spread = constant("mean", mean), constant("deviation", deviation)
    if layer.flag("invert"):
        name = graph.add("Add", [graph.add("Mul", [x.name, spread]), centre])
    else:
        name = graph.add("Div", [graph.add("Sub", [x.name, centre]), spread])
    return x._replace(name=name)


def _given(layer: StoredLayer, key: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return a number, or a list of one number for each index, that a setting holds."""
    value = layer.get(key)
    numbers = value if isinstance(value, list) else [value]
    for number in numbers:
        if not isinstance(number, (int, float)) or not abs(number) <= np.finfo(np.float32).max:
            raise layer.refusal(f"its setting {key} is {shown(value)}")
    array = np.array(value, dtype=np.float32)
    if array.shape not in ((), shape):
        raise layer.refusal(f"its setting {key} is {shown(value)}")
    return array


def _rescaling(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a factor and an offset."""
    scale, offset = (graph.number(layer.number(key)) for key in ("scale", "offset"))
    return x._replace(name=graph.add("Add", [graph.add("Mul", [x.name, scale]), offset]))


def _in_one_order(graph: GraphBuilder, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Put several values into the order that the largest one has."""
    largest = max(inputs, key=lambda x: math.prod(x.shape))
    move = graph.channels_first if largest.channels_first else graph.channels_last
    return tuple(map(move, inputs))


def _merge(op_type: str, graph: GraphBuilder, layer: StoredLayer, *inputs: Tensor) -> Tensor:
    """Append an operation on several inputs, value by value."""
    rank = len(inputs[0].shape)
    lengths = [set(axis) - {1} for axis in zip(*(x.shape for x in inputs), strict=False)]
    if any(len(x.shape) != rank for x in inputs) or any(len(axis) > 1 for axis in lengths):
        raise layer.refusal("its inputs have different shapes")
    if op_type in ("Sub", "Mean") and len(inputs) == 1:
        raise layer.refusal("it has one input")
    if op_type == "Sub" and len(inputs) != 2:
        raise layer.refusal("it does not have two inputs")
    inputs = _in_one_order(graph, inputs)
    name = reduce(
        lambda a, b: graph.add("Add" if op_type == "Mean" else op_type, [a, b]),
        [x.name for x in inputs],
    )
    if op_type == "Mean":
        name = graph.add("Div", [name, graph.number(len(inputs))])
    shape = tuple(max(axis, default=1) for axis in lengths)
    n_outputs = math.prod(shape)
    graph.costs.append(LayerCost(n_outputs, n_outputs * len(inputs)))
    return Tensor(name, shape, inputs[0].channels_first)


def _concatenate(graph: GraphBuilder, layer: StoredLayer, *inputs: Tensor) -> Tensor:
    """Append several inputs side by side."""
    shapes = [list(x.shape) for x in inputs]
    axes = layer.axes("axis", len(shapes[0]))
    if len(axes) != 1:
        raise layer.refusal("it has more than one axis")
    axis = axes[0] - 1
    if any(len(shape) != len(shapes[0]) for shape in shapes):
        raise layer.refusal("its inputs have different shapes")
    length = sum(shape[axis] for shape in shapes)
    rests = {tuple(shape[:axis] + shape[axis + 1 :]) for shape in shapes}
    if len(rests) != 1:
        raise layer.refusal("its inputs have different shapes")
    inputs = _in_one_order(graph, inputs)
    name = graph.add("Concat", [x.name for x in inputs], axis=_along(inputs[0], axis + 1)[0])
    shape = (*shapes[0][:axis], length, *shapes[0][axis + 1 :])
    return Tensor(name, shape, inputs[0].channels_first)


#: Layers that do nothing in prediction, and their settings.
_IDLE = {
    "ActivityRegularization": "l1 l2",
    "AlphaDropout": "rate noise_shape",
    "Dropout": "rate noise_shape",
    "GaussianDropout": "rate",
    "GaussianNoise": "stddev",
    "Identity": "",
    "RandomBrightness": "data_format factor value_range",
    "RandomContrast": "data_format factor value_range",
    "RandomFlip": "data_format mode",
    "RandomRotation": "data_format factor fill_mode fill_value interpolation",
    "RandomTranslation": (
        "data_format height_factor width_factor fill_mode fill_value interpolation"
    ),
    "RandomZoom": "data_format height_factor width_factor fill_mode fill_value interpolation",
    "SpatialDropout1D": "rate",
    "SpatialDropout2D": "rate data_format",
    "SpatialDropout3D": "rate data_format",
}
_MERGES = {
    "Add": "Add",
    "Average": "Mean",
    "Maximum": "Max",
    "Minimum": "Min",
    "Multiply": "Mul",
    "Subtract": "Sub",
}

#: By Keras' names of the classes.
LAYERS: dict[str, LayerKind] = {
    **ACTIVATION_LAYERS,
    **CONVOLUTIONS,
    **RESHAPING,
    **{name: LayerKind(_nothing, settings) for name, settings in _IDLE.items()},
    **{name: LayerKind(partial(_merge, op), is_merge=True) for name, op in _MERGES.items()},
    "BatchNormalization": LayerKind(
        _batch_normalization,
        "axis momentum epsilon center scale synchronized renorm_clipping renorm_momentum",
        ("gamma", "beta", "moving_mean", "moving_variance"),
    ),
    "Concatenate": LayerKind(_concatenate, "axis", is_merge=True),
    "Dense": LayerKind(_dense, "units activation use_bias", ("kernel", "bias")),
    "LayerNormalization": LayerKind(
        _layer_normalization, "axis epsilon center scale", ("gamma", "beta")
    ),
    "Normalization": LayerKind(
        _normalization, "axis invert mean variance", ("mean", "variance", "count")
    ),
    "Rescaling": LayerKind(_rescaling, "scale offset"),
}
