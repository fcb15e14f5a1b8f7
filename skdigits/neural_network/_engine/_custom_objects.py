"""What in a network is not Keras' own, and what a configuration of one may name."""

from __future__ import annotations

import pickle
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import keras

from ..._inference import UnsupportedLayerError
from ._keras_private import layers_in

_KINDS = (
    keras.Layer,
    keras.Loss,
    keras.Optimizer,
    keras.Initializer,
    keras.Metric,
    keras.Regularizer,
    keras.constraints.Constraint,
    keras.optimizers.schedules.LearningRateSchedule,
)
_LAMBDA = "<lambda>"
#: Those that play no part in a prediction.
_IN_TRAINING = (keras.Initializer, keras.Regularizer, keras.constraints.Constraint)
#: Ours are as well known as Keras'.
_OWN = ("keras", "skdigits")
#: Parts of Keras that networks are built of: what is in the others may read files, or fetch them.
_BUILDING = frozenset(
    {
        "constraints",
        "dtype_policies",
        "initializers",
        "layers",
        "losses",
        "metrics",
        "models",
        "ops",
        "optimizers",
        "random",
        "regularizers",
    }
)
#: Those whose functions compute, and make or load nothing.
_COMPUTING = ("activations", "constraints", "initializers", "losses", "metrics", "ops", "random")
#: Where SoftmaxLoss is, and where it was when the first files were written.
_SOFTMAX_LOSS_MODULES = (
    "skdigits.neural_network._engine._losses",
    "skdigits.neural_network._losses",
)
#: Layers that load what another program has written.
_LOADING = frozenset({"TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"})
#: Settings of layers that are objects but no layers, by the end of their names.
_SETTINGS = ("_initializer", "_regularizer", "_constraint")
#: How Keras writes values that JSON lacks; a function's code and a type are not among them.
_VALUES = frozenset(
    {"__bytes__", "__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__"}
)


def custom_objects(part: Any) -> Iterator[tuple[str, Any]]:
    """Find the user's classes and functions, which Keras knows by name at most.

    Parameters
    ----------
    part : keras.Model, keras.losses.Loss, keras.optimizers.Optimizer or other value
        What to look through.

    Yields
    ------
    where : str
        What has it, for messages.
    thing : type or function
        Neither Keras' own nor skdigits', or a function of Keras' that its configurations take
        for another.
    """
    owners = layers_in(part) if isinstance(part, keras.Layer) else [part]
    for owner in owners:
        for thing in (owner, *getattr(owner, "__dict__", {}).values()):
            if isinstance(thing, _KINDS):
                thing = type(thing)
            elif not isinstance(thing, types.FunctionType):
                continue
            if _package(thing) not in _OWN or _is_taken_for_another(thing):
                is_layer = isinstance(owner, keras.Layer)
                yield f"layer {owner.name!r}" if is_layer else type(owner).__name__, thing


def refuse_own_code(things: Iterable[tuple[str, Any]]) -> None:
    """Refuse classes and functions that are not Keras' own and may take part in a prediction.

    Parameters
    ----------
    things : iterable of (str, type or function)
        From `custom_objects`.

    Raises
    ------
    UnsupportedLayerError
        If one is a function or a layer: an initialiser, say, takes part in training alone.
    """
    for where, thing in things:
        if not (isinstance(thing, type) and issubclass(thing, _IN_TRAINING)):
            name = thing.__name__
            named = f"The lambda in {where}" if name == _LAMBDA else repr(name)
            raise UnsupportedLayerError(f"{named} is not one of Keras' own.")


def is_keras_own(thing: Any) -> bool:
    """Whether a class or a function is Keras' own.

    Parameters
    ----------
    thing : type or function
        Anything that has a module.

    Returns
    -------
    own : bool
        True if Keras defines it.
    """
    return _package(thing) == "keras"


def _is_taken_for_another(thing: Any) -> bool:
    """Whether a configuration names one of Keras' activations where a function is another.

    It has ``"gelu"`` for `keras.ops.gelu`, which computes differently, and for any function of
    that name.
    """
    is_function = isinstance(thing, types.FunctionType)
    return is_function and getattr(keras.activations, thing.__name__, thing) is not thing


def _package(thing: Any) -> str:
    """Name the package that a class or a function stands in."""
    return str(thing.__module__).split(".")[0]


def custom_objects_by_name(*parts: Any) -> dict[str, Any]:
    """Gather the user's classes and functions under the names that Keras looks them up by.

    Parameters
    ----------
    *parts : keras.Model, keras.losses.Loss, keras.optimizers.Optimizer or other value
        What to look through.

    Returns
    -------
    things : dict of str to type or function
        For ``custom_objects``.

    Raises
    ------
    pickle.PicklingError
        If one of those has no name, or two have the same.
    """
    found: dict[str, Any] = {}
    for part in parts:
        for where, thing in custom_objects(part):
            name = thing.__name__
            if name == _LAMBDA:
                raise pickle.PicklingError(
                    f"The lambda in {where} cannot be copied or saved. Write the function "
                    "with def."
                )
            if _is_taken_for_another(thing):
                raise pickle.PicklingError(
                    f"A network with the function {thing.__module__}.{name} in it cannot be "
                    f"copied or saved, as Keras would take it for keras.activations.{name}. Call "
                    "it from a function of another name."
                )
            if found.setdefault(name, thing) is not thing:
                raise pickle.PicklingError(
                    f"A network with two different things named {name!r} in it cannot be copied "
                    "or saved. Give each a name of its own."
                )
    registered = {keras.saving.get_registered_name(thing): thing for thing in found.values()}
    return found | registered


def named_in(config: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """Gather what a configuration names beside Keras' building blocks.

    Parameters
    ----------
    config : JSON value
        From `keras.saving.serialize_keras_object`.
    known : dict of str to type or function
        What was found already, by `custom_objects_by_name`.

    Returns
    -------
    things : dict of str to type or function
        That, and what is registered with Keras.

    Raises
    ------
    pickle.PicklingError
        If it names something that Keras could not find again.
    """
    things = dict(known)
    for part in _descriptions(config):
        if _may_be_named(part, things):
            continue
        thing = keras.saving.get_registered_object(str(part.get("registered_name")))
        if thing is None:
            raise pickle.PicklingError(
                f"{part['class_name']!r} cannot be copied or saved, as Keras would not find it "
                "again. Decorate it with @keras.saving.register_keras_serializable()."
            )
        things |= {thing.__name__: thing, part["registered_name"]: thing}
    return things


def check_config(config: Any, known: Mapping[str, Any]) -> None:
    """Refuse a configuration that names more than Keras' building blocks and what is known.

    Keras looks up what a configuration names, and older versions import it from anywhere;
    a layer can hold the code of a function. Whoever trusts our classes in a file, as skops
    lets one do, has not said that other code may run.

    Parameters
    ----------
    config : JSON value
        From `keras.saving.serialize_keras_object`, or made up by an attacker.
    known : dict of str to type or function
        What else it may name.

    Raises
    ------
    pickle.UnpicklingError
        If it names something else, or what is known is nothing that networks are built of.
    """
    for thing in known.values():
        is_kind = isinstance(thing, type) and hasattr(thing, "from_config")
        if not (is_kind or isinstance(thing, types.FunctionType)):
            raise pickle.UnpicklingError(
                f"The network in this file is built of {thing!r}, which is neither a class with "
                "from_config nor a function. Do not use the file."
            )
    # Keras makes layers there too; a user's own class may be made of them.
    misplaced = [] if known else [*_layers_in_settings(config)]
    for part in _descriptions(config):
        if part in misplaced or not _may_be_named(part, known):
            named = {key: part.get(key) for key in ("module", "class_name", "registered_name")}
            raise pickle.UnpicklingError(
                f"The network in this file refers to {named}, which is neither one of Keras' own "
                "layers, losses, optimizers and functions in its place, nor a class or function "
                "that the file names itself. Loading it could run any code; do not use the file."
            )


def is_own(config: Mapping[str, Any]) -> bool:
    """Whether an object that a configuration describes has a name of Keras' own, or of ours.

    Parameters
    ----------
    config : dict
        With ``"class_name"``.

    Returns
    -------
    own : bool
        False where another class is registered under the name.
    """
    name, registered = config["class_name"], config.get("registered_name")
    module = config.get("module") or "builtins"
    return (
        registered in (None, name, f"skdigits>{name}")
        and isinstance(module, str)
        and module.split(".")[0] in ("builtins", *_OWN)
    )


def _descriptions(config: Any) -> Iterator[dict[str, Any]]:
    """Go through the objects that a configuration describes."""
    if isinstance(config, (list, tuple)):
        for item in config:
            yield from _descriptions(item)
    elif isinstance(config, dict):
        if "class_name" in config:
            yield config
        for item in config.values():
            yield from _descriptions(item)


def _layers_in_settings(config: Any, *, is_setting: bool = False) -> Iterator[dict[str, Any]]:
    """Go through the layers within settings of layers that are initialisers and the like."""
    if isinstance(config, (list, tuple)):
        for item in config:
            yield from _layers_in_settings(item, is_setting=is_setting)
    elif isinstance(config, dict):
        module = config.get("module")
        is_layer = isinstance(module, str) and _part_of_keras(module) in ("", "layers", "models")
        if is_setting and is_layer and "class_name" in config:
            yield config
        for key, item in config.items():
            is_one = is_setting or str(key).endswith(_SETTINGS)
            yield from _layers_in_settings(item, is_setting=is_one)


def _may_be_named(config: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether an object that a configuration describes is Keras' own, or known."""
    name, registered = config["class_name"], config.get("registered_name")
    is_function = name == "function"
    if is_function:
        # Its name stands where a class has its settings.
        name = registered = config.get("config")
    if not isinstance(name, str) or not isinstance(registered, (str, type(None))):
        return False
    if name.startswith("__"):
        # Keras makes these itself, regardless of what is registered.
        return name in _VALUES
    if name in known or registered in known:
        # What is registered under that name comes first where Keras looks it up.
        found = keras.saving.get_registered_object(registered) if registered else None
        return found is None or any(found is thing for thing in known.values())
    if is_function:
        return _is_computing(config.get("module"), name)
    return is_own(config) and _is_building_block(config.get("module"), name)


def _is_computing(module: Any, name: str) -> bool:
    """Whether Keras has a function of this name that computes, and does nothing else."""
    if module in (None, "builtins"):
        # Keras looks through its parts then.
        return any(hasattr(getattr(keras, part), name) for part in _COMPUTING)
    return isinstance(module, str) and _part_of_keras(module) in _COMPUTING


def _is_building_block(module: Any, name: str) -> bool:
    """Whether Keras has a class of this name to build networks of, or we have."""
    if module in _SOFTMAX_LOSS_MODULES:
        return name == "SoftmaxLoss"
    if not isinstance(module, str) or not name[:1].isupper() or name in _LOADING:
        return False
    return module == "keras" or _part_of_keras(module) in _BUILDING


def _part_of_keras(module: str) -> str:
    """Name the part of Keras that a module belongs to."""
    names = [name for name in module.split(".") if name != "src"]
    return names[1] if len(names) > 1 and names[0] == "keras" else ""
