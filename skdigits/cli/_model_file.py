"""A saved classifier, from either kind of file, also for pictures of any size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from .._plurals import counted

if TYPE_CHECKING:
    from .._typing import AnyArray, Classifier, ProbabilisticClassifier

#: First bytes of a zip file, such as save_model writes.
_ZIP = b"PK\x03\x04"
_SIDE = 28
_PIXELS = _SIDE**2


def check_is_file(path: Path) -> None:
    """Refuse a path without a file before anything is loaded.

    Parameters
    ----------
    path : pathlib.Path
        The path that the user named for a model.

    Raises
    ------
    ValueError
        If there is no such file.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path}; create one with: skdigits train RECIPE")


def load_classifier(path: Path) -> Classifier:
    """Load a classifier from a file of `save_model` or of joblib.

    Parameters
    ----------
    path : pathlib.Path
        A file. One that ends in ``.skdigits``, or has the format of `save_model`, is loaded
        without running code from the file.

    Returns
    -------
    model : classifier
        The classifier in it.

    Raises
    ------
    ValueError
        If it cannot be loaded or holds no classifier.
    """
    from ..neural_network._loading import keep_tensorflow_quiet

    if path.suffix.lower() == ".onnx":
        raise ValueError(
            f"{path} is an ONNX file. Pass the .joblib or .skdigits file that it was exported "
            "from."
        )
    keep_tensorflow_quiet()
    if path.suffix == ".skdigits" or _starts_with_zip(path):
        from ..persistence import load_model

        model = load_model(path)
    else:
        model = _load_joblib(path)
    if not hasattr(model, "predict"):
        raise ValueError(
            f"{path} holds {type(model).__name__}, not a classifier; choose another file"
        )
    return cast("Classifier", model)


def load_included() -> ProbabilisticClassifier:
    """Load the included network."""
    from ..neural_network._loading import keep_tensorflow_quiet
    from ..pretrained import load_pretrained

    keep_tensorflow_quiet()
    return cast("ProbabilisticClassifier", load_pretrained())


def load_picture_classifier(path: Path | None) -> ProbabilisticClassifier:
    """Load a classifier and, if it needs it, put the step before it that frames pictures.

    Parameters
    ----------
    path : pathlib.Path or None
        A file of `save_model` or joblib; None for the included network.

    Returns
    -------
    model : classifier
        A fitted Pipeline that takes a list of pictures and has ``predict_proba``.

    Raises
    ------
    ValueError
        If it cannot be loaded, has no ``predict_proba``, or does not take 28 x 28 pixels.
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from .._pipeline import leaf_steps
    from ..images._classify import takes_any_size
    from ..preprocessing import MNISTNormalizer

    model = load_included() if path is None else load_classifier(path)
    if not hasattr(model, "predict_proba"):
        raise ValueError(
            f"{path} holds a classifier without predict_proba, which is needed here; choose "
            "another model"
        )
    model = cast("ProbabilisticClassifier", model)
    if takes_any_size(model):
        return model
    shape = getattr(leaf_steps(model)[0], "sample_shape_", ())
    n_pixels = getattr(model, "n_features_in_", _PIXELS)
    if n_pixels != _PIXELS or (len(shape) > 1 and shape[:2] != (_SIDE, _SIDE)):
        size = counted(n_pixels, "value") if len(shape) < 2 else " x ".join(map(str, shape))
        raise ValueError(
            f"{path} takes samples of {size}, but pictures are framed like MNIST's: {_SIDE} x "
            f"{_SIDE}, {_PIXELS} values. Train a model on images framed like that, with "
            "--normalize, or predict images in a CSV, .npz or IDX file: "
            "skdigits predict --model FILE --data PATH --resize SIZE --submission FILE"
        )
    steps = [] if _takes_images(model) else [FunctionTransformer(_flatten)]
    return cast("ProbabilisticClassifier", make_pipeline(MNISTNormalizer(), *steps, model))


def _starts_with_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _load_joblib(path: Path) -> object:
    """Load a joblib file, with one kind of error for everything that may be wrong with it."""
    import joblib

    try:
        return joblib.load(path)
    except Exception as error:
        raise ValueError(
            f"{path} cannot be loaded ({type(error).__name__}: {error}). Expected a file that was "
            "written by save_model or joblib.dump with the installed versions of scikit-learn "
            "and Keras."
        ) from error


def _takes_images(model: ProbabilisticClassifier) -> bool:
    """Say whether a model takes 28 x 28 pixels; scikit-learn's own take rows of 784."""
    import numpy as np

    try:
        model.predict_proba(np.zeros((1, _SIDE, _SIDE), dtype=np.uint8))
    except ValueError:
        return False
    return True


def _flatten(images: AnyArray) -> AnyArray:
    """Make each image a row."""
    return images.reshape(len(images), -1)
