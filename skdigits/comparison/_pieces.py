"""A finished piece of a comparison as a file: found whole, or not there.

Nothing in here is unpickled. A piece has the digest of what is in it, so that a changed
byte is noticed wherever it is; the digest tells accidents, not people, who can write one too.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .._typing import AnyArray
from ._tasks import FitScores, Predictions, TrainedModel, take_curves

_DIGEST = "sha256"
#: Kinds of numpy arrays that a file holds without pickle: numbers, text, dates.
_PLAIN_KINDS = "biufcSUmM"
#: Arrays of more bytes are not kept: a small file could fill the memory.
_MOST_BYTES = 2_000_000_000
_COSTS = {field.name for field in fields(TrainedModel)} - {"dump"}
_LABELS = {"predicted", "classes"}
_ARRAYS = {*_LABELS, "probabilities"}
_Made = TypeVar("_Made")


class DamagedPieceError(ValueError):
    """A piece was cut off or changed; it counts as not done."""


def spell_piece(key: str, content: Mapping[str, Any], beside: bytes = b"") -> str:
    """Spell a piece as JSON.

    Parameters
    ----------
    key : str
        What it depends on.
    content : dict
        What JSON can hold.
    beside : bytes
        What is in the file beside it, if there is one.

    Returns
    -------
    text : str
        For its file.
    """
    words = {"key": key, "content": content}
    return json.dumps(words | {_DIGEST: _digest(words, beside)})


def read_piece(path: Path, beside: Path | None = None) -> tuple[str, dict[str, Any], bytes] | None:
    """Read a piece that `spell_piece` has spelt.

    Parameters
    ----------
    path : pathlib.Path
        Its file.
    beside : pathlib.Path or None
        The file beside it, if it has one.

    Returns
    -------
    piece : tuple of str, dict and bytes, or None
        Its key, what is in it, and what is in the file beside it. None where one of the
        files is not there, or is from before there were digests.

    Raises
    ------
    DamagedPieceError
        If it cannot be read, or is not what was written.
    """
    words = read_json(path)
    if words is None or isinstance(words, list):
        return None
    found = b"" if beside is None else _read_file(beside)
    if found is None:
        return None
    key, content = _check(words, found)
    return key, content, found


def read_scores(path: Path) -> FitScores:
    """Read the scores of a fit, whose key is the name of the file.

    Parameters
    ----------
    path : pathlib.Path
        The file. One from before there were digests will do, if it is well formed.

    Returns
    -------
    scores : FitScores
        The scores.

    Raises
    ------
    DamagedPieceError
        If it cannot be read, or is not what was written.
    """
    content = read_json(path)
    if isinstance(content, dict) and _DIGEST in content:
        key, content = _check(content, b"")
        if key != path.stem:
            raise DamagedPieceError("it holds another fit")
    return _to_scores(content)


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    content : object
        None where there is no such file.

    Raises
    ------
    DamagedPieceError
        If it cannot be read, or is no JSON.
    """
    text = _read_file(path)
    if text is None:
        return None
    try:
        content = json.loads(text.decode("utf-8"))
    # A file of nothing but brackets is too deep for Python.
    except (ValueError, RecursionError) as error:
        raise DamagedPieceError(f"it cannot be read: {error}") from error
    if content is None:
        raise DamagedPieceError("it is empty")
    return content


def to_model(content: Mapping[str, Any], dump: bytes) -> TrainedModel:
    """Make a trained model of what its piece holds; it is not unpickled.

    Parameters
    ----------
    content : dict
        What training it took.
    dump : bytes
        The model as a joblib file.

    Returns
    -------
    model : TrainedModel
        The model.

    Raises
    ------
    DamagedPieceError
        If it is none.
    """
    _check_names(content, _COSTS)
    history = take_curves(content["history"])
    model = TrainedModel(**{**content, "history": history}, dump=dump)
    is_whole = (
        _is_number(model.fit_time)
        and (model.n_parameters is None or _is_number(model.n_parameters))
        and (content["history"] is None or history is not None)
        and isinstance(model.warned, list)
        and all(isinstance(each, str) for each in model.warned)
    )
    return _checked(model, is_whole)


def pack_predictions(predictions: Predictions) -> tuple[dict[str, Any], bytes]:
    """Put predictions into JSON and arrays.

    Parameters
    ----------
    predictions : Predictions
        What a model said.

    Returns
    -------
    content : dict
        For JSON.
    arrays : bytes
        An npz file without pickles.

    Raises
    ------
    TypeError
        If the labels are objects other than text and numbers.
    ValueError
        If there are too many for a file.
    """
    arrays = {"predicted": predictions.predicted, "classes": predictions.classes}
    if predictions.probabilities is not None:
        arrays["probabilities"] = predictions.probabilities
    objects = [name for name, array in arrays.items() if array.dtype.kind not in _PLAIN_KINDS]
    for name in objects:
        arrays[name] = _to_text(arrays[name])
    if sum(array.nbytes for array in arrays.values()) > _MOST_BYTES:
        raise ValueError(f"predictions of more than {_MOST_BYTES} bytes are not kept")
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # its stubs know one argument
    content = {
        "predict_time": predictions.predict_time,
        "predict_one_time": predictions.predict_one_time,
        "objects": objects,
    }
    return content, file.getvalue()


def to_predictions(content: dict[str, Any], arrays: bytes) -> Predictions:
    """Make predictions of what `pack_predictions` has packed.

    Parameters
    ----------
    content : dict
        From JSON.
    arrays : bytes
        An npz file.

    Returns
    -------
    predictions : Predictions
        What a model said.

    Raises
    ------
    DamagedPieceError
        If they are none.
    """
    _check_names(content, {"predict_time", "predict_one_time", "objects"})
    try:
        unpacked = {"probabilities": None} | _unpack(arrays, content.pop("objects"))
    # What somebody has made up fails in many ways.
    except Exception as error:
        raise DamagedPieceError(f"no predictions: {error!r}") from error
    _check_names(unpacked, _ARRAYS)
    said = Predictions(**content, **unpacked)
    is_whole = (
        _is_number(said.predict_time)
        and _is_number(said.predict_one_time)
        and said.predicted.ndim == said.classes.ndim == 1
        and (
            said.probabilities is None
            or (
                said.probabilities.dtype.kind == "f"
                and said.probabilities.shape == (len(said.predicted), len(said.classes))
            )
        )
    )
    return _checked(said, is_whole)


def _unpack(arrays: bytes, objects: list[str]) -> dict[str, Any]:
    """Read the arrays of an npz file, if it says that they fit into the memory."""
    with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
        n_bytes = sum(each.file_size for each in stored.zip.infolist())
        # Each array has a head of a few hundred bytes.
        if n_bytes > _MOST_BYTES + 10_000:
            raise DamagedPieceError(f"arrays of {n_bytes} bytes")
        return {
            name: _to_objects(array) if name in _LABELS.intersection(objects) else array
            for name, array in stored.items()
        }


def _read_file(path: Path) -> bytes | None:
    """Read a file, if there is one; a pipe or a device might never end."""
    try:
        if path.is_file():
            return path.read_bytes()
    except OSError as error:
        raise DamagedPieceError(f"it cannot be read: {error}") from error
    if os.path.lexists(path):
        raise DamagedPieceError("it is no ordinary file")
    return None


def _digest(words: Mapping[str, Any], beside: bytes) -> str:
    """Digest a piece and the file beside it; JSON spells equal content alike."""
    return hashlib.sha256(json.dumps(words).encode() + b"\n" + beside).hexdigest()


def _check(words: Any, beside: bytes) -> tuple[str, dict[str, Any]]:
    """Give the key and the content of a piece, if they are those that were written."""
    try:
        key, content = words["key"], words["content"]
        is_as_written = words[_DIGEST] == _digest({"key": key, "content": content}, beside)
    except (KeyError, TypeError, RecursionError) as error:
        raise DamagedPieceError(f"not a piece of a comparison: {error!r}") from error
    if not is_as_written:
        raise DamagedPieceError("something was changed")
    if not (isinstance(key, str) and isinstance(content, dict)):
        raise DamagedPieceError("not a piece of a comparison")
    return key, content


def _to_scores(content: Any) -> FitScores:
    """Make the scores of a fit, if a fit can have had them."""
    try:
        scores = FitScores(**content)
    except TypeError as error:
        raise DamagedPieceError(f"other fields than expected: {error}") from error
    shares = (scores.accuracy, scores.f1)
    failed = scores.error is not None
    is_whole = (
        all(share is None if failed else _is_number(share, at_most=1) for share in shares)
        and (scores.log_loss is None or _is_number(scores.log_loss))
        and _is_number(scores.fit_time)
        and _is_number(scores.score_time)
        and isinstance(scores.error, str | None)
        and scores.is_lasting is True
    )
    return _checked(scores, is_whole)


def _check_names(found: Mapping[str, Any], expected: set[str]) -> None:
    """Refuse a piece with other fields than its kind has."""
    if found.keys() != expected:
        raise DamagedPieceError(f"other fields than expected: {', '.join(sorted(found))}")


def _checked(made: _Made, is_whole: bool) -> _Made:
    """Refuse what is of the right form and cannot be."""
    if not is_whole:
        raise DamagedPieceError(f"{type(made).__name__} with values that cannot be")
    return made


def _is_number(value: Any, at_most: float = sys.float_info.max) -> bool:
    """Say whether a figure is one that a run can have measured."""
    is_number = isinstance(value, float | int) and not isinstance(value, bool)
    return is_number and 0 <= value <= at_most


def _to_text(labels: AnyArray) -> AnyArray:
    """Turn an array of objects, such as strings, into one of JSON's text."""
    values = labels.tolist()
    if not all(isinstance(value, str | int | float) for value in values):
        raise TypeError("labels other than text and numbers cannot be kept in a file")
    return np.array(json.dumps(values))


def _to_objects(text: AnyArray) -> AnyArray:
    """Turn JSON's text into an array of objects again."""
    return np.array(json.loads(str(text)), dtype=object)
