"""Layers that move, drop or repeat values, as nodes of an ONNX graph."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from ._builder import GraphBuilder, Tensor
from ._convolutions import SpatialValue, from_spatial, to_spatial
from ._stored_layer import MAX_SIZE, LayerKind, StoredLayer, is_integer, shown


def _with_shape(graph: GraphBuilder, x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Give the values another shape, in Keras' order."""
    y = Tensor(graph.reshape(graph.channels_last(x).name, shape), shape)
    if x.channels_first and len(shape) == 1:
        graph.flattened[y.name] = x
    return y


def _flatten(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append the values of each sample in a row."""
    if layer.choice("data_format", "channels_last", "channels_first") == "channels_first":
        # The pixels come before the channels in Keras' result, so the last axis is the first.
        channels, *image = graph.channels_last(x).shape
        if image:
            x = Tensor(graph.channels_last(x).name, (*image, channels), channels_first=True)
    if len(x.shape) == 1:
        return x
    return _with_shape(graph, x, (math.prod(x.shape),))


def _reshape(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append the values in another shape."""
    target = layer.get("target_shape")
    if not isinstance(target, (list, tuple)) or not 1 <= len(target) <= len(x.shape) + 7:
        raise layer.refusal(f"its target_shape is {shown(target)}")
    known = [length for length in target if length != -1 and length is not None]
    if not all(is_integer(length, 1, MAX_SIZE) for length in known):
        raise layer.refusal(f"its target_shape is {shown(target)}")
    rest, remainder = divmod(math.prod(x.shape), math.prod(known))
    n_unknown = len(target) - len(known)
    if n_unknown > 1 or remainder or (n_unknown == 0 and rest != 1):
        raise layer.refusal(f"{x.shape} cannot become {shown(target)}")
    shape = tuple(length if is_integer(length, 1, MAX_SIZE) else rest for length in target)
    return _with_shape(graph, x, shape)


def _permute(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append the axes in another order."""
    dims = layer.integers("dims", len(x.shape))
    if sorted(dims) != list(range(1, len(dims) + 1)):
        raise layer.refusal(f"its dims are {dims}")
    name = graph.add("Transpose", [graph.channels_last(x).name], perm=[0, *dims])
    return Tensor(name, tuple(x.shape[axis - 1] for axis in dims))


def _repeat_vector(graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append copies of a row."""
    if len(x.shape) != 1:
        raise layer.refusal(f"its input has shape {x.shape}")
    n = layer.integer("n")
    rows = graph.reshape(x.name, (1, *x.shape))
    return Tensor(graph.add("Expand", [rows, graph.integers([1, n, *x.shape])]), (n, *x.shape))


def _edges(layer: StoredLayer, key: str, rank: int) -> list[tuple[int, ...]]:
    """Return how much to add or to cut at both ends of each axis."""
    value = layer.get(key)
    if rank == 1:
        value = [value]
    if not isinstance(value, (list, tuple)) or len(value) != rank:
        raise layer.refusal(f"its setting {key} is {shown(value)}")
    return [layer.sizes(edge, 2, key, low=0) for edge in value]


def _zero_padding(rank: int, graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append zeros around an image."""
    pixels = to_spatial(graph, layer, x, rank)
    before, after = zip(*_edges(layer, "padding", rank), strict=True)
    pads = graph.integers([0, 0, *before, 0, 0, *after])
    sizes = _summed(pixels.sizes, before, after)
    return _spatial(graph, layer, "Pad", pixels, [pads], sizes)


def _cropping(rank: int, graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append the middle of an image."""
    pixels = to_spatial(graph, layer, x, rank)
    before, after = zip(*_edges(layer, "cropping", rank), strict=True)
    sizes = _summed(pixels.sizes, [-edge for edge in before], [-edge for edge in after])
    if min(sizes) < 1:
        raise layer.refusal(f"it leaves nothing of {pixels.sizes}")
    ends = [edge + size for edge, size in zip(before, sizes, strict=True)]
    bounds = [graph.integers(bound) for bound in (before, ends, range(2, rank + 2))]
    return _spatial(graph, layer, "Slice", pixels, bounds, sizes)


def _up_sampling(rank: int, graph: GraphBuilder, layer: StoredLayer, x: Tensor) -> Tensor:
    """Append an enlarged image."""
    pixels = to_spatial(graph, layer, x, rank)
    factors = layer.integers("size", rank) if rank > 1 else (layer.integer("size"),)
    mode = "nearest"
    if rank == 2:
        mode = {"nearest": "nearest", "bilinear": "linear"}[
            layer.choice("interpolation", "nearest", "bilinear")
        ]
    sizes = tuple(size * factor for size, factor in zip(pixels.sizes, factors, strict=True))
    if max(sizes) > MAX_SIZE:
        raise layer.refusal(f"its output has the size {shown(sizes)}")
    attributes = {"coordinate_transformation_mode": "half_pixel"}
    if mode == "nearest":
        attributes = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    scales = graph.constant(np.array([1, 1, *factors], dtype=np.float32))
    return _spatial(graph, layer, "Resize", pixels, ["", scales], sizes, mode=mode, **attributes)


def _spatial(
    graph: GraphBuilder,
    layer: StoredLayer,
    op_type: str,
    pixels: SpatialValue,
    constants: Sequence[str],
    sizes: tuple[int, ...],
    **attributes: str,
) -> Tensor:
    """Append a node that changes the size of an image."""
    name = graph.add(op_type, [pixels.name, *constants], **attributes)
    return from_spatial(layer, SpatialValue(name, sizes, pixels.channels))


def _summed(*rows: Sequence[int]) -> tuple[int, ...]:
    """Add lists of integers, axis by axis."""
    return tuple(map(sum, zip(*rows, strict=True)))


#: By Keras' names of the classes.
RESHAPING: dict[str, LayerKind] = {
    "Flatten": LayerKind(_flatten, "data_format"),
    "Permute": LayerKind(_permute, "dims"),
    "RepeatVector": LayerKind(_repeat_vector, "n"),
    "Reshape": LayerKind(_reshape, "target_shape"),
}
for _rank in (1, 2, 3):
    RESHAPING |= {
        f"ZeroPadding{_rank}D": LayerKind(partial(_zero_padding, _rank), "padding data_format"),
        f"Cropping{_rank}D": LayerKind(partial(_cropping, _rank), "cropping data_format"),
        f"UpSampling{_rank}D": LayerKind(
            partial(_up_sampling, _rank), "size data_format interpolation"
        ),
    }
