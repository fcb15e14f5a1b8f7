"""From Keras' configuration of a network and its weights to an ONNX graph, without Keras."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray

from .._plurals import counted
from ..exceptions import UnknownNameError
from ._builder import GraphBuilder, LayerCost, Tensor, UnsupportedLayerError, float_value
from ._layers import LAYERS, add_layer
from ._stored_layer import (
    MAX_SIZE,
    StoredLayer,
    is_float32,
    is_integer,
    read_entry,
    shown,
    size_of,
)

#: No real network needs more, and a file could ask for any number in a few bytes.
_MOST_CALLS = 10_000
_MOST_NESTED = 16
#: A model of more bytes cannot be serialised.
_MOST_BYTES = 2**31 - 2**20
_NETWORK_SETTINGS = frozenset({"name", "trainable", "dtype", "layers", "build_input_shape"})
_INPUT_SETTINGS = frozenset({"name", "batch_shape", "dtype"})
_FUNCTIONAL_SETTINGS = _NETWORK_SETTINGS | {"input_layers", "output_layers"}


class HiddenLayer(NamedTuple):
    """A layer whose activations are wanted instead of the logits.

    Parameters
    ----------
    layer : str, int or None
        Its name, or its position in ``keras.Model.layers``. None for what the last layer with
        weights takes: the activations of the last hidden layer.
    """

    layer: str | int | None = None


def network_model(
    architecture: Mapping[str, Any],
    weights: Sequence[NDArray[Any]],
    hidden: HiddenLayer | None = None,
) -> tuple[onnx.ModelProto, tuple[LayerCost, ...]]:
    """Make an ONNX model of a classifier's network.

    Parameters
    ----------
    architecture : mapping
        What ``keras.saving.serialize_keras_object`` gives for a Sequential or functional network.
    weights : sequence of ndarray
        Its arrays, in the order of ``keras.Model.weights``.
    hidden : HiddenLayer or None, default=None
        The layer up to which it is computed; None for all of it.

    Returns
    -------
    model : onnx.ModelProto
        Its input ``x`` is float32 of shape ``(n_samples, *input_shape)``, its output ``logits``
        float32 of shape ``(n_samples, n_classes)``; with `hidden` the flat activations.
    costs : tuple of LayerCost
        What each layer costs for one sample.

    Raises
    ------
    UnknownNameError
        If the network has no such layer.
    UnsupportedLayerError
        If the graph cannot express a layer.
    ValueError
        If the architecture is invalid, or the weights do not fit it.
    """
    network = _read_network(architecture)
    shape = network.input_shape
    if shape is None:
        raise UnsupportedLayerError("The network does not say the shape of its input.")
    graph = GraphBuilder()
    path = [] if hidden is None else _find_layer(network, hidden.layer)
    y = _add(graph, network, weights, Tensor("x", shape), path)
    if hidden is not None and len(y.shape) != 1:
        y = Tensor(graph.add("Flatten", [y.name], axis=1), (size_of(y.shape),))
    if len(y.shape) != 1:
        raise ValueError(f"The network must return one row of logits; got {shown(y.shape)}.")
    graph.nodes.append(onnx.helper.make_node("Identity", [y.name], ["logits"], name="logits"))
    model = graph.model(
        [float_value("x", shape)], [float_value("logits", y.shape)], name="network"
    )
    return model, tuple(graph.costs)


def add_network(
    graph: GraphBuilder,
    architecture: Mapping[str, Any],
    weights: Sequence[NDArray[Any]],
    x: Tensor,
) -> Tensor:
    """Append a network to a graph.

    Architecture and weights may come from a file of unknown origin: whatever they hold, this takes
    little time and memory beyond a copy of the weights.

    Parameters
    ----------
    graph : GraphBuilder
        The graph.
    architecture : mapping
        What ``keras.saving.serialize_keras_object`` gives for a Sequential or functional network.
    weights : sequence of ndarray
        Its arrays, in the order of ``keras.Model.weights``.
    x : Tensor
        What the network is called with.

    Returns
    -------
    y : Tensor
        Its output, with the axes in Keras' order.

    Raises
    ------
    UnsupportedLayerError
        If the graph cannot express a layer.
    ValueError
        If the architecture is invalid, or the weights or the input do not fit it.
    """
    return _add(graph, _read_network(architecture), weights, x)


class _Node(NamedTuple):
    """One call of a layer in a functional network: what it takes."""

    layer: StoredLayer | _Network
    inputs: list[tuple[str, int]]


#: Where a network is left: after so many layers of a Sequential one, or after a call of a layer.
_Stop: TypeAlias = int | tuple[str, int]


class _Network:
    """A Sequential or functional network: its layers, and how they are connected.

    ``calls`` maps the name of a layer and the number of one of its calls to what it takes; it is
    None in a Sequential network.
    """

    def __init__(self, entry: Any, config: Mapping[str, Any], n_layers: list[int], depth: int):
        self.name = config.get("name")
        is_sequential = entry["class_name"] == "Sequential"
        _check_network(config, _NETWORK_SETTINGS if is_sequential else _FUNCTIONAL_SETTINGS)
        entries = config.get("layers")
        if not isinstance(entries, (list, tuple)):
            raise ValueError(f"The layers of a network must be a list; got {shown(entries)}.")
        n_layers[0] += len(entries)
        if n_layers[0] > _MOST_CALLS:
            raise UnsupportedLayerError(f"The network has more than {_MOST_CALLS} layers.")
        self.layers: list[StoredLayer | _Network] = []
        self.input_shape: tuple[int, ...] | None = None
        self.calls: dict[tuple[str, int], _Node] | None = None
        if not is_sequential:
            self.calls = {}
            self.input, self.output = (
                _single_end(config.get(f"{end}_layers")) for end in ("input", "output")
            )
        for one in entries:
            class_name, settings = read_entry(one)
            if class_name == "InputLayer":
                self._read_input(settings, is_first=not self.layers)
                if self.calls is not None and settings.get("name") != self.input[0]:
                    raise UnsupportedLayerError("The network has an input that it does not use.")
                continue
            layer = _read_layer(one, class_name, n_layers, depth)
            self.layers.append(layer)
            if self.calls is not None:
                self._read_calls(one, layer)
                if class_name == "Functional" and one["name"] == self.output[0]:
                    # For the outputs alone, Keras counts the calls of such a network from 1.
                    self.output = (self.output[0], self.output[1] - 1)

    def _read_input(self, config: Mapping[str, Any], *, is_first: bool) -> None:
        """Take the shape of a sample from the input layer."""
        shape = config.get("batch_shape")
        unusual = any(config[key] for key in config.keys() - _INPUT_SETTINGS)
        if unusual or not is_float32(config.get("dtype")) or self.input_shape or not is_first:
            raise UnsupportedLayerError(
                f"The input {shown(config.get('name'))} must be the only one, and take dense "
                "float32 numbers."
            )
        if (
            not isinstance(shape, (list, tuple))
            or not 2 <= len(shape) <= 8
            or shape[0] is not None
            or not all(is_integer(length, 1, MAX_SIZE) for length in shape[1:])
        ):
            raise UnsupportedLayerError(f"The input cannot have the batch shape {shown(shape)}.")
        self.input_shape = tuple(shape[1:])
        size_of(self.input_shape)

    def _read_calls(self, entry: Mapping[str, Any], layer: StoredLayer | _Network) -> None:
        """Note what each call of a layer takes."""
        assert self.calls is not None
        name, nodes = entry.get("name"), entry.get("inbound_nodes")
        if not isinstance(name, str) or not isinstance(nodes, (list, tuple)):
            raise ValueError(f"A layer needs a name and inbound_nodes; got {shown(name)}.")
        if (name, 0) in self.calls or name == self.input[0]:
            raise ValueError(f"The network has two layers of the name {shown(name)}.")
        for i, node in enumerate(nodes):
            takes_list = isinstance(layer, _Network) or LAYERS[layer.class_name].is_merge
            self.calls[name, i] = _Node(layer, _read_inputs(name, node, takes_list=takes_list))

    def stored_layers(self) -> Iterator[StoredLayer]:
        """Yield all layers, nested ones too, in the order of their weights."""
        for layer in self.layers:
            if isinstance(layer, StoredLayer):
                yield layer
            else:
                yield from layer.stored_layers()


def _read_network(architecture: Any) -> _Network:
    """Read a whole architecture."""
    class_name, _ = read_entry(architecture)
    network = _read_layer(architecture, class_name, [0], 0)
    if isinstance(network, StoredLayer):
        raise UnsupportedLayerError(f"{shown(class_name)} is not a network.")
    return network


def _read_layer(
    entry: Any, class_name: str, n_layers: list[int], depth: int
) -> StoredLayer | _Network:
    """Read a layer or a nested network."""
    if class_name in ("Sequential", "Functional"):
        if depth >= _MOST_NESTED:
            raise UnsupportedLayerError("The network is nested too deeply.")
        return _Network(entry, read_entry(entry)[1], n_layers, depth + 1)
    layer = StoredLayer(entry)
    if class_name not in LAYERS:
        raise layer.refusal("skdigits does not convert layers of this class")
    layer.check_settings(LAYERS[class_name].settings.split())
    return layer


def _check_network(config: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse settings of a network that are not known."""
    unknown = [key for key, value in config.items() if key not in known and value is not None]
    if unknown:
        raise UnsupportedLayerError(f"The network's setting {shown(unknown[0])} is not known.")
    if not is_float32(config.get("dtype", "float32")):
        raise UnsupportedLayerError(
            f"The network computes in {shown(config['dtype'])}, not in float32."
        )


def _single_end(ends: Any) -> tuple[str, int]:
    """Return the layer and the call that a functional network starts or ends with."""
    if isinstance(ends, (list, tuple)) and len(ends) == 1:
        ends = ends[0]
    return _history(ends)


def _history(value: Any) -> tuple[str, int]:
    """Read a layer and the number of its call; the layer must have a single output."""
    if not isinstance(value, (list, tuple)) or len(value) != 3 or isinstance(value[0], list):
        raise UnsupportedLayerError(f"Expected a single output of a layer; got {shown(value)}.")
    name, call, output = value
    is_valid = isinstance(name, str) and is_integer(call, 0, _MOST_CALLS)
    if not is_valid or not is_integer(output, 0, 0):
        raise ValueError(f"{shown(value)} does not name the output of a layer.")
    return name, call


def _explain_call(name: str, what: Any) -> str:
    """Say which call of a layer is refused."""
    return f"Layer {shown(name)} cannot be called with {shown(what)} in ONNX."


def _read_inputs(name: str, node: Any, *, takes_list: bool) -> list[tuple[str, int]]:
    """Read what a layer is called with."""
    if not isinstance(node, Mapping):
        raise ValueError(f"A call of layer {shown(name)} must be a mapping; got {shown(node)}.")
    args, kwargs = node.get("args"), node.get("kwargs")
    if not isinstance(args, (list, tuple)) or len(args) != 1 or not isinstance(kwargs, Mapping):
        raise UnsupportedLayerError(_explain_call(name, args))
    for key, value in kwargs.items():
        if value is not None and not (key == "training" and value is False):
            raise UnsupportedLayerError(_explain_call(name, kwargs))
    is_list = takes_list and isinstance(args[0], (list, tuple))
    tensors = args[0] if is_list else [args[0]]
    inputs = []
    for tensor in tensors:
        config = tensor.get("config") if isinstance(tensor, Mapping) else None
        if not isinstance(config, Mapping) or tensor.get("class_name") != "__keras_tensor__":
            raise UnsupportedLayerError(_explain_call(name, tensor))
        inputs.append(_history(config.get("keras_history")))
    return inputs


def _find_layer(network: _Network, layer: str | int | None) -> list[tuple[_Network, _Stop]]:
    """Find where to leave a network for the activations of a layer, or of the last hidden one.

    That one may be within a network at the end, which is then run up to it.
    """
    if layer is None:
        positions = [i for i, each in enumerate(network.layers) if _has_weights(each)]
        if not positions:
            raise UnsupportedLayerError("The network has no weights.")
        last = network.layers[positions[-1]]
        within = _find_layer(last, None) if isinstance(last, _Network) else []
        return [(network, _before(network, positions[-1])), *within]
    return [(network, _after(network, layer))]


def _before(network: _Network, position: int) -> _Stop:
    """Find where to leave a network for what one of its layers takes."""
    if network.calls is None:
        return position
    calls = [node for node in network.calls.values() if node.layer is network.layers[position]]
    if not calls or len(calls[-1].inputs) != 1:
        raise UnsupportedLayerError("The last layer does not take a single input.")
    return calls[-1].inputs[0]


def _after(network: _Network, layer: str | int) -> _Stop:
    """Find where to leave a network for what a layer returns."""
    names = [str(_name_of(each)) for each in network.layers]
    if network.calls is not None:
        names.insert(0, network.input[0])
    if isinstance(layer, str) and layer in names:
        position = names.index(layer)
    elif not isinstance(layer, str) and -len(names) <= layer < len(names):
        position = int(layer) % len(names)
    else:
        raise UnknownNameError("layer for transform_layer", str(layer), names)
    if network.calls is None:
        return position + 1
    if position == 0:
        return network.input
    if (names[position], 1) in network.calls:
        raise UnsupportedLayerError(f"Layer {names[position]!r} is called several times.")
    return names[position], 0


def _name_of(layer: StoredLayer | _Network) -> Any:
    """Return the name of a layer as the configuration has it."""
    return layer.config.get("name") if isinstance(layer, StoredLayer) else layer.name


def _has_weights(layer: StoredLayer | _Network) -> bool:
    """Whether a layer, or one within it, has weights."""
    layers = [layer] if isinstance(layer, StoredLayer) else layer.stored_layers()
    return any(each.weight_names(LAYERS[each.class_name].weights) for each in layers)


def _add(
    graph: GraphBuilder,
    network: _Network,
    weights: Sequence[NDArray[Any]],
    x: Tensor,
    path: Sequence[tuple[_Network, _Stop]] = (),
) -> Tensor:
    """Give a network its weights and append it to a graph, all of it or up to a layer."""
    arrays = [np.asarray(one) if isinstance(one, np.generic) else one for one in weights]
    if not all(isinstance(array, np.ndarray) for array in arrays):
        raise ValueError("The weights of a network must be arrays.")
    if sum(array.nbytes for array in arrays) > _MOST_BYTES:
        raise UnsupportedLayerError("The network is too large for an ONNX file.")
    wanted = [
        (layer, name)
        for layer in network.stored_layers()
        for name in layer.weight_names(LAYERS[layer.class_name].weights)
    ]
    if len(wanted) != len(arrays):
        raise ValueError(
            f"The weights do not fit the architecture: it has {counted(len(wanted), 'array')}; "
            f"got {len(arrays)}."
        )
    for (layer, name), array in zip(wanted, arrays, strict=True):
        layer.weights[name] = array
    parts: Sequence[tuple[_Network, _Stop | None]] = path or [(network, None)]
    for part, stop in parts:
        x = _call(graph, part, x, [0], stop)
    return graph.channels_last(x)


def _call(
    graph: GraphBuilder,
    network: _Network,
    x: Tensor,
    n_calls: list[int],
    stop: _Stop | None = None,
) -> Tensor:
    """Append a network's layers, in the order of their calls."""
    if network.input_shape not in (None, x.shape):
        raise ValueError(
            f"The network takes samples of shape {network.input_shape}; got {shown(x.shape)}."
        )
    graph.costs.append(LayerCost(size_of(x.shape)))
    if network.calls is None:
        assert stop is None or isinstance(stop, int)
        for layer in network.layers[:stop]:
            x = _call_layer(graph, layer, [x], n_calls)
        return x
    values = {network.input: x}
    output = network.output if stop is None else stop
    assert isinstance(output, tuple)
    for key in _in_order(network.calls, network.input):
        if output in values:
            break
        node = network.calls[key]
        values[key] = _call_layer(graph, node.layer, [values[one] for one in node.inputs], n_calls)
    if output not in values:
        raise ValueError("The network's output does not depend on its input.")
    return values[output]


def _call_layer(
    graph: GraphBuilder, layer: StoredLayer | _Network, inputs: list[Tensor], n_calls: list[int]
) -> Tensor:
    """Append one call of a layer or of a nested network."""
    n_calls[0] += max(len(inputs), 1)
    if n_calls[0] > _MOST_CALLS:
        raise UnsupportedLayerError(f"The network calls more than {_MOST_CALLS} layers.")
    if isinstance(layer, StoredLayer):
        return add_layer(graph, layer, inputs)
    if len(inputs) != 1:
        raise UnsupportedLayerError("A nested network has several inputs.")
    return _call(graph, layer, inputs[0], n_calls)


def _in_order(
    calls: Mapping[tuple[str, int], _Node], source: tuple[str, int]
) -> Iterator[tuple[str, int]]:
    """Yield the calls of a functional network, each after those whose outputs it takes."""
    waiting = {key: len(set(node.inputs)) for key, node in calls.items()}
    readers: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for key, node in calls.items():
        for one in set(node.inputs):
            readers.setdefault(one, []).append(key)
    ready = deque([source])
    while ready:
        for key in readers.get(ready.popleft(), []):
            waiting[key] -= 1
            if not waiting[key]:
                ready.append(key)
                yield key
