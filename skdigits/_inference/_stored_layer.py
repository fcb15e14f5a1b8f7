"""One layer of an architecture: its settings and its weights, checked before they are used.

Both may come from a file that somebody else made. So nothing is used before its type and its
size are known, and a layer with an unknown setting is refused.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._builder import GraphBuilder, Tensor, UnsupportedLayerError

_LONGEST_SHOWN = 100
#: The largest number of units, rows or values of one sample: the largest of 32 bits.
MAX_SIZE = 2**31 - 1
#: Settings of any layer that do not matter for predictions.
_TRAINING_SETTINGS = frozenset({"name", "trainable", "dtype", "seed"})
_MODULES = ("keras.layers", "keras.models", "keras.src.layers.", "keras.src.models.")
_TRAINING_SUFFIXES = ("_initializer", "_regularizer", "_constraint")
#: Weights that a layer has only where a setting says so.
_OPTIONAL_WEIGHTS = {"bias": "use_bias", "gamma": "scale", "beta": "center"}


def shown(value: Any) -> str:
    """Show a value from a file in an error, shortened if it is long."""
    text = reprlib.repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


class StoredLayer:
    """A layer as Keras' configuration describes it, and its weights.

    Parameters
    ----------
    entry : mapping
        What ``keras.saving.serialize_keras_object`` gives for the layer.

    Attributes
    ----------
    class_name : str
        Keras' name of its class.
    config : mapping
        Its settings.
    weights : dict of str to ndarray
        Its arrays, which are set when the network is read.
    """

    def __init__(self, entry: Any) -> None:
        self.class_name, self.config = read_entry(entry)
        self.name = shown(self.config.get("name"))
        self.weights: dict[str, NDArray[Any]] = {}
        self._constants: dict[tuple[str, object], str] = {}
        if not is_float32(self.config.get("dtype")):
            computes = shown(policy_name(self.config.get("dtype")))
            raise self.refusal(f"it computes in {computes}, not in float32")

    def refusal(self, reason: str) -> UnsupportedLayerError:
        """Make the error that says why this layer cannot be expressed in ONNX."""
        return UnsupportedLayerError(
            f"Layer {self.name} of class {shown(self.class_name)} cannot be expressed in ONNX: "
            f"{reason}."
        )

    def check_settings(self, known: Iterable[str]) -> None:
        """Refuse an unknown setting, unless it is off."""
        known = {*known, *_TRAINING_SETTINGS}
        for key, value in self.config.items():
            is_known = key in known or str(key).endswith(_TRAINING_SUFFIXES)
            if not is_known and value is not None and value is not False:
                raise self.refusal(
                    f"its setting {shown(key)} is {shown(value)}, which is not known"
                )

    def weight_names(self, names: Sequence[str]) -> list[str]:
        """List which of a class's weights this layer has."""
        if "mean" in names and self.config.get("mean") is not None:
            return []
        return [
            name
            for name in names
            if name not in _OPTIONAL_WEIGHTS or self.flag(_OPTIONAL_WEIGHTS[name])
        ]

    def get(self, key: str) -> Any:
        """Return a setting that must be there."""
        if key not in self.config:
            raise self.refusal(f"its setting {key} is missing")
        return self.config[key]

    def flag(self, key: str, default: bool | None = None) -> bool:
        """Return a setting that is on or off."""
        value = self.get(key) if default is None else self.config.get(key, default)
        if not isinstance(value, bool):
            raise self.refusal(f"its setting {key} is {shown(value)}, neither true nor false")
        return value

    def choice(self, key: str, *choices: str) -> str:
        """Return a setting that is one of some strings."""
        value = self.get(key)
        for known in choices:
            if isinstance(value, str) and value == known:
                return known
        raise self.refusal(f"its setting {key} is {shown(value)}, not one of {', '.join(choices)}")

    def number(self, key: str) -> float:
        """Return a setting that is a finite float32 number."""
        value = self.get(key)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not abs(value) <= float(np.finfo(np.float32).max):
            raise self.refusal(f"its setting {key} is {shown(value)}, not a float32 number")
        return float(value)

    def integer(self, key: str) -> int:
        """Return a setting that is a positive integer."""
        return self.sizes([self.get(key)], 1, key)[0]

    def integers(self, key: str, count: int) -> tuple[int, ...]:
        """Return a setting that is a list of ``count`` positive integers."""
        return self.sizes(self.get(key), count, key)

    def sizes(self, values: Any, count: int, what: str, *, low: int = 1) -> tuple[int, ...]:
        """Check a list of integers of at least ``low``."""
        if not isinstance(values, (list, tuple)) or len(values) != count:
            raise self.refusal(f"its setting {what} is {shown(values)}, not {count} integers")
        for value in values:
            if not is_integer(value, low, MAX_SIZE):
                raise self.refusal(f"its setting {what} contains {shown(value)}, not a size")
        return tuple(values)

    def axes(self, key: str, rank: int) -> list[int]:
        """Return a setting that is an axis or a list of axes, counted as of a batch from 0."""
        value = self.get(key)
        axes = value if isinstance(value, (list, tuple)) else [value]
        for axis in axes:
            if not is_integer(axis, -rank, rank) or axis == 0:
                raise self.refusal(f"its setting {key} is {shown(value)}, for {rank} axes")
        result = sorted(axis % (rank + 1) for axis in axes)
        if not result or len(set(result)) != len(result):
            raise self.refusal(f"its setting {key} is {shown(value)}, not a list of axes")
        return result

    def weight(self, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
        """Return a weight, which must have the shape that the settings imply."""
        array = self.weights[name]
        if array.dtype != np.float32 or array.shape != shape:
            raise ValueError(
                f"The weights do not fit the architecture: {name} of layer {self.name} must be "
                f"float32 of shape {shown(shape)}; got {array.dtype} of shape {array.shape}."
            )
        return array

    def constant(
        self,
        graph: GraphBuilder,
        name: str,
        make: Callable[[], NDArray[Any]],
        form: object = None,
    ) -> str:
        """Add what the graph needs of the weights, once for all calls of the layer.

        Parameters
        ----------
        graph : GraphBuilder
            The graph.
        name : str
            Name of the weight.
        make : callable
            Returns the array.
        form : object, optional
            What the array depends on, apart from the layer.

        Returns
        -------
        name : str
            Name of the constant.
        """
        if (name, form) not in self._constants:
            self._constants[name, form] = graph.constant(make())
        return self._constants[name, form]

    def has_other_form(self, name: str, form: object) -> bool:
        """Whether an earlier call of the layer has put a weight into the graph in another form."""
        return any(key[0] == name and key[1] != form for key in self._constants)


class LayerKind(NamedTuple):
    """What is known of a class of layers.

    Attributes
    ----------
    add : callable
        Appends a layer to a graph: takes the graph, the layer and its inputs, and returns its
        output.
    settings : str
        The settings that ``add`` reads or that do not matter, beside those of every layer.
    weights : tuple of str
        Names of the weights, in Keras' order.
    is_merge : bool
        Whether the layer takes a list of inputs.
    """

    add: Callable[..., Tensor]
    settings: str = ""
    weights: tuple[str, ...] = ()
    is_merge: bool = False


def read_entry(entry: Any) -> tuple[str, Mapping[str, Any]]:
    """Return the class name and the settings of one of Keras' own objects."""
    if not isinstance(entry, Mapping):
        raise ValueError(f"A layer must be a mapping; got {shown(entry)}.")
    class_name, config = entry.get("class_name"), entry.get("config")
    if not isinstance(class_name, str) or not isinstance(config, Mapping):
        raise ValueError(f"A layer must have a class_name and a config; got {shown(entry)}.")
    module, registered_name = entry.get("module"), entry.get("registered_name")
    is_own = module == "keras" or (isinstance(module, str) and module.startswith(_MODULES))
    if not is_own or registered_name not in (None, class_name):
        raise UnsupportedLayerError(
            f"Layer {shown(config.get('name'))} of class {shown(class_name)} cannot be expressed "
            f"in ONNX: {shown(module)} does not contain Keras' own layers."
        )
    return class_name, config


def is_float32(dtype: Any) -> bool:
    """Whether a dtype of Keras' configuration means float32 throughout."""
    name = policy_name(dtype)
    return isinstance(name, str) and name == "float32"


def policy_name(dtype: Any) -> Any:
    """Give the name of a dtype of Keras' configuration, or what is there if it has none."""
    is_policy = isinstance(dtype, Mapping) and dtype.get("class_name") == "DTypePolicy"
    if not is_policy or dtype.get("module") != "keras":
        return dtype
    config = dtype.get("config")
    return config.get("name") if isinstance(config, Mapping) else dtype


def is_integer(value: Any, low: int, high: int) -> bool:
    """Whether a value is an integer from ``low`` to ``high``, both included."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def size_of(shape: tuple[int, ...]) -> int:
    """Return the number of values of one sample, which must be within limits."""
    size = math.prod(shape)
    if size > MAX_SIZE or any(length < 1 for length in shape):
        raise ValueError(f"A layer's output has the impossible shape {shown(shape)}.")
    return size
