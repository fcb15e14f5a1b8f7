"""Activations by Keras' names, as nodes of an ONNX graph.

ONNX Runtime's Elu, Selu, Celu, Softplus and Log round the last values of an array differently, so
that a sample would depend on its place in the batch. They are made of operations here that do
not, which take a tenth to a third of the time too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ._builder import GraphBuilder, Tensor
from ._stored_layer import LayerKind, StoredLayer, shown

_Activation = Callable[[GraphBuilder, str], str]


def add_activation(graph: GraphBuilder, name: str, x: Tensor) -> Tensor | None:
    """Append one of Keras' activations to a graph.

    Parameters
    ----------
    graph : GraphBuilder
        The graph.
    name : str
        Keras' name of the activation.
    x : Tensor
        What it is applied to.

    Returns
    -------
    y : Tensor or None
        The result, of the same shape; None if the graph cannot have this activation.
    """
    if name == "linear":
        return x
    if name in _SOFTMAX:
        return add_softmax(graph, x, len(x.shape), op_type=_SOFTMAX[name])
    if name not in _ELEMENTWISE:
        return None
    return x._replace(name=_ELEMENTWISE[name](graph, x.name))


def add_softmax(graph: GraphBuilder, x: Tensor, axis: int, *, op_type: str = "Softmax") -> Tensor:
    """Append a softmax over one axis, counted as of a batch in Keras' order."""
    if x.channels_first:
        axis = axis % len(x.shape) + 1
    return x._replace(name=graph.add(op_type, [x.name], axis=axis))


def add_relu(
    graph: GraphBuilder,
    x: str,
    *,
    negative_slope: float,
    max_value: float | None,
    threshold: float,
) -> str:
    """Append Keras' rectifier with all its settings."""
    if not threshold and max_value is None:
        return _leaky_relu(negative_slope)(graph, x) if negative_slope else _node("Relu")(graph, x)
    if threshold:
        above = graph.add("Greater", [x, graph.number(threshold)])
        y = graph.add("Where", [above, x, graph.number(0)])
    else:
        y = graph.add("Relu", [x])
    if max_value is not None:
        y = graph.add("Clip", [y, graph.number(0), graph.number(max_value)])
    if negative_slope:
        below = graph.add("Relu", [graph.add("Sub", [graph.number(threshold), x])])
        y = graph.add("Sub", [y, graph.add("Mul", [graph.number(negative_slope), below])])
    return y


def _node(op_type: str, **attributes: float | str) -> _Activation:
    """Make an activation of a single node."""
    return lambda graph, x: graph.add(op_type, [x], **attributes)


def _leaky_relu(slope: float) -> _Activation:
    """Make an activation with a slope below zero."""
    return _node("LeakyRelu", alpha=slope)


def _clip(low: float, high: float) -> _Activation:
    """Make an activation that limits its input."""
    return lambda graph, x: graph.add("Clip", [x, graph.number(low), graph.number(high)])


def _times_itself(gate: _Activation) -> _Activation:
    """Make an activation that multiplies its input by a function of it."""
    return lambda graph, x: graph.add("Mul", [x, gate(graph, x)])


def _elu(alpha: float) -> _Activation:
    """Make an activation that approaches ``-alpha`` below zero."""

    def add(graph: GraphBuilder, x: str) -> str:
        power = graph.add("Exp", [graph.add("Min", [x, graph.number(0)])])
        below = graph.add("Sub", [power, graph.number(1)])
        if alpha != 1:
            below = graph.add("Mul", [below, graph.number(alpha)])
        return graph.add("Add", [graph.add("Relu", [x]), below])

    return add


def _selu(graph: GraphBuilder, x: str) -> str:
    """Append the scaled exponential linear unit."""
    return graph.add("Mul", [_elu(_SELU_ALPHA)(graph, x), graph.number(_SELU_SCALE)])


def _bend(graph: GraphBuilder, x: str) -> str:
    """Append ``log(1 + exp(-abs(x)))``, as ``2 * artanh(s)`` with s from 0 to 1/3."""
    power = graph.add("Exp", [graph.add("Neg", [graph.add("Abs", [x])])])
    s = graph.add("Div", [power, graph.add("Add", [power, graph.number(2)])])
    square = graph.add("Mul", [s, s])
    highest, *others = _ARTANH
    factor = graph.number(highest)
    for coefficient in others:
        product = graph.add("Mul", [square, factor])
        factor = graph.add("Add", [product, graph.number(coefficient)])
    return graph.add("Mul", [s, factor])


def _softplus(graph: GraphBuilder, x: str) -> str:
    """Append a rectifier with a smooth bend."""
    return graph.add("Add", [graph.add("Relu", [x]), _bend(graph, x)])


def _mish_gate(graph: GraphBuilder, x: str) -> str:
    """Append ``tanh(softplus(x))``: ``n / (n + 2)`` with ``n = exp(x) * (exp(x) + 2)``."""
    power = graph.add("Exp", [graph.add("Min", [x, graph.number(_MISH_IS_LINEAR)])])
    n = graph.add("Mul", [power, graph.add("Add", [power, graph.number(2)])])
    return graph.add("Div", [n, graph.add("Add", [n, graph.number(2)])])


def _log_sigmoid(graph: GraphBuilder, x: str) -> str:
    """Append the logarithm of a sigmoid."""
    return graph.add("Sub", [graph.add("Min", [x, graph.number(0)]), _bend(graph, x)])


def _tanh_shrink(graph: GraphBuilder, x: str) -> str:
    """Append the difference between a value and its hyperbolic tangent."""
    return graph.add("Sub", [x, graph.add("Tanh", [x])])


def _squareplus(graph: GraphBuilder, x: str) -> str:
    """Append a smooth rectifier made of a square root."""
    square = graph.add("Add", [graph.add("Mul", [x, x]), graph.number(4)])
    return graph.add(
        "Mul", [graph.add("Add", [x, graph.add("Sqrt", [square])]), graph.number(0.5)]
    )


def _sparse_plus(graph: GraphBuilder, x: str) -> str:
    """Append a rectifier whose bend is a parabola."""
    inside = _clip(-1, 1)(graph, x)
    shifted = graph.add("Add", [inside, graph.number(1)])
    parabola = graph.add("Mul", [graph.add("Mul", [shifted, shifted]), graph.number(0.25)])
    is_linear = graph.add("GreaterOrEqual", [x, graph.number(1)])
    return graph.add("Where", [is_linear, x, parabola])


#: Layers that Keras accepts as an activation; a list, as a value of a file may not be hashable.
_AS_ACTIVATION = ["ELU", "LeakyReLU", "ReLU", "Softmax"]
_SOFTMAX = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805
#: Coefficients of ``2 * artanh(s) / s`` in ``s**2``, the highest first; exact to 4e-9 up to 1/3.
_ARTANH = (0.28157778, 0.27965156, 0.40024595, 0.66666322, 2.00000001)
#: From here on the gate of Mish is 1, and squares of the exponential do not overflow.
_MISH_IS_LINEAR = 20
_HARD_SIGMOID = _node("HardSigmoid", alpha=1 / 6, beta=0.5)
_SILU = _times_itself(_node("Sigmoid"))
_HARD_SILU = _times_itself(_HARD_SIGMOID)
_ELEMENTWISE: dict[str, _Activation] = {
    "celu": _elu(1),
    "elu": _elu(1),
    "exponential": _node("Exp"),
    "gelu": _node("Gelu", approximate="none"),
    "hard_shrink": _node("Shrink", lambd=0.5, bias=0.0),
    "hard_sigmoid": _HARD_SIGMOID,
    "hard_silu": _HARD_SILU,
    "hard_swish": _HARD_SILU,
    "hard_tanh": _clip(-1, 1),
    "leaky_relu": _leaky_relu(0.2),
    "log_sigmoid": _log_sigmoid,
    "mish": _times_itself(_mish_gate),
    "relu": _node("Relu"),
    "relu6": _clip(0, 6),
    "selu": _selu,
    "sigmoid": _node("Sigmoid"),
    "silu": _SILU,
    "soft_shrink": _node("Shrink", lambd=0.5, bias=0.5),
    "softplus": _softplus,
    "softsign": _node("Softsign"),
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": _node("HardSigmoid", alpha=0.5, beta=0.5),
    "squareplus": _squareplus,
    "swish": _SILU,
    "tanh": _node("Tanh"),
    "tanh_shrink": _tanh_shrink,
}


def activated(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a layer's activation.

    Parameters
    ----------
    graph : GraphBuilder
        The graph.
    layer : StoredLayer
        A layer with the setting ``activation``.
    x : Tensor
        What the activation is applied to.

    Returns
    -------
    y : Tensor
        The result.

    Raises
    ------
    UnsupportedLayerError
        If the graph cannot have this activation.
    """
    activation = layer.get("activation")
    if activation is None:
        return x
    if isinstance(activation, str):
        y = add_activation(graph, activation, x)
        if y is not None:
            return y
    elif isinstance(activation, Mapping) and activation.get("class_name") in _AS_ACTIVATION:
        inner = StoredLayer(activation)
        kind = ACTIVATION_LAYERS[inner.class_name]
        inner.check_settings(kind.settings.split())
        return kind.add(graph, inner, x)
    raise layer.refusal(f"the activation {shown(activation)} is not known")


def _relu_layer(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a rectifier with the layer's settings."""
    max_value = None if layer.get("max_value") is None else layer.number("max_value")
    slope, threshold = layer.number("negative_slope"), layer.number("threshold")
    if min(slope, threshold, max_value or 0) < 0:
        raise layer.refusal("its settings are negative")
    name = add_relu(graph, x.name, negative_slope=slope, max_value=max_value, threshold=threshold)
    return x._replace(name=name)


def _leaky_relu_layer(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a rectifier with the layer's slope below zero."""
    return x._replace(name=_leaky_relu(layer.number("negative_slope"))(graph, x.name))


def _elu_layer(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append an exponential linear unit."""
    return x._replace(name=_elu(layer.number("alpha"))(graph, x.name))


def _prelu_layer(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a rectifier whose slopes below zero are weights."""
    shape = list(x.shape)
    if layer.get("shared_axes") is not None:
        for axis in layer.axes("shared_axes", len(shape)):
            shape[axis - 1] = 1
    alpha = layer.weight("alpha", tuple(shape))
    slope = layer.constant(
        graph,
        "alpha",
        lambda: np.moveaxis(alpha, -1, 0) if x.channels_first else alpha,
        form=x.channels_first,
    )
    return x._replace(name=graph.add("PRelu", [x.name, slope]))


def _softmax_layer(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a softmax over the layer's axis."""
    axes = layer.axes("axis", len(x.shape))
    if len(axes) != 1:
        raise layer.refusal("it has more than one axis")
    return add_softmax(graph, x, axes[0])


#: By Keras' names of the classes.
ACTIVATION_LAYERS: dict[str, LayerKind] = {
    "Activation": LayerKind(activated, "activation"),
    "ELU": LayerKind(_elu_layer, "alpha"),
    "LeakyReLU": LayerKind(_leaky_relu_layer, "negative_slope"),
    "PReLU": LayerKind(_prelu_layer, "shared_axes", ("alpha",)),
    "ReLU": LayerKind(_relu_layer, "max_value negative_slope threshold"),
    "Softmax": LayerKind(_softmax_layer, "axis"),
}
