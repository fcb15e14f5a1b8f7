"""A saved classifier, from either kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

#: What a zip file, such as save_model writes, starts with.
_ZIP = b"PK\x03\x04"


def load_classifier(path: Path) -> Any:
    """Load a classifier from a file of `save_model` or of joblib.

    TensorFlow should have been loaded quietly before.

    Parameters
    ----------
    path : pathlib.Path
        A file. One that ends in ``.skdigits``, or has the form of a file of
        `save_model`, is loaded without running code of the file.

    Returns
    -------
    model : classifier
        What it holds.

    Raises
    ------
    ValueError
        If it cannot be loaded or holds no classifier.
    """
    if path.suffix == ".skdigits" or _starts_with_zip(path):
        from ..persistence import load_model

        model = load_model(path)
    else:
        model = _load_joblib(path)
    if not hasattr(model, "predict"):
        raise ValueError(f"{path} holds {type(model).__name__}, which has no predict method")
    return model


def check_is_file(path: Path) -> None:
    """Refuse a name that is no file's, before TensorFlow is loaded.

    Parameters
    ----------
    path : pathlib.Path
        What was named for a model.

    Raises
    ------
    ValueError
        If there is no such file.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path}; skdigits train RECIPE makes one")


def _starts_with_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _load_joblib(path: Path) -> Any:
    """Load a joblib file, with one kind of error for all that may be wrong with it."""
    import joblib

    try:
        return joblib.load(path)
    except Exception as error:
        raise ValueError(
            f"{path} cannot be loaded ({type(error).__name__}: {error}). Expected a file that "
            "save_model or joblib.dump wrote, with the versions of scikit-learn and Keras that "
            "are installed."
        ) from error
