"""The classes that a model file may name, and what it keeps of them beside parameters."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

from .._archive import shown
from ..exceptions import ModelFileError

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
    fitted : tuple of str
        Fitted attributes that are written to the file.
    remade : tuple of str
        Attributes that loading makes anew.
    """

    fitted: tuple[str, ...] = ()
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
}

#: Parameters that name a folder: the next fit would read files of others there, or write them.
FOLDERS = ("memory", "checkpoint_dir")

#: A parameter that plays a part in training alone, and may be any code.
CALLBACKS = "callbacks"


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
    for name in CLASSES:
        if name.endswith(f".{type(thing).__name__}") and type(thing) is find_class(name):
            return name
    return None


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
            f"it names the class {shown(name)}, and only these can be loaded: "
            f"{', '.join(CLASSES)}. If a later skdigits wrote the file, upgrade with: pip install "
            "--upgrade skdigits. Otherwise do not use it."
        )
    home, _, simple_name = name.rpartition(".")
    return getattr(importlib.import_module(home), simple_name)
