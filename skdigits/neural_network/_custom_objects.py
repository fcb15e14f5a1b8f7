"""What in a network is not Keras' own, and what a configuration of one may name."""

from __future__ import annotations

import pickle
import types
from collections.abc import Iterator, Mapping
from typing import Any

import keras

_KINDS = (
    keras.Layer,
    keras.Loss,
    keras.Optimizer,
    keras.Initializer,
    keras.Regularizer,
    keras.constraints.Constraint,
    keras.optimizers.schedules.LearningRateSchedule,
)
#: Ours are as well known as Keras'.
_OWN = ("keras", "skdigits")
#: Parts of Keras that networks are built of: what is in the others may read files, or fetch them.
_BUILDING = frozenset(
    {
        "activations",
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
#: How Keras writes values that JSON lacks; a function's code and a type are not among them.
_VALUES = frozenset({"__bytes__", "__ellipsis__", "__numpy__", "__slice__", "__tensor__"})


def custom_objects(part: Any) -> Iterator[Any]:
    """Find the user's classes and functions, which Keras knows by name only.

    Parameters
    ----------
    part : keras.Model, keras.losses.Loss, keras.optimizers.Optimizer or other value
        What to look through.

    Yields
    ------
    thing : type or function
        Neither Keras' own nor skdigits'.
    """
    owners = part._flatten_layers() if isinstance(part, keras.Layer) else [part]
    for owner in owners:
        for thing in (owner, *getattr(owner, "__dict__", {}).values()):
            if isinstance(thing, _KINDS):
                thing = type(thing)
            elif not isinstance(thing, types.FunctionType):
                continue
            if thing.__module__.split(".")[0] not in _OWN:
                yield thing


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
        for thing in custom_objects(part):
            name = thing.__name__
            if name == "<lambda>":
                raise pickle.PicklingError(
                    "A network with a lambda in it cannot be copied or saved. Write the function "
                    "with def."
                )
            if found.setdefault(name, thing) is not thing:
                raise pickle.PicklingError(
                    f"A network with two different things named {name!r} in it cannot be copied "
                    "or saved. Give each a name of its own."
                )
    registered = {keras.saving.get_registered_name(thing): thing for thing in found.values()}
    return found | registered


def check_config(config: Any, known: Mapping[str, Any]) -> None:
    """Refuse a configuration that names more than Keras' building blocks and what is known.

    Keras looks up what a configuration names, and older versions import it from anywhere;
    a layer can hold the code of a function. Whoever trusts our classes in a file, as skops
    lets one do, has not said that other code may run.

    Parameters
    ----------
    config : JSON value
        What `keras.saving.serialize_keras_object` gave, or somebody made up.
    known : dict of str to type or function
        What else it may name.

    Raises
    ------
    pickle.UnpicklingError
        If it names something else, or what is known is nothing that networks are built of.
    """
    for thing in known.values():
        is_kind = isinstance(thing, type) and issubclass(thing, _KINDS)
        if not (is_kind or isinstance(thing, types.FunctionType)):
            raise pickle.UnpicklingError(
                f"The network in this file is built of {thing!r}, which is neither a class of "
                "Keras' kinds nor a function. Do not use the file."
            )
    _check(config, known)


def _check(config: Any, known: Mapping[str, Any]) -> None:
    """Check a part of a configuration."""
    if isinstance(config, (list, tuple)):
        for item in config:
            _check(item, known)
    elif isinstance(config, dict):
        if "class_name" in config and not _may_be_named(config, known):
            named = {key: config.get(key) for key in ("module", "class_name", "registered_name")}
            raise pickle.UnpicklingError(
                f"The network in this file refers to {named}, which is neither one of Keras' own "
                "layers, losses, optimizers and functions, nor a class or function that the file "
                "names itself. Loading it could run any code; do not use the file."
            )
        for item in config.values():
            _check(item, known)


def _may_be_named(config: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether an object that a configuration describes is Keras' own, or known."""
    name, registered = config["class_name"], config.get("registered_name")
    if name == "function":
        # Its name stands where a class has its settings.
        name = registered = config.get("config")
    if not isinstance(name, str) or not isinstance(registered, (str, type(None))):
        return False
    if name in _VALUES:
        return True
    if name in known:
        # What is registered under that name comes first where Keras looks it up.
        found = keras.saving.get_registered_object(registered) if registered else None
        return found is None or found is known[name]
    is_function = config["class_name"] == "function"
    return registered in (None, name, f"skdigits>{name}") and _is_building_block(
        config.get("module"), name, is_function=is_function
    )


def _is_building_block(module: Any, name: str, *, is_function: bool) -> bool:
    """Whether Keras has something of this name to build networks of."""
    if module == "skdigits.neural_network._losses":
        return name == "SoftmaxLoss"
    if module in (None, "builtins"):
        # Keras looks such functions up among its own, and classes too.
        return is_function or name[:1].isupper()
    if not isinstance(module, str):
        return False
    package = module.removeprefix("keras.src.").removeprefix("keras.").split(".")[0]
    if module != "keras" and (module == package or package not in _BUILDING):
        return False
    return is_function or name[:1].isupper()
