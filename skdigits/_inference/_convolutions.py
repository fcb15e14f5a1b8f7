"""Convolutions and pooling, as nodes of an ONNX graph.

ONNX has the channels first, and every padding as numbers. TensorFlow's "same" pads so that
``ceil(length / stride)`` positions come out, with the odd one at the end.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._activations import activated
from ._builder import GraphBuilder, LayerCost, Tensor, UnsupportedLayerError
from ._stored_layer import LayerKind, StoredLayer

#: ONNX Runtime computes every pixel of a padding, and a file may ask for any size.
_MOST_PADDING = 8


class SpatialValue(NamedTuple):
    """A value with its channels first in the graph, whatever the order of its axes in Keras."""

    name: str
    sizes: tuple[int, ...]
    channels: int


def to_spatial(graph: GraphBuilder, layer: StoredLayer, x: Tensor, rank: int) -> SpatialValue:
    """Bring a layer's input into ONNX' order of axes."""
    if len(x.shape) != rank + 1:
        raise layer.refusal(f"its input has shape {x.shape}, not {rank + 1} axes")
    if _has_channels_first(layer):
        x = graph.channels_last(x)
        return SpatialValue(x.name, x.shape[1:], x.shape[0])
    x = graph.channels_first(x)
    return SpatialValue(x.name, x.shape[:-1], x.shape[-1])


def from_spatial(layer: StoredLayer, x: SpatialValue) -> Tensor:
    """Describe a layer's output, whose channels are first in the graph."""
    if _has_channels_first(layer):
        return Tensor(x.name, (x.channels, *x.sizes))
    return Tensor(x.name, (*x.sizes, x.channels), channels_first=True)


def _has_channels_first(layer: StoredLayer) -> bool:
    """Whether the layer has the channels first in Keras too."""
    if "data_format" not in layer.config:
        return False
    return layer.choice("data_format", "channels_last", "channels_first") == "channels_first"


class _Window(NamedTuple):
    """How a kernel moves over the pixels, one number for each axis."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: str

    @property
    def extents(self) -> list[int]:
        """Number of pixels that a kernel covers along each axis."""
        return [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilations, strict=True)]

    def slide(self, sizes: tuple[int, ...]) -> tuple[tuple[int, ...], list[int]]:
        """Return how many positions there are, and ONNX' pads: all beginnings, then all ends."""
        positions, before, after = [], [], []
        for size, extent, stride in zip(sizes, self.extents, self.strides, strict=True):
            pad = 0
            if self.padding == "same":
                pad = max((-(-size // stride) - 1) * stride + extent - size, 0)
            elif self.padding == "causal":
                pad = extent - 1
            positions.append((size + pad - extent) // stride + 1)
            before.append(pad if self.padding == "causal" else pad // 2)
            after.append(pad - before[-1])
        return tuple(positions), before + after


def _window(layer: StoredLayer, rank: int, kernel: str, *paddings: str) -> _Window:
    """Read the settings of a window."""
    sizes = layer.integers(kernel, rank)
    has_strides = layer.get("strides") is not None
    strides = layer.integers("strides", rank) if has_strides else sizes
    has_dilations = "dilation_rate" in layer.config
    dilations = layer.integers("dilation_rate", rank) if has_dilations else (1,) * rank
    return _Window(sizes, strides, dilations, layer.choice("padding", "valid", "same", *paddings))


def _slide(
    graph: GraphBuilder,
    op_type: str,
    x: SpatialValue,
    window: _Window,
    channels: int,
    *constants: str,
    **attributes: Any,
) -> SpatialValue:
    """Append a node that moves a window over the pixels."""
    positions, pads = window.slide(x.sizes)
    if max(pads) > _MOST_PADDING * max(x.sizes):
        raise UnsupportedLayerError(
            f"A kernel that covers {max(window.extents)} pixels is too large for an image of size "
            f"{x.sizes}."
        )
    name = graph.add(
        op_type,
        [x.name, *constants],
        kernel_shape=window.kernel,
        strides=window.strides,
        dilations=window.dilations,
        pads=pads,
        **attributes,
    )
    return SpatialValue(name, positions, channels)


def _finish(
    graph: GraphBuilder, layer: StoredLayer, x: SpatialValue, gathered: int, products: int
) -> Tensor:
    """Append a convolution's activation, and note what the layer costs."""
    # Keras with TensorFlow then adds the bias along the last axis instead of the channels.
    if _has_channels_first(layer) and "bias" in layer.weights and x.channels == x.sizes[-1] > 1:
        raise layer.refusal(
            f"it has its channels first and a bias, and its output is as wide as it has filters, "
            f"{x.channels}"
        )
    y = from_spatial(layer, x)
    graph.costs.append(LayerCost(math.prod(y.shape), gathered, products))
    return activated(graph, layer, y)


def _bias(graph: GraphBuilder, layer: StoredLayer, filters: int) -> list[str]:
    """Add a convolution's bias, if it has one."""
    if "bias" not in layer.weights:
        return []
    bias = layer.weight("bias", (filters,))
    return [layer.constant(graph, "bias", lambda: bias)]


def _filters_first(kernel: NDArray[Any]) -> NDArray[Any]:
    """Put a kernel's last two axes first, the last one before the other."""
    return np.moveaxis(kernel, (-1, -2), (0, 1))


def _convolution(rank: int, graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append a convolution."""
    pixels = to_spatial(graph, layer, x, rank)
    window = _window(layer, rank, "kernel_size", *(["causal"] if rank == 1 else []))
    filters, groups = layer.integer("filters"), layer.integer("groups")
    if pixels.channels % groups or filters % groups:
        raise layer.refusal(f"{groups} groups do not divide its channels")
    kernel = layer.weight("kernel", (*window.kernel, pixels.channels // groups, filters))
    constants = [
        layer.constant(graph, "kernel", lambda: _filters_first(kernel)),
        *_bias(graph, layer, filters),
    ]
    y = _slide(graph, "Conv", pixels, window, filters, *constants, group=groups)
    positions = math.prod(y.sizes)
    gathered = positions * math.prod(window.kernel) * pixels.channels
    return _finish(graph, layer, y, gathered, positions * kernel.size)


def _depthwise_kernel(
    graph: GraphBuilder, layer: StoredLayer, pixels: SpatialValue, rank: int, name: str
) -> tuple[_Window, str]:
    """Add the kernel of a convolution of each channel by itself."""
    window = _window(layer, rank, "kernel_size")
    multiplier = layer.integer("depth_multiplier")
    kernel = layer.weight(name, (*window.kernel, pixels.channels, multiplier))

    def prepare() -> NDArray[Any]:
        by_channel = np.moveaxis(kernel, (-2, -1), (0, 1))
        return by_channel.reshape(-1, 1, *window.kernel)

    return window, layer.constant(graph, name, prepare)


def _depthwise_convolution(
    rank: int, graph: GraphBuilder, layer: StoredLayer, x: Tensor
) -> Tensor:
    """Append a convolution of each channel by itself."""
    pixels = to_spatial(graph, layer, x, rank)
    window, kernel = _depthwise_kernel(graph, layer, pixels, rank, "kernel")
    channels = pixels.channels * layer.integer("depth_multiplier")
    bias = _bias(graph, layer, channels)
    y = _slide(graph, "Conv", pixels, window, channels, kernel, *bias, group=pixels.channels)
    values = math.prod(y.sizes) * math.prod(window.kernel)
    return _finish(graph, layer, y, values * pixels.channels, values * channels)


def _separable_convolution(
    rank: int, graph: GraphBuilder, layer: StoredLayer, x: Tensor
) -> Tensor:
    """Append a convolution of each channel by itself, and one that mixes the channels."""
    pixels = to_spatial(graph, layer, x, rank)
    window, kernel = _depthwise_kernel(graph, layer, pixels, rank, "depthwise_kernel")
    channels = pixels.channels * layer.integer("depth_multiplier")
    filters = layer.integer("filters")
    mixing = layer.weight("pointwise_kernel", (*(1,) * rank, channels, filters))
    each = _slide(graph, "Conv", pixels, window, channels, kernel, group=pixels.channels)
    point = _Window((1,) * rank, (1,) * rank, (1,) * rank, "valid")
    constants = [
        layer.constant(graph, "pointwise_kernel", lambda: _filters_first(mixing)),
        *_bias(graph, layer, filters),
    ]
    y = _slide(graph, "Conv", each, point, filters, *constants)
    values, positions = math.prod(y.sizes) * math.prod(window.kernel), math.prod(y.sizes)
    products = values * channels + positions * channels * filters
    return _finish(graph, layer, y, values * pixels.channels, products)


def _transposed_convolution(
    rank: int, graph: GraphBuilder, layer: StoredLayer, x: Tensor
) -> Tensor:
    """Append a transposed convolution."""
    pixels = to_spatial(graph, layer, x, rank)
    window = _window(layer, rank, "kernel_size")
    filters = layer.integer("filters")
    kernel = layer.weight("kernel", (*window.kernel, filters, pixels.channels))
    sizes = _transposed_sizes(layer, pixels.sizes, window)
    # It undoes a convolution of the output, whose padding is cut off here.
    positions, pads = window.slide(sizes)
    if positions != pixels.sizes:
        raise layer.refusal(f"its settings do not fit an input of size {pixels.sizes}")
    whole = [
        (n - 1) * stride + extent
        for n, stride, extent in zip(pixels.sizes, window.strides, window.extents, strict=True)
    ]
    before = pads[:rank]
    missing = [size + b - w for size, b, w in zip(sizes, before, whole, strict=True)]
    name = graph.add(
        "ConvTranspose",
        [
            pixels.name,
            layer.constant(graph, "kernel", lambda: _filters_first(kernel)),
            *_bias(graph, layer, filters),
        ],
        kernel_shape=window.kernel,
        strides=window.strides,
        dilations=window.dilations,
        pads=[*before, *(max(-m, 0) for m in missing)],
        output_padding=[max(m, 0) for m in missing],
    )
    values = math.prod(pixels.sizes) * math.prod(window.kernel) * filters
    y = SpatialValue(name, sizes, filters)
    return _finish(graph, layer, y, values, values * pixels.channels)


def _transposed_sizes(
    layer: StoredLayer, sizes: tuple[int, ...], window: _Window
) -> tuple[int, ...]:
    """Return how large the output of a transposed convolution is."""
    rank = len(sizes)
    paddings: tuple[int, ...] | None = None
    # Older versions of Keras do not save this setting, so a missing one may have any value.
    if layer.get("output_padding") is not None:
        paddings = layer.sizes(layer.get("output_padding"), rank, "output_padding", low=0)
    result = []
    for i, (size, extent, stride) in enumerate(
        zip(sizes, window.extents, window.strides, strict=True)
    ):
        if window.padding == "valid":
            more = max(stride - extent, 0) if paddings is None else paddings[i]
            result.append((size - 1) * stride + extent + more)
        elif paddings is None:
            result.append(size * stride)
        else:
            result.append((size - 1) * stride + extent % 2 + paddings[i])
    return tuple(result)


def _pooling(
    op_type: str, rank: int, graph: GraphBuilder, layer: StoredLayer, x: Tensor
) -> Tensor:
    """Append the maxima or means of windows."""
    pixels = to_spatial(graph, layer, x, rank)
    window = _window(layer, rank, "pool_size")
    y = from_spatial(layer, _slide(graph, op_type, pixels, window, pixels.channels))
    n_outputs = math.prod(y.shape)
    graph.costs.append(LayerCost(n_outputs, n_outputs * math.prod(window.kernel)))
    return y


def _global_pooling(
    op_type: str, rank: int, graph: GraphBuilder, layer: StoredLayer, x: Tensor
) -> Tensor:
    """Append the maximum or mean of each channel."""
    pixels = to_spatial(graph, layer, x, rank)
    name = graph.add(op_type, [pixels.name])
    if layer.flag("keepdims"):
        return from_spatial(layer, SpatialValue(name, (1,) * rank, pixels.channels))
    return Tensor(graph.reshape(name, (pixels.channels,)), (pixels.channels,))


_WINDOW = "strides padding data_format"
_CONVOLUTION = f"kernel_size {_WINDOW} dilation_rate activation use_bias"

#: By Keras' names of the classes.
CONVOLUTIONS: dict[str, LayerKind] = {}
for _rank in (1, 2, 3):
    CONVOLUTIONS |= {
        f"Conv{_rank}D": LayerKind(
            partial(_convolution, _rank), f"filters groups {_CONVOLUTION}", ("kernel", "bias")
        ),
        f"Conv{_rank}DTranspose": LayerKind(
            partial(_transposed_convolution, _rank),
            f"filters output_padding {_CONVOLUTION}",
            ("kernel", "bias"),
        ),
        f"MaxPooling{_rank}D": LayerKind(
            partial(_pooling, "MaxPool", _rank), f"pool_size {_WINDOW}"
        ),
        f"AveragePooling{_rank}D": LayerKind(
            partial(_pooling, "AveragePool", _rank), f"pool_size {_WINDOW}"
        ),
        f"GlobalMaxPooling{_rank}D": LayerKind(
            partial(_global_pooling, "GlobalMaxPool", _rank), "data_format keepdims"
        ),
        f"GlobalAveragePooling{_rank}D": LayerKind(
            partial(_global_pooling, "GlobalAveragePool", _rank), "data_format keepdims"
        ),
    }
for _rank in (1, 2):
    CONVOLUTIONS |= {
        f"DepthwiseConv{_rank}D": LayerKind(
            partial(_depthwise_convolution, _rank),
            f"depth_multiplier {_CONVOLUTION}",
            ("kernel", "bias"),
        ),
        f"SeparableConv{_rank}D": LayerKind(
            partial(_separable_convolution, _rank),
            f"filters depth_multiplier {_CONVOLUTION}",
            ("depthwise_kernel", "pointwise_kernel", "bias"),
        ),
    }
