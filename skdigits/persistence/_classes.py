"""The classes that a model file may name, and what it keeps of them beside parameters."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from typing import Any, NamedTuple

from .._archive import shown
from ..exceptions import ModelFileError
from ._scikit_learn import CLASSES_BY_MODULE, FUNCTIONS, LEFT_OUT, PRIVATE_CLASSES

_INPUT = ("n_features_in_", "feature_names_in_")
_NETWORK = (
    *_INPUT,
    "classes_",
    "outlier_label_",
    "sample_shape_",
    "input_shape_",
    "history_",
    "n_epochs_",
)
_REMADE = ("_trained_network", "_random_state", "_network_params", "_described")


class KnownClass(NamedTuple):
    """What is kept of an estimator.

    Parameters
    ----------
    fitted : tuple of str or None
        Fitted attributes that are written to the file; None for all that there are.
    remade : tuple of str
        Attributes that are not written: loading makes them anew, or only a fit needs them.
    """

    fitted: tuple[str, ...] | None = ()
    remade: tuple[str, ...] = ()


#: By the names that users import them by.
CLASSES = {
    "sklearn.pipeline.Pipeline": KnownClass(),
    "sklearn.ensemble.VotingClassifier": KnownClass(
        ("estimators_", "classes_", "feature_names_in_"), ("le_", "named_estimators_")
    ),
    "skdigits.preprocessing.Deskewer": KnownClass((*_INPUT, "sample_shape_", "image_shape_")),
    "skdigits.preprocessing.MNISTNormalizer": KnownClass(_INPUT),
    "skdigits.preprocessing.ImageScaler": KnownClass((*_INPUT, "sample_shape_", "output_shape_")),
    "skdigits.neural_network.ImageAugmentation": KnownClass(),
    "skdigits.neural_network.KerasCNNClassifier": KnownClass(_NETWORK, _REMADE),
    "skdigits.neural_network.KerasMLPClassifier": KnownClass(_NETWORK, _REMADE),
    "skdigits.neural_network.KerasNetworkClassifier": KnownClass(_NETWORK, _REMADE),
    **{
        f"sklearn.{home}.{name}": KnownClass(None, LEFT_OUT.get(name, ()))
        for classes in (CLASSES_BY_MODULE, PRIVATE_CLASSES)
        for home, names in classes.items()
        for name in names.split()
    },
}

#: NumPy's types that may be parameters or attributes.
SCALARS = (
    *("bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
)

#: Parameters that name a folder: the next fit would read files of others there, or write them.
FOLDERS = ("memory", "checkpoint_dir")

#: A parameter that plays a part in training alone, and may be any code.
CALLBACKS = "callbacks"

#: Another one, which may be Keras' objects. Their names are kept.
METRICS = "metrics"


def class_name(thing: Any) -> str | None:
    """Name the class of an object.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    name : str or None
        A name of `CLASSES`; None for others, also for classes derived from those.
    """
    return _find_name(CLASSES, type(thing))


def params_of(thing: Any) -> dict[str, Any]:
    """Give what an object of a known class was made with.

    Parameters
    ----------
    thing : object
        Of a class in `CLASSES`. Splitters of samples, for one, are no estimators.

    Returns
    -------
    params : dict
        What its class takes.
    """
    if hasattr(thing, "get_params"):
        params: dict[str, Any] = thing.get_params(deep=False)
        return params
    return {name: getattr(thing, name) for name in inspect.signature(type(thing)).parameters}


def find_class(name: str) -> Any:
    """Import a class.

    Parameters
    ----------
    name : str
        What a file says.

    Returns
    -------
    found : type
        The class of that name in `CLASSES`.

    Raises
    ------
    ModelFileError
        If there is none.
    """
    if not isinstance(name, str) or name not in CLASSES:
        raise ModelFileError(
            f"it names the class {shown(name)}, which is none of the {len(CLASSES)} classes that "
            "can be loaded. If a later skdigits wrote the file, upgrade with: pip install "
            "--upgrade skdigits. Otherwise do not use it."
        )
    found = _imported(name)
    if found is None:
        raise ModelFileError(
            f"the scikit-learn that is installed has no class {name}. Install the version that "
            "saved the file."
        )
    return found


def _imported(name: str) -> Any:
    """Import a class or a function of a known name; None if scikit-learn has it no more."""
    home, _, simple_name = name.rpartition(".")
    try:
        return getattr(importlib.import_module(home), simple_name, None)
    except ModuleNotFoundError:
        return None


def function_name(thing: Any) -> str | None:
    """Name a function of scikit-learn that may be a parameter.

    Parameters
    ----------
    thing : object
        Anything.

    Returns
    -------
    name : str or None
        A name of `FUNCTIONS`; None for anything else.
    """
    return _find_name(FUNCTIONS, thing)


def _find_name(names: Iterable[str], thing: Any) -> str | None:
    """Find the name under which a class or a function itself is imported; import no other."""
    simple_name = getattr(thing, "__name__", None)
    for name in names:
        if name.rpartition(".")[2] == simple_name and thing is _imported(name):
            return name
    return None


def find_function(name: str) -> Any:
    """Import a function.

    Parameters
    ----------
    name : str
        What a file says.

    Returns
    -------
    found : callable
        The function of that name in `FUNCTIONS`.

    Raises
    ------
    ModelFileError
        If there is none.
    """
    if not isinstance(name, str) or name not in FUNCTIONS:
        raise ModelFileError(
            f"it names the function {shown(name)}, and only {', '.join(FUNCTIONS)} can be loaded. "
            "Do not use it."
        )
    return _imported(name)
