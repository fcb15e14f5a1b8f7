"""A trained Keras model to adopt: checked, ended in logits, and its weights taken."""

from __future__ import annotations

import json
import pickle
from typing import Any, NamedTuple

import keras
import numpy as np

from .._inference import UnsupportedLayerError
from .._plurals import counted
from .._typing import AnyArray, FloatArray
from ..exceptions import NetworkShapeError
from ._engine._custom_objects import check_config
from ._engine._keras_private import layers_in
from ._engine._network import build_with_seed
from ._engine._state import renew_copies
from ._engine._storage import build_architecture, describe_architecture
from ._read_parameters import CURE

#: Samples on which a network must give the same as the model that it was made of.
_N_TRIALS = 4
#: Largest difference of a probability, also in models with layers of a coarser precision.
_TOLERANCE = 1e-4
_COARSE_TOLERANCES = {"float16": 0.005, "bfloat16": 0.03}
#: What to do with a model that cannot be copied.
_OWN_CLASS = (
    "Write a subclass of BaseKerasClassifier whose _build_network builds it, and fit that."
)


class AdoptedModel(NamedTuple):
    """A trained model as a classifier takes it.

    Parameters
    ----------
    network : keras.Model
        The same network, ending in logits; not compiled.
    architecture : dict
        Its configuration, in which no layer is frozen: JSON values.
    input_shape : tuple of int
        Shape of a sample.
    n_outputs : int
        Number of logits.
    """

    network: keras.Model
    architecture: dict[str, Any]
    input_shape: tuple[int, ...]
    n_outputs: int


def read_model(model: Any) -> AdoptedModel:
    """Check a trained Keras model, and make a copy of it that ends in logits.

    Parameters
    ----------
    model : keras.Model
        What the user has trained; left as it is.

    Returns
    -------
    adopted : AdoptedModel
        The copy. A softmax at its end has been removed.

    Raises
    ------
    TypeError
        If it is no Keras model.
    NetworkShapeError
        If it is not Sequential or functional, has several inputs or outputs, or does not end in
        a logit or a probability for each class.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"from_keras takes a trained keras.Model, got {type(model).__name__}. Load a file "
            "with keras.models.load_model(path) first."
        )
    _check_ends(model)
    _check_last_layer(model)
    try:
        architecture = json.loads(json.dumps(describe_architecture(model)))
    except (UnsupportedLayerError, TypeError) as error:
        raise NetworkShapeError(
            f"from_keras cannot copy this model: {error} {_OWN_CLASS}"
        ) from error
    _remove_softmax(architecture)
    try:
        network = build_with_seed(lambda: build_architecture(architecture), seed=0)
    except pickle.UnpicklingError as error:
        raise NetworkShapeError(
            "from_keras cannot copy this model, because of its layers "
            f"{', '.join(_refused_layers(architecture))}. It copies neither Lambda layers, nor "
            f"operations such as keras.ops.softmax, nor quantized layers. {_OWN_CLASS}"
        ) from error
    network.set_weights(model.get_weights())
    renew_copies(network)
    _unfreeze(architecture)
    adopted = AdoptedModel(
        network, architecture, tuple(model.input_shape[1:]), model.output_shape[1]
    )
    check_same_outputs(network, model, adopted.input_shape, _OWN_CLASS)
    return adopted


def _refused_layers(architecture: dict[str, Any]) -> list[str]:
    """Name the layers that are more than a configuration of Keras' own."""
    refused = []
    for layer in architecture["config"]["layers"]:
        try:
            check_config(layer, {})
        except pickle.UnpicklingError:
            refused.append(repr(layer["config"].get("name")))
    return refused


def _check_ends(model: keras.Model) -> None:
    """Refuse a model that does not take one array, or does not return a row for each sample."""
    try:
        inputs, outputs = model.inputs, model.outputs
        shapes = model.input_shape, model.output_shape
    except (AttributeError, ValueError) as error:
        raise NetworkShapeError(
            "from_keras takes a Sequential or functional model that has been built; got "
            f"{type(model).__name__}. Call a Sequential model on some samples first. For a model "
            "with a call method of its own, write a subclass of BaseKerasClassifier."
        ) from error
    if len(inputs) != 1:
        raise NetworkShapeError(
            f"The model has {len(inputs)} inputs, and a classifier takes one array. Build a model "
            "that takes one input and divides it itself."
        )
    if len(outputs) != 1:
        raise NetworkShapeError(
            f"The model has {len(outputs)} outputs, and a classifier has one. Adopt one of them: "
            "keras.Model(model.inputs[0], model.outputs[0])."
        )
    # A Sequential model has neither attribute.
    ends = (getattr(model, name, None) for name in ("input", "output"))
    if any(isinstance(end, dict) for end in ends):
        raise NetworkShapeError(
            "The model takes or returns a dict, and a classifier takes and returns arrays. Adopt "
            "the same network without the dict: keras.Model(model.inputs[0], model.outputs[0])."
        )
    if shapes[0][0] is not None:
        raise NetworkShapeError(
            f"The model takes exactly {counted(shapes[0][0], 'sample')} at a time, and a "
            f"classifier takes any number. Put keras.Input({shapes[0][1:]}) before the model."
        )
    if None in shapes[0][1:]:
        raise NetworkShapeError(
            f"The model takes samples of any shape {shapes[0][1:]}, and a classifier needs to "
            "know it. Put keras.Input((height, width, channels)) before the model."
        )
    if len(shapes[1]) != 2 or shapes[1][1] is None:
        raise NetworkShapeError(
            f"The model must return one number for each class; it returns an array of shape "
            f"{shapes[1][1:]} for each sample. End it in Flatten or GlobalAveragePooling2D and "
            "Dense(n_classes)."
        )


def _check_last_layer(model: keras.Model) -> None:
    """Refuse a model whose outputs are not the logits or the probabilities of classes."""
    last = _last_layer(model)
    activation = getattr(getattr(last, "activation", None), "__name__", "linear")
    if model.output_shape[1] == 1:
        raise NetworkShapeError(
            f"The model ends in a single number ({activation}), as for two classes or a "
            "regression, and a classifier needs a logit for each class. For two classes, train "
            "it with Dense(2) at its end and keras.losses.SparseCategoricalCrossentropy("
            "from_logits=True)."
        )
    if activation not in ("linear", "softmax"):
        raise NetworkShapeError(
            f"The model must end in logits or a softmax; its last layer {last.name!r} ends in "
            f"{activation}. Train it with a softmax at its end; for labels that do not exclude "
            "each other, use a MultiOutputClassifier."
        )
    loss = getattr(model, "loss", None)
    loss_name = str(getattr(loss, "name", None) or getattr(loss, "__name__", loss))
    is_regression = loss_name in ("mse", "mae") or loss_name.startswith(("mean_", "huber", "log_"))
    if is_regression and activation == "linear" and not isinstance(last, keras.layers.Softmax):
        raise NetworkShapeError(
            f"The model was trained as a regression (loss {loss_name!r}), so its outputs are not "
            "logits. Train it with a cross-entropy and from_logits=True."
        )


def _last_layer(model: keras.Model) -> keras.Layer:
    """Find the layer that gives a model's output, within the network at its end if that is one."""
    last = model.layers[-1]
    return _last_layer(last) if isinstance(last, keras.Model) and last.layers else last


def _remove_softmax(architecture: dict[str, Any]) -> None:
    """Let a network end in what goes into the softmax at its end."""
    last = architecture["config"]["layers"][-1]
    if last["class_name"] in ("Sequential", "Functional"):
        _remove_softmax(last)
    elif last["class_name"] == "Softmax":
        kept = {key: last["config"][key] for key in ("name", "dtype") if key in last["config"]}
        last |= {"class_name": "Activation", "config": kept | {"activation": "linear"}}
        last.pop("build_config", None)
        for node in last.get("inbound_nodes", []):
            node["kwargs"].pop("mask", None)
    elif last["config"].get("activation") == "softmax":
        last["config"]["activation"] = "linear"


def _unfreeze(config: Any) -> None:
    """Let a clone train all layers: only the weights of this model are worth keeping."""
    if isinstance(config, list):
        for item in config:
            _unfreeze(item)
    elif isinstance(config, dict):
        if "trainable" in config:
            config["trainable"] = True
        for item in config.values():
            _unfreeze(item)


def check_same_outputs(
    network: keras.Model, model: keras.Model, input_shape: tuple[int, ...], cure: str
) -> None:
    """Refuse a network that computes something else than a model.

    Parameters
    ----------
    network : keras.Model
        Ends in logits.
    model : keras.Model
        Ends in logits or a softmax.
    input_shape : tuple of int
        Shape of a sample of the model.
    cure : str
        What to do otherwise.

    Raises
    ------
    NetworkShapeError
        If the probabilities differ.
    """
    random = np.random.RandomState(0)
    x = random.random_sample((_N_TRIALS, *input_shape)).astype(np.float32)
    found = _probabilities(network, x.reshape(len(x), *network.input_shape[1:]))
    expected = _probabilities(model, x)
    precisions = {layer.compute_dtype for layer in layers_in(model)}
    tolerance = max(_COARSE_TOLERANCES.get(each, _TOLERANCE) for each in precisions)
    if not np.allclose(found, expected, atol=tolerance):
        raise NetworkShapeError(
            "The network that the classifier builds does not give the same probabilities as the "
            f"model. {cure}"
        )


def take_weights(network: keras.Model, adopted: AdoptedModel, owner: str) -> None:
    """Give the network that a classifier has built the weights of a trained model.

    Layers that are frozen in the model are frozen in the network too.

    Parameters
    ----------
    network : keras.Model
        What the parameters of the classifier describe; written into.
    adopted : AdoptedModel
        The model.
    owner : str
        The classifier's class, for the error.

    Raises
    ------
    NetworkShapeError
        If the network is another one.
    """
    weights = adopted.network.get_weights()
    found = [tuple(weight.shape) for weight in network.weights]
    expected = [weight.shape for weight in weights]
    if found != expected:
        raise NetworkShapeError(
            f"The network that {owner} builds for this model has weights of the shapes {found}, "
            f"and the model has {expected}. {CURE}"
        )
    network.set_weights(weights)
    renew_copies(network)
    for own, frozen in zip(_with_weights(network), _with_weights(adopted.network), strict=True):
        own.trainable = frozen.trainable
    check_same_outputs(network, adopted.network, adopted.input_shape, CURE)


def _with_weights(network: keras.Model) -> list[keras.Layer]:
    """List the layers that have weights and no layers within them."""
    return [each for each in layers_in(network) if each.weights and len(layers_in(each)) == 1]


def _probabilities(model: keras.Model, x: AnyArray) -> FloatArray:
    """Compute probabilities, also of a model that ends in a softmax already."""
    outputs = keras.ops.convert_to_numpy(model(x, training=False)).astype(np.float64)
    last = _last_layer(model)
    is_softmax = isinstance(last, keras.layers.Softmax) or (
        getattr(getattr(last, "activation", None), "__name__", "") == "softmax"
    )
    if is_softmax:
        return outputs
    exponentials = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    probabilities: FloatArray = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities
