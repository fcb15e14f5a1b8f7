"""The network of a file: what it may name, what it costs, and proof that it is the same."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._archive import shown
from .._inference import LayerCost, StoredNetwork, UnsupportedLayerError
from .._inference._graph import network_model
from .._typing import FloatArray

if TYPE_CHECKING:
    import onnx

#: Shapes that Keras would make variables of, whatever the other settings say.
_BUILDS = frozenset({"build_config", "build_input_shape"})
#: What a layer is made of in ONNX, but for one that merges as many values as a file likes.
_MOST_NODES = 20
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
        JSON values, without shapes that follow from that of the input.

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
        return {key: value for key, value in settings.items() if key not in _BUILDS}

    plain: dict[str, Any] = json.loads(text, object_hook=without_builds)
    return plain


def network_costs(
    stored: StoredNetwork, input_shape: tuple[int, ...], n_classes: int
) -> tuple[LayerCost, ...]:
    """Check a network without running it, and say what its layers take.

    Parameters
    ----------
    stored : StoredNetwork
        A network that anybody may have made up.
    input_shape : tuple of int
        Shape of a sample.
    n_classes : int
        Number of logits.

    Returns
    -------
    costs : tuple of LayerCost
        What its input and each layer take for one sample.

    Raises
    ------
    UnusableNetworkError
        If it names anything but Keras' own classes, ONNX lacks a layer, or it takes or gives
        something else.
    """
    for part in _objects(stored.architecture):
        if not _is_keras_own(part):
            raise UnusableNetworkError(
                f"the network names {shown(part['class_name'])} of {shown(part.get('module'))}, "
                "which is not Keras' own."
            )
    try:
        model, costs = network_model(stored.architecture, stored.weights)
    except (UnsupportedLayerError, ValueError) as error:
        raise UnusableNetworkError(shown(error)) from error
    if len(model.graph.node) > _MOST_NODES * len(costs):
        raise UnusableNetworkError("the network merges too many values.")
    [samples], [logits] = model.graph.input, model.graph.output
    if (_shape(samples), _shape(logits)) != (input_shape, (n_classes,)):
        raise UnusableNetworkError(
            f"the network takes samples of shape {shown(_shape(samples))} and gives "
            f"{_shape(logits)[0]} logits, and the classifier has samples of shape "
            f"{shown(input_shape)} and {n_classes} classes."
        )
    return costs


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Go through the objects that an architecture describes."""
    if isinstance(value, float) and not math.isfinite(value):
        raise UnusableNetworkError("a number in the network's settings is not finite.")
    if isinstance(value, list):
        for item in value:
            yield from _objects(item)
    elif isinstance(value, dict):
        if not _BUILDS.isdisjoint(value):
            raise UnusableNetworkError("the network names shapes to build it with.")
        if "class_name" in value:
            yield value
        for item in value.values():
            yield from _objects(item)


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
    logits : ndarray of float32, shape (2, n_classes)
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
    found, expected : ndarray of float32, shape (2, n_classes)
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
