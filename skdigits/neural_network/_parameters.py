"""The classifiers' parameters: their allowed values, and which of them make a network.

Names are spelled out here rather than asked of Keras, so that TensorFlow is not
loaded before the first ``fit``; a test compares them with Keras.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from difflib import get_close_matches
from numbers import Integral, Number, Real
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from .._typing import RandomState
from ._engine._keras_names import LOSSES, OPTIMIZERS
from ._engine._plan import CompileSettings
from .augmentation import ImageAugmentation

#: A name of `ACTIVATIONS`, or a function of Keras tensors.
Activation: TypeAlias = str | Callable[..., Any]
ACTIVATIONS = frozenset(
    {
        "elu",
        "gelu",
        "hard_sigmoid",
        "leaky_relu",
        "linear",
        "mish",
        "relu",
        "relu6",
        "selu",
        "sigmoid",
        "silu",
        "softplus",
        "softsign",
        "tanh",
    }
)
INITIALIZERS = frozenset(
    {
        "glorot_normal",
        "glorot_uniform",
        "he_normal",
        "he_uniform",
        "lecun_normal",
        "lecun_uniform",
        "orthogonal",
        "random_normal",
        "random_uniform",
        "truncated_normal",
        "zeros",
    }
)

TRAINING_CONSTRAINTS: dict[str, list[Any]] = {
    "optimizer": [
        StrOptions(set(OPTIMIZERS)),
        HasMethods(["get_config", "apply_gradients"]),
    ],
    "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
    "learning_rate_schedule": [
        StrOptions({"cosine", "exponential", "one_cycle"}),
        HasMethods(["get_config", "__call__"]),
        None,
    ],
    "weight_decay": [Interval(Real, 0, None, closed="left"), None],
    # A function is refused in fit, with the reason.
    "loss": [StrOptions(set(LOSSES)), HasMethods(["get_config", "call"]), callable],
    "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    "metrics": [str, HasMethods(["update_state", "result"]), "array-like", None],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "epochs": [Interval(Integral, 1, None, closed="left")],
    "weight_averaging": [Interval(Real, 0, 1, closed="left")],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither"), None],
    "early_stopping": ["boolean"],
    "patience": [Interval(Integral, 1, None, closed="left")],
    "monitor": [str],
    "min_delta": [Interval(Real, 0, None, closed="left")],
    "class_weight": [dict, StrOptions({"balanced"}), None],
    "outlier_label": ["boolean", Interval(Real, None, None, closed="neither"), str, None],
    "outlier_threshold": [Interval(Real, None, None, closed="both")],
    "augmentation": [StrOptions({"light", "strong"}), ImageAugmentation, None],
    "test_time_shift": [Interval(Integral, 0, None, closed="left")],
    "test_time_rotation": [Interval(Real, 0, 180, closed="left")],
    "transform_layer": [str, Integral, None],
    "callbacks": "no_validation",  # type: ignore[dict-item]  # checked by scikeras in fit
    "checkpoint_dir": [str, PathLike, None],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "random_state": ["random_state"],
}

NETWORK_CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions(set(ACTIVATIONS)), callable, "array-like"],
    "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
    "batch_normalization": ["boolean"],
    "kernel_initializer": [StrOptions(set(INITIALIZERS)), HasMethods(["get_config", "__call__"])],
}


#: Parameters of every classifier that a network is compiled with; a class's own build it.
COMPILED_WITH = frozenset(field.name for field in fields(CompileSettings))


def per_layer(name: str, value: Any, n_layers: int, *, low: float, high: float) -> list[Any]:
    """Spread a parameter over layers: one number for all, or one for each.

    Parameters
    ----------
    name : str
        The parameter's name, for the error.
    value : number or sequence of numbers
        What the user gave.
    n_layers : int
        Number of layers.
    low, high : float
        The numbers allowed: ``low <= number < high``.

    Returns
    -------
    values : list
        One number for each layer.

    Raises
    ------
    ValueError
        If the length or a number is wrong.
    """
    values = [value] * n_layers if isinstance(value, Real) else list(value)
    if len(values) != n_layers:
        raise ValueError(
            f"{name} must be one number, or one for each layer, here {n_layers}; "
            f"got {len(values)}: {value!r}."
        )
    for number in values:
        if not isinstance(number, Real) or not low <= float(number) < high:
            raise ValueError(f"{name} must hold numbers in [{low}, {high}); got {number!r}.")
    return values


def per_layer_activations(name: str, value: Any, n_layers: int) -> list[Activation]:
    """Spread an activation over layers: one for all, or one for each.

    Parameters
    ----------
    name : str
        The parameter's name, for the error.
    value : str, callable or sequence of them
        What the user gave.
    n_layers : int
        Number of layers or blocks.

    Returns
    -------
    activations : list of str or callable
        One for each layer.

    Raises
    ------
    ValueError
        If the length is wrong or an activation is unknown.
    """
    if isinstance(value, str) or callable(value):
        return [value] * n_layers
    activations = list(value)
    if len(activations) != n_layers:
        raise ValueError(
            f"{name} must be one activation, or one for each layer, here {n_layers}; "
            f"got {len(activations)}: {value!r}."
        )
    for activation in activations:
        is_name = isinstance(activation, str) and activation in ACTIVATIONS
        if not (is_name or callable(activation)):
            raise ValueError(
                f"{name} must hold functions, or names of these: "
                f"{', '.join(sorted(ACTIVATIONS))}; got {activation!r}."
            )
    return activations


def layer_sizes(name: str, value: Any) -> tuple[int, ...]:
    """Check a sequence of numbers of units or filters.

    Parameters
    ----------
    name : str
        The parameter's name, for the error.
    value : int or sequence of int
        What the user gave.

    Returns
    -------
    sizes : tuple of int
        The sizes.

    Raises
    ------
    ValueError
        If one is not a positive integer.
    """
    sizes = (value,) if isinstance(value, Integral) else tuple(value)
    for size in sizes:
        if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
            raise ValueError(
                f"{name} must hold integers of at least 1; got {size!r} in {value!r}."
            )
    return tuple(int(size) for size in sizes)


def explain_nested(kind: str, name: str, names: list[str]) -> str:
    """Say what to set instead of a nested parameter that does not exist.

    Parameters
    ----------
    kind : str
        Name of the classifier's class.
    name : str
        What was to be set, such as ``"optimizer__learning_rate"``.
    names : list of str
        The classifier's parameters.

    Returns
    -------
    message : str
        For a ValueError.
    """
    prefix, _, rest = name.partition("__")
    if prefix == "augmentation":
        return (
            f"{name!r} cannot be set because augmentation is not an ImageAugmentation. Set "
            f"augmentation=ImageAugmentation({rest}=...)."
        )
    if rest in names:
        return f"{kind} has no parameter {name!r}. Set {rest!r} instead."
    if prefix not in names:
        near = get_close_matches(prefix, names, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return f"{kind} has no parameter {prefix!r}.{hint} It has: {', '.join(names)}."
    return (
        f"{kind} has no parameter {name!r}, because {prefix!r} has no nested parameters. Pass a "
        "configured object instead, such as optimizer=keras.optimizers.SGD(momentum=0.9)."
    )


def check_checkpoint_dir(
    checkpoint_dir: str | PathLike[str] | None, random_state: RandomState
) -> Path | None:
    """Refuse ``checkpoint_dir`` unless ``random_state`` is an int.

    Parameters
    ----------
    checkpoint_dir : str, path-like or None
        The folder.
    random_state : int, RandomState instance or None
        Seed of the trainings.

    Returns
    -------
    folder : pathlib.Path or None
        None where none was given.

    Raises
    ------
    ValueError
        If there is a folder, and the seed is not an int.
    """
    if checkpoint_dir is None:
        return None
    if not isinstance(random_state, Integral):
        raise ValueError(
            "checkpoint_dir requires random_state to be an int, because it is part of the "
            f"checkpoint key; got random_state={random_state!r}. Pass random_state=0, or "
            "checkpoint_dir=None."
        )
    return Path(checkpoint_dir)


def network_params(params: dict[str, Any]) -> dict[str, Any]:
    """Pick the parameters that a network is built and compiled with, as they are now.

    Parameters
    ----------
    params : dict of str to object
        All parameters of a classifier, from ``get_params``.

    Returns
    -------
    params : dict of str to object
        Numbers, texts and lists of them as one text, which a later change of the list leaves
        alone; all else as it is.
    """
    return {
        name: repr(value) if _is_plain(value) else value
        for name, value in params.items()
        if name in COMPILED_WITH or name.split("__")[0] not in TRAINING_CONSTRAINTS
    }


def changed_params(before: dict[str, Any], now: dict[str, Any]) -> set[str]:
    """Name the parameters of a network that have changed.

    Parameters
    ----------
    before, now : dict of str to object
        From `network_params`.

    Returns
    -------
    names : set of str
        Those that differ, or are in only one of the two.
    """
    return {
        name
        for name in before.keys() | now.keys()
        if name not in before or name not in now or not _is_same(before[name], now[name])
    }


def _is_plain(value: Any) -> bool:
    """Whether ``repr`` gives all of a value: a number, a string, None, or a list of such."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (Number, str))


def _is_same(before: Any, now: Any) -> bool:
    """Whether two strings are equal, or two other values are the same object."""
    return before is now or (isinstance(before, str) and isinstance(now, str) and before == now)
