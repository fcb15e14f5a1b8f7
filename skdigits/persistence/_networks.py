"""The network of a file: what it may name, what it costs, and proof that it is the same."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._archive import shown
from .._inference import (
    LayerCost,
    StoredNetwork,
    UnsupportedLayerError,
    network_model,
    policy_name,
)
from .._plurals import counted
from .._typing import FloatArray
from ._keras_objects import MAX_TEXT, find_fault

if TYPE_CHECKING:
    import onnx

#: Shapes that Keras would make variables of, whatever the other settings say.
_BUILDS = frozenset({"build_config", "build_input_shape"})
#: What a network within another is compiled with, which does not matter.
_IGNORED = _BUILDS | {"compile_config"}
#: What Keras knows of a layer; all else may be a description of something to make.
_LAYER_KEYS = frozenset(
    {"module", "class_name", "config", "registered_name", "name", "inbound_nodes"}
)
#: Where a network has layers; its own place has no name.
_LAYERS = ("", "layers", "activation")
#: The other settings of layers that are objects, by the end of their names, and what they are.
_OBJECTS = {
    "_initializer": "initializers",
    "_regularizer": "regularizers",
    "_constraint": "constraints",
}
#: What a layer is made of in ONNX, but for one that merges as many values as a file likes.
_MOST_NODES = 32
#: Of a logit, or of one that is usual for the network.
_TOLERANCE = 1e-4


class UnusableNetworkError(ValueError):
    """A network is not one that a model file may hold."""


def plain_architecture(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """Give an architecture as a file has it.

    Parameters
    ----------
    architecture : mapping
        Keras' configuration of a network.

    Returns
    -------
    plain : dict
        JSON values, without shapes that follow from that of the input, and not compiled.

    Raises
    ------
    UnusableNetworkError
        If it holds anything else.
    """
    try:
        text = json.dumps(architecture, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UnusableNetworkError(f"the network's settings are not plain ({error}).") from error

    def without_builds(settings: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in settings.items() if key not in _IGNORED}

    plain: dict[str, Any] = json.loads(text, object_hook=without_builds)
    return plain


def network_costs(
    stored: StoredNetwork, input_shape: tuple[int, ...], n_outputs: int
) -> tuple[LayerCost, ...]:
    """Check a network without running it, and say what its layers take.

    Parameters
    ----------
    stored : StoredNetwork
        A network that anybody may have made up.
    input_shape : tuple of int
        Shape of a sample.
    n_outputs : int
        Number of logits: one for each class, and perhaps one for none of them.

    Returns
    -------
    costs : tuple of LayerCost
        What its input and each layer take for one sample.

    Raises
    ------
    UnusableNetworkError
        If it names anything but Keras' own classes in their places, ONNX lacks a layer, or it
        takes or gives something else.
    """
    _check_settings(stored.architecture)
    try:
        model, costs = network_model(stored.architecture, stored.weights)
    except (UnsupportedLayerError, ValueError) as error:
        raise UnusableNetworkError(shown(error)) from error
    if len(model.graph.node) > _MOST_NODES * len(costs):
        raise UnusableNetworkError("the network merges too many values.")
    [samples], [logits] = model.graph.input, model.graph.output
    if (_shape(samples), _shape(logits)) != (input_shape, (n_outputs,)):
        raise UnusableNetworkError(
            f"the network takes samples of shape {shown(_shape(samples))} and gives "
            f"{counted(_shape(logits)[0], 'logit')}, and the classifier has samples of shape "
            f"{shown(input_shape)} and needs {counted(n_outputs, 'logit')}."
        )
    return costs


def _check_settings(value: Any, key: str = "") -> None:
    """Refuse settings of which Keras would make more than layers and their plain settings.

    Keras makes an object of each description in a setting, also where ONNX has no use for it.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise UnusableNetworkError("a number in the network's settings is not finite.")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise UnusableNetworkError(
            f"a text in the network's settings has {len(value):,} characters; at most "
            f"{MAX_TEXT:,} are allowed."
        )
    if isinstance(value, list):
        for item in value:
            _check_settings(item, key)
    elif isinstance(value, dict):
        if not _BUILDS.isdisjoint(value):
            raise UnusableNetworkError("the network names shapes to build it with.")
        if "class_name" in value and not _is_keras_own(value):
            raise UnusableNetworkError(
                f"the network names {shown(value['class_name'])} of "
                f"{shown(value.get('module'))}, which is not Keras' own."
            )
        for name, item in value.items():
            _check_settings(item, name)
    _check_place(value, key)


def _check_place(value: Any, key: str) -> None:
    """Refuse an object in a setting of a layer that is none, or one of another kind."""
    for ending, group in _OBJECTS.items():
        if key.endswith(ending):
            fault = None if value is None else find_fault(value, group)
            if fault is not None:
                raise UnusableNetworkError(f"in the setting {shown(key)} of a layer, {fault}")
            return
    if isinstance(value, dict) and "class_name" in value and not _is_in_place(value, key):
        if key == "dtype" and value["class_name"] == "DTypePolicy":
            raise UnusableNetworkError(
                f"the network computes in {shown(policy_name(value))}, and a model file holds "
                'networks that compute in float32. Build it with dtype="float32" and copy the '
                "weights with set_weights, or keep its precision in a pickle."
            )
        raise UnusableNetworkError(
            f"the network has {shown(value['class_name'])} in {shown(key)}, where it does not "
            "belong."
        )


def _is_in_place(described: dict[str, Any], key: str) -> bool:
    """Whether a layer, a tensor or a dtype stands where networks have one."""
    if described["class_name"] == "__keras_tensor__":
        return key == "args"
    if key == "dtype":
        return bool(described["config"] == {"name": "float32"})
    return key in _LAYERS and _LAYER_KEYS.issuperset(described)


def _is_keras_own(described: dict[str, Any]) -> bool:
    """Whether an object that an architecture describes needs no code but Keras'."""
    name, module = described["class_name"], described.get("module")
    if name == "__keras_tensor__":  # stands for what a layer is called with
        return True
    is_own = isinstance(module, str) and (module == "keras" or module.startswith("keras."))
    return is_own and described.get("registered_name") in (None, name)


def _shape(value: onnx.ValueInfoProto) -> tuple[int, ...]:
    """Read the shape of one sample."""
    return tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim[1:])


def trial_logits(
    run: Callable[[FloatArray], FloatArray], input_shape: tuple[int, ...]
) -> FloatArray:
    """Run a network on two made-up samples.

    Parameters
    ----------
    run : callable
        Computes the logits of samples with a network that `network_costs` has not refused.
    input_shape : tuple of int
        Shape of a sample.

    Returns
    -------
    logits : ndarray of float32, shape (2, n_outputs)
        The same for networks that compute the same, but for rounding.
    """
    random = np.random.RandomState(0)
    # One after the other, as a file may have a network that takes much memory for a sample.
    return np.concatenate(
        [run(random.random_sample((1, *input_shape)).astype(np.float32)) for _ in range(2)]
    )


def is_same(found: FloatArray, expected: FloatArray) -> bool:
    """Whether two networks have given the same logits, but for rounding.

    Parameters
    ----------
    found, expected : ndarray of float32, shape (2, n_outputs)
        From `trial_logits`; processors differ in their last digits.

    Returns
    -------
    same : bool
        True if they have.
    """
    if found.shape != expected.shape:
        return False
    # Rounding errors are those of numbers within the network, which are about as large as its
    # usual logits. A class with huge logits does not widen the tolerance of the others.
    largest = np.abs(expected).max(axis=0)
    usual = np.sort(largest)[(len(largest) - 1) // 2]
    tolerance = _TOLERANCE * np.maximum(1.0, np.maximum(largest, usual))
    return bool((np.abs(found - expected) <= tolerance).all())
