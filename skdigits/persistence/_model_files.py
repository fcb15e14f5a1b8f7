"""Save a fitted model in a file, and load it without running code of the file."""

from __future__ import annotations

from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

from sklearn.utils.validation import check_is_fitted

from .. import __version__
from .._archive import (
    ArchiveError,
    DamagedArchiveError,
    OtherFileError,
    json_from_bytes,
    json_to_bytes,
    pack,
    shown,
    unpack,
)
from .._files import write_whole
from .._warnings import warn_user
from ..exceptions import ModelFileError, UnsavableModelError
from ._decode import Decoder
from ._encode import Encoder

#: The part that describes the model; it comes first, so that a file is known by its beginning.
DESCRIPTION = "model.json"
#: No file is larger: it is read into memory.
MAX_BYTES = 2**30
#: Raised when an older skdigits could no longer read the files.
_FORMAT = 2
_WEIGHTS_DTYPES = ("float32", "float16")
_LIBRARIES = ("scikit-learn", "keras", "numpy", "onnxruntime")


def save_model(
    pipeline: Any, path: str | PathLike[str], *, weights_dtype: str = "float32"
) -> None:
    """Save a fitted Pipeline in a file that runs no code when it is loaded.

    The file is a zip archive of a JSON description and of arrays, which any program can
    read. `load_model` can safely load such a file from people whom you do not trust.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline or classifier
        Fitted. Its parts may be `Deskewer`, `ImageScaler`, `MNISTNormalizer`,
        `KerasCNNClassifier`, `KerasMLPClassifier`, and the scalers, decompositions,
        classifiers, ensembles and wrappers of scikit-learn that :doc:`/saving` lists. Of a
        search, save ``best_estimator_``.
    path : str or path-like
        File to write. It is written completely or not at all, and replaces an existing
        file. Any name is allowed; skdigits' own files end in ``.skdigits``.
    weights_dtype : {"float32", "float16"}, default="float32"
        Data type of the stored network weights. ``"float32"`` keeps predictions bit
        for bit. ``"float16"`` halves the file and rounds weights to three decimal
        digits.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the Pipeline is not fitted.
    UnsavableModelError
        If the file cannot hold a part of the model: another class, a function, or a layer
        that cannot be expressed in ONNX; or if the model is larger than `load_model`
        accepts, such as a file of more than 1 GiB. The message names the part.
    ValueError
        If ``weights_dtype`` is another value.

    See Also
    --------
    load_model : Loads the file.

    Notes
    -----
    A Keras optimiser, schedule, loss or initialiser among the parameters is saved if its
    class is one of Keras' own. NumPy scalars are loaded as Python numbers. The state of the
    optimiser and callbacks are not saved, as prediction does not need them: a loaded
    classifier has ``callbacks=None``. Networks are saved as they are, also if you have
    changed the parameters since the fit. What only training needs of scikit-learn's classes
    is not saved either, such as the optimiser of an `sklearn.neural_network.MLPClassifier`.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits import ImageScaler, KerasMLPClassifier, load_model, save_model
    >>> X, y = load_digits(return_X_y=True)
    >>> model = make_pipeline(ImageScaler(data_range=(0, 16)), KerasMLPClassifier(epochs=1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "digits.skdigits")
    ...     save_model(model.fit(X, y), path)
    ...     loaded = load_model(path)
    >>> bool((loaded.predict_proba(X) == model.predict_proba(X)).all())
    True
    """
    if weights_dtype not in _WEIGHTS_DTYPES:
        raise ValueError(
            f'weights_dtype must be "float32" or "float16", got {weights_dtype!r}. Omit it '
            "to keep the weights as they are."
        )
    check_is_fitted(pipeline)
    encoder = Encoder(weights_dtype)
    description = {
        "format": _FORMAT,
        "versions": {"skdigits": __version__, **{name: version(name) for name in _LIBRARIES}},
        "model": encoder.estimator(pipeline, "the model"),
    }
    content = pack({DESCRIPTION: json_to_bytes(description), **encoder.arrays})
    if len(content) > MAX_BYTES:
        raise UnsavableModelError(
            f"The file would have {len(content):,} bytes, and load_model takes {MAX_BYTES:,} at "
            'most. Pass weights_dtype="float16" to halve it, or use joblib.dump.'
        )
    try:
        _take_apart(unpack(content, DESCRIPTION))
    except ValueError as error:  # of which all errors about files are
        raise UnsavableModelError(
            f"load_model would refuse this model, so save_model does not write it: {error} Use "
            "joblib.dump(pipeline, path) instead, and load its files only from people whom you "
            "trust."
        ) from error
    write_whole(Path(path), lambda unfinished: unfinished.write_bytes(content))


def load_model(path: str | PathLike[str]) -> Any:
    """Load a fitted Pipeline from a file of `save_model`, without running code of the file.

    Digests are checked first. Only classes that `save_model` knows are created, with
    parameters that they accept. For two made-up samples a network must give the same
    outputs as when it was saved. Neither loading nor predicting loads TensorFlow.

    Parameters
    ----------
    path : str or path-like
        A file of `save_model`.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline or classifier
        Fitted, with the same parameters and predictions. If you continue training, by
        ``warm_start`` or ``partial_fit``, the optimiser is new.

    Raises
    ------
    ModelFileError
        If the file is not a model file, is damaged, incomplete or malicious, or has the
        format of another version of skdigits. The message says which, and what to do.
    OSError
        If the file cannot be read.

    Warns
    -----
    UserWarning
        If another version of scikit-learn saved a file with classes of scikit-learn that
        have learned something: they may predict differently.

    See Also
    --------
    save_model : Writes such a file.
    skdigits.load_pretrained : Loads a file that is included in skdigits.

    Examples
    --------
    >>> import os, tempfile
    >>> from skdigits import load_model
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "digits.skdigits")
    ...     with open(path, "w") as file:
    ...         _ = file.write("no model")
    ...     try:
    ...         load_model(path)
    ...     except ValueError as error:
    ...         print(type(error).__name__)
    ModelFileError
    """
    path = Path(path)
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ModelFileError(
            f"{path} cannot be loaded: it has {size:,} bytes, and files of save_model have at "
            f"most {MAX_BYTES:,}. Pass another file."
        )
    return model_from_bytes(path.read_bytes(), str(path))


def model_from_bytes(content: bytes, source: str) -> Any:
    """Load a fitted Pipeline from the content of a file.

    Parameters
    ----------
    content : bytes
        What `save_model` has written.
    source : str
        Where it is from, for the error.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline or classifier
        Fitted.

    Raises
    ------
    ModelFileError
        As for `load_model`.
    """
    other = ""
    try:
        parts = unpack(content, DESCRIPTION)
        other = _other_scikit_learn(json_from_bytes(parts[DESCRIPTION]))
        decoder = _take_apart(parts)
        model = decoder.finish()
    except ImportError:
        raise
    except Exception as error:
        reason = f"{_reason(error)} {other}".rstrip()
        raise ModelFileError(f"{source} cannot be loaded: {reason}") from error
    if other and decoder.learned:
        names = ", ".join(sorted(name.rpartition(".")[2] for name in decoder.learned))
        warn_user(
            f"{source}: {other} Between versions, what scikit-learn's classes have learned may "
            f"mean something else, which load_model cannot check; here these are {names}. Check "
            "predictions whose answers you know, or install the version that saved the file."
        )
    return model


def _other_scikit_learn(description: Any) -> str:
    """Say which scikit-learn saved a file, if it is not the one that is installed."""
    versions = description.get("versions") if isinstance(description, dict) else None
    saved = versions.get("scikit-learn") if isinstance(versions, dict) else None
    installed = version("scikit-learn")
    if saved in (None, installed):
        return ""
    return f"It was saved with scikit-learn {shown(saved)}, and {installed} is installed."


def _take_apart(parts: dict[str, bytes]) -> Decoder:
    """Check all of a file that can be checked before its networks are built."""
    description = json_from_bytes(parts.pop(DESCRIPTION))
    found = description.get("format") if isinstance(description, dict) else None
    if type(found) is not int or found < 1:
        raise ModelFileError(
            f"expected a description with a format from 1 on, found format {shown(found)}. Do not "
            "use it."
        )
    if found > _FORMAT:
        writer = description["versions"]["skdigits"]
        raise ModelFileError(
            f"it has format {found}, written by skdigits {shown(writer)}, and skdigits "
            f"{__version__} reads formats up to {_FORMAT}. Install a later one with: pip install "
            "--upgrade skdigits"
        )
    if found < _FORMAT:
        writer = description["versions"]["skdigits"]
        raise ModelFileError(
            f"it has format {found}, written by skdigits {shown(writer)}. Such a file has the "
            f"parameters of a network, and skdigits {__version__} needs the network itself. Train "
            "the model again and save it. To keep its weights, load the file with the skdigits "
            "that wrote it, pass them on with model_.save_weights and model_.load_weights, and "
            "save it again."
        )
    decoder = Decoder(parts)
    decoder.read(description["model"])
    return decoder


def _reason(error: Exception) -> str:
    """Say why a file cannot be loaded, and what to do."""
    match error:
        case ModelFileError():
            return str(error)
        case OtherFileError():
            return (
                "it is not a file of skdigits.persistence.save_model. If joblib.dump wrote it and "
                "you trust its author, use joblib.load."
            )
        case DamagedArchiveError():
            return (
                f"{error} Copy it again, or save the model again with "
                "skdigits.persistence.save_model."
            )
        case ArchiveError():
            return f"{error} Do not use it."
        case MemoryError():
            return (
                "this machine has too little memory for what it describes. If you trust its "
                "author, close other programs or use a larger machine."
            )
    # A made-up description can raise anything, and it is not the caller's fault.
    return (
        f"its description is not one that skdigits {__version__} understands "
        f"({type(error).__name__}: {shown(error)}). If a later skdigits wrote it, install that "
        "with: pip install --upgrade skdigits"
    )
