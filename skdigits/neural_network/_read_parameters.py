"""The parameters that describe a Keras network, read from its layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from ..exceptions import NetworkShapeError
from ._parameters import ACTIVATIONS, INITIALIZERS

#: What to do with a network that the parameters cannot describe.
CURE = "KerasNetworkClassifier.from_keras adopts any network of Keras' own layers."
#: Settings of layers that change the training, and that no parameter describes.
_PENALTIES = (
    "kernel_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "kernel_constraint",
    "bias_constraint",
)


class _Unit:
    """A layer with weights, and the normalisation, activation, pooling and dropout after it."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.activation = layer.activation
        self.is_normalized = False
        self.dropout = 0.0
        self.pool_size: tuple[int, int] | None = None

    def takes(self, layer: Any, *, is_flat: bool) -> bool:
        """Note a layer that follows, if parameters can describe it at this place."""
        has_end = self.pool_size is not None or self.dropout > 0
        is_linear = self.activation is keras.activations.linear and not has_end
        match type(layer).__name__:
            case "BatchNormalization" if is_linear and not self.is_normalized:
                self.is_normalized = True
            case "Activation" if is_linear:
                self.activation = layer.activation
            case "Dropout" if not self.dropout:
                self.dropout = float(layer.rate)
            case "MaxPooling2D" if not (is_flat or has_end) and _is_plain_pooling(layer):
                self.pool_size = tuple(layer.pool_size)
            case _:
                return False
        return True


def dense_params(network: keras.Model, owner: str) -> dict[str, Any]:
    """Read the parameters of a fully connected network.

    Parameters
    ----------
    network : keras.Model
        Ends in logits.
    owner : str
        The classifier's class, for the error.

    Returns
    -------
    params : dict of str to object
        Of `KerasMLPClassifier`.

    Raises
    ------
    NetworkShapeError
        If they cannot describe it.
    """
    units = _read_units(network, owner)
    if any(isinstance(unit.layer, keras.layers.Conv2D) for unit in units):
        raise _refusal(owner, "it has convolutions")
    return _dense_params(units, units, owner)


def convolution_params(network: keras.Model, owner: str) -> dict[str, Any]:
    """Read the parameters of a convolutional network.

    Parameters
    ----------
    network, owner
        As for `dense_params`.

    Returns
    -------
    params : dict of str to object
        Of `KerasCNNClassifier`.

    Raises
    ------
    NetworkShapeError
        If they cannot describe it.
    """
    units = _read_units(network, owner)
    n_convolutions = sum(isinstance(unit.layer, keras.layers.Conv2D) for unit in units)
    convolutions, dense = units[:n_convolutions], units[n_convolutions:]
    if not convolutions or any(isinstance(u.layer, keras.layers.Conv2D) for u in dense):
        raise _refusal(owner, "it does not begin with convolutions")
    blocks: list[list[_Unit]] = []
    for unit in convolutions:
        before = blocks[-1][-1] if blocks else None
        continues = (
            before is not None
            and before.pool_size is None
            and not before.dropout
            and before.layer.kernel_size == unit.layer.kernel_size
            and before.activation is unit.activation
        )
        if continues:
            blocks[-1].append(unit)
        else:
            blocks.append([unit])
    return {
        "image_shape": tuple(network.input_shape[1:]),
        "filters": tuple(_stack([unit.layer.filters for unit in block]) for block in blocks),
        "kernel_size": tuple(_side(block[0].layer.kernel_size) for block in blocks),
        "pool_size": tuple(_side(block[-1].pool_size or (1, 1)) for block in blocks),
        "conv_activation": _same([_activation(block[0], owner) for block in blocks]),
        "conv_dropout": _same([block[-1].dropout for block in blocks]),
        **_dense_params(dense, units, owner),
    }


def _dense_params(dense: Sequence[_Unit], units: Sequence[_Unit], owner: str) -> dict[str, Any]:
    """Read what all networks have: hidden layers, normalisation and initialiser."""
    *hidden, logits = dense
    inner = [unit for unit in units if unit is not logits]
    is_normalized = any(unit.is_normalized for unit in inner)
    if any(unit.is_normalized != is_normalized for unit in inner):
        raise _refusal(owner, "only some of its layers are normalised")
    if any(unit.layer.use_bias == is_normalized for unit in inner) or not logits.layer.use_bias:
        raise _refusal(owner, "its layers must have a bias, except before a normalisation")
    if logits.dropout or logits.is_normalized:
        raise _refusal(owner, "its last layer is followed by others")
    return {
        "hidden_layer_sizes": tuple(unit.layer.units for unit in hidden),
        "activation": _same([_activation(unit, owner) for unit in hidden] or ["relu"]),
        "dropout": _same([unit.dropout for unit in hidden] or [0.0]),
        "batch_normalization": is_normalized,
        "kernel_initializer": _initializer(units, owner),
    }


def _stack(filters: list[int]) -> int | tuple[int, ...]:
    """Give the filters of a block: a number if it has one convolution."""
    return filters[0] if len(filters) == 1 else tuple(filters)


def _side(window: tuple[int, int]) -> int | tuple[int, int]:
    """Give the size of a window: a number if it is square."""
    return window[0] if window[0] == window[1] else (window[0], window[1])


def _same(values: list[Any]) -> Any:
    """Give one value for all layers, if they have the same, or else one for each."""
    return values[0] if all(value == values[0] for value in values) else tuple(values)


def _read_units(network: keras.Model, owner: str) -> list[_Unit]:
    """Read a network layer by layer, and refuse what no parameter describes."""
    units: list[_Unit] = []
    is_flat = len(network.input_shape) == 2
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        if type(layer) is keras.layers.Flatten and not is_flat:
            is_flat = True
        elif _is_plain_dense(layer) if is_flat else _is_plain_convolution(layer):
            units.append(_Unit(layer))
        elif not (units and units[-1].takes(layer, is_flat=is_flat)):
            raise _refusal(owner, f"of its layer {layer.name!r} ({type(layer).__name__})")
        for setting in _PENALTIES:
            if getattr(layer, setting, None) is not None:
                raise _refusal(owner, f"of the {setting} of its layer {layer.name!r}")
    if not units or not isinstance(units[-1].layer, keras.layers.Dense):
        raise _refusal(owner, "it does not end in a Dense layer")
    return units


def _is_plain_pooling(layer: keras.layers.MaxPooling2D) -> bool:
    """Whether a pooling is of the kind that the parameters describe."""
    return (
        layer.strides == layer.pool_size
        and layer.padding == "valid"
        and layer.data_format == "channels_last"
    )


def _is_plain_dense(layer: keras.Layer) -> bool:
    """Whether a layer is a dense one of the kind that the parameters describe."""
    return type(layer) is keras.layers.Dense


def _is_plain_convolution(layer: keras.Layer) -> bool:
    """Whether a layer is a convolution of the kind that the parameters describe."""
    return (
        type(layer) is keras.layers.Conv2D
        and tuple(layer.strides) == (1, 1)
        and tuple(layer.dilation_rate) == (1, 1)
        and layer.groups == 1
        and layer.padding == "valid"
        and layer.data_format == "channels_last"
    )


def _activation(unit: _Unit, owner: str) -> str:
    """Give the name of an activation."""
    name = getattr(unit.activation, "__name__", "")
    if name not in ACTIVATIONS or keras.activations.get(name) is not unit.activation:
        raise _refusal(owner, f"of the activation of its layer {unit.layer.name!r}")
    return name


def _initializer(units: Sequence[_Unit], owner: str) -> str:
    """Give the name of the initialiser of all kernels."""
    for name in sorted(INITIALIZERS):
        known = type(keras.initializers.get(name))
        if all(type(unit.layer.kernel_initializer) is known for unit in units):
            return name
    raise _refusal(owner, "of its initialisers: all kernels must have the same, one of Keras' own")


def _refusal(owner: str, reason: str) -> NetworkShapeError:
    """Make the error that says why a class cannot describe a network."""
    return NetworkShapeError(
        f"The parameters of {owner} cannot describe this model, because {reason}. {CURE}"
    )
