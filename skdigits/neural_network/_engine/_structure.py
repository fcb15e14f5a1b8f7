"""The structure of networks, losses and optimisers: equal ones can share a compiled program."""

from __future__ import annotations

import json
from typing import Any

import keras

from ._custom_objects import custom_objects, is_own
from ._keras_private import layers_in
from ._state import computes_with_copies, trainable_flags

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
    layers = layers_in(part) if isinstance(part, keras.Layer) else []
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
        if key == "module" and str(value).startswith("skdigits."):
            continue  # ours are known by their registered names, wherever they are
        change = _rename if key in _REFERENCES else _normalize
        normalized[key] = change(value, names)
    return normalized


def _rename(value: Any, names: dict[str, str]) -> Any:
    """Put positions in the place of layers' names."""
    if isinstance(value, list):
        return [_rename(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value
