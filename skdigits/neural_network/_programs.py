"""Which compiled programs can be shared, and where idle ones wait.

Tracing a network takes longer than a short training. Two networks of the same
structure need one program between them; only the numbers in it differ.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import keras

from ._custom_objects import custom_objects, is_own
from ._network_state import computes_with_copies, trainable_flags

Program = TypeVar("Program")

#: Where a serialised network refers to layers by their names.
_REFERENCES = ("keras_history", "input_layers", "output_layers")


def structure_key(*parts: Any) -> str | None:
    """Describe networks, losses and optimisers apart from names and seeds.

    Parameters
    ----------
    *parts : keras.Model, keras.losses.Loss, keras.optimizers.Optimizer or JSON value
        What a program is made of.

    Returns
    -------
    key : str or None
        Equal for equal structures; None where something is not Keras' own, as
        two classes or functions of one name may do different things.
    """
    # Keras refuses, or warns of, some of the user's functions when it serialises them.
    if any(True for part in parts for _ in custom_objects(part)):
        return None
    if any(_keeps_tensors(part) for part in parts):
        return None
    try:
        described = [_describe(part) for part in parts]
    except (NotImplementedError, TypeError, ValueError):
        return None
    if any(part is None for part in described):
        return None
    return json.dumps(described, sort_keys=True)


def _keeps_tensors(part: Any) -> bool:
    """Whether a layer of a network computes with copies of its weights (Normalization)."""
    layers = part._flatten_layers() if isinstance(part, keras.Layer) else []
    return any(computes_with_copies(layer) for layer in layers)


def _describe(part: Any) -> Any:
    """Describe one part as a JSON value, or as None."""
    if isinstance(part, (str, int, float, tuple, list)):
        return part
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(part)))
    names: dict[str, str] = {}
    if isinstance(part, keras.Model):
        names = {layer.name: f"layer_{i}" for i, layer in enumerate(part.layers)}
        config["flags"] = trainable_flags(part)
    else:
        config["config"].pop("name", None)
    if isinstance(part, keras.optimizers.Optimizer) and isinstance(
        config["config"].get("learning_rate"), float
    ):
        # A variable of the optimiser: programs of other learning rates are the same.
        del config["config"]["learning_rate"]
    return _normalize(config, names) if _is_keras_own(config) else None


def _is_keras_own(config: Any) -> bool:
    """Whether a serialised object is built of Keras' own classes and ours alone."""
    if isinstance(config, list):
        return all(_is_keras_own(item) for item in config)
    if not isinstance(config, dict):
        return True
    name = config.get("class_name")
    if name in ("function", "__lambda__", "Lambda") or (name is not None and not is_own(config)):
        return False
    return all(_is_keras_own(item) for item in config.values())


def _normalize(config: Any, names: dict[str, str]) -> Any:
    """Take layers' names, seeds and compile settings out of a serialised object."""
    if isinstance(config, list):
        return [_normalize(item, names) for item in config]
    if not isinstance(config, dict):
        return config
    # Only a layer's name means nothing: elsewhere it may be an activation or a dtype.
    is_layer = any(key in config for key in ("trainable", "batch_shape", "inbound_nodes"))
    normalized = {}
    for key, value in config.items():
        if key in ("seed", "compile_config", "build_config") or (key == "name" and is_layer):
            continue
        change = _rename if key in _REFERENCES else _normalize
        normalized[key] = change(value, names)
    return normalized


def _rename(value: Any, names: dict[str, str]) -> Any:
    """Put positions in the place of layers' names."""
    if isinstance(value, list):
        return [_rename(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


class ProgramPool(Generic[Program]):
    """Idle programs by key, the longest unused dropped first.

    Parameters
    ----------
    capacity : int
        Number of idle programs kept.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._idle: OrderedDict[str, list[Program]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, make: Callable[[], Program]) -> Program:
        """Take an idle program out of the pool, or make one."""
        with self._lock:
            idle = self._idle.get(key)
            if idle:
                program = idle.pop()
                if not idle:
                    del self._idle[key]
                return program
        return make()

    def give_back(self, key: str, program: Program) -> None:
        """Put a program into the pool for the next that needs one."""
        with self._lock:
            self._idle.setdefault(key, []).append(program)
            self._idle.move_to_end(key)
            while sum(map(len, self._idle.values())) > self._capacity:
                oldest = next(iter(self._idle))
                self._idle[oldest].pop(0)
                if not self._idle[oldest]:
                    del self._idle[oldest]
