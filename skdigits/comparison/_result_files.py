"""The files that hold the result of one task: fit scores, a trained model or its predictions.

Nothing in here is unpickled. A file contains the digest of its contents, so that any changed
byte is noticed. The digest protects against accidents, not against people, who can write one
too.
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
#: Kinds of NumPy arrays that a file can hold without pickle: numbers, text, dates.
_PLAIN_KINDS = "biufcSUmM"
#: Larger arrays are not kept or read: a small compressed file could fill the memory.
_MOST_BYTES = 2_000_000_000
_COSTS = {field.name for field in fields(TrainedModel)} - {"dump"}
_LABELS = {"predicted", "classes"}
_ARRAYS = {*_LABELS, "probabilities"}
_Made = TypeVar("_Made")


class DamagedResultError(ValueError):
    """A result was cut off or changed; it counts as not finished."""


def result_to_json(key: str, content: Mapping[str, Any], beside: bytes = b"") -> str:
    """Write a result as JSON.

    Parameters
    ----------
    key : str
        Digest of everything it depends on.
    content : dict
        The part of the result that is JSON serialisable.
    beside : bytes
        Contents of the file beside it, if there is one.

    Returns
    -------
    text : str
        Contents of its JSON file.
    """
    record = {"key": key, "content": content}
    return json.dumps(record | {_DIGEST: _digest(record, beside)})


def read_result(
    path: Path, beside: Path | None = None
) -> tuple[str, dict[str, Any], bytes] | None:
    """Read a result that `result_to_json` has written.

    Parameters
    ----------
    path : pathlib.Path
        Its JSON file.
    beside : pathlib.Path or None
        The file beside it, if it has one.

    Returns
    -------
    result : tuple of str, dict and bytes, or None
        Its key, its content, and the contents of the file beside it. None if one of the
        files does not exist, or was written before there were digests.

    Raises
    ------
    DamagedResultError
        If it cannot be read, or is not what was written.
    """
    record = read_json(path)
    if record is None or isinstance(record, list):
        return None
    found = b"" if beside is None else _read_file(beside)
    if found is None:
        return None
    key, content = _check(record, found)
    return key, content, found


def read_scores(path: Path) -> FitScores:
    """Read the scores of a fit, whose key is the name of the file.

    Parameters
    ----------
    path : pathlib.Path
        The file. A file from before there were digests is accepted if it is well formed.

    Returns
    -------
    scores : FitScores
        The scores.

    Raises
    ------
    DamagedResultError
        If it cannot be read, or is not what was written.
    """
    content = read_json(path)
    if isinstance(content, dict) and _DIGEST in content:
        key, content = _check(content, b"")
        if key != path.stem:
            raise DamagedResultError("it holds another fit")
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
        None if there is no such file.

    Raises
    ------
    DamagedResultError
        If it cannot be read, or is not JSON.
    """
    text = _read_file(path)
    if text is None:
        return None
    try:
        content = json.loads(text.decode("utf-8"))
    # Deeply nested brackets exceed Python's recursion limit.
    except (ValueError, RecursionError) as error:
        raise DamagedResultError(f"it cannot be read: {error}") from error
    if content is None:
        raise DamagedResultError("it is empty")
    return content


def to_model(content: Mapping[str, Any], dump: bytes) -> TrainedModel:
    """Make a trained model from its files; it is not unpickled.

    Parameters
    ----------
    content : dict
        Costs and history of its training.
    dump : bytes
        The model as a joblib file.

    Returns
    -------
    model : TrainedModel
        The model.

    Raises
    ------
    DamagedResultError
        If the content is not that of a trained model.
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
        Predictions of a model.

    Returns
    -------
    content : dict
        The part for JSON.
    arrays : bytes
        An npz file without pickles.

    Raises
    ------
    TypeError
        If the labels are objects other than text and numbers.
    ValueError
        If the predictions are too large for a file.
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
    """Read predictions that `pack_predictions` has packed.

    Parameters
    ----------
    content : dict
        The part from JSON.
    arrays : bytes
        An npz file.

    Returns
    -------
    predictions : Predictions
        Predictions of a model.

    Raises
    ------
    DamagedResultError
        If these are not predictions.
    """
    _check_names(content, {"predict_time", "predict_one_time", "objects"})
    try:
        unpacked = {"probabilities": None} | _unpack(arrays, content.pop("objects"))
    # A file that somebody has made up fails in many ways.
    except Exception as error:
        raise DamagedResultError(f"no predictions: {error!r}") from error
    _check_names(unpacked, _ARRAYS)
    predictions = Predictions(**content, **unpacked)
    is_whole = (
        _is_number(predictions.predict_time)
        and _is_number(predictions.predict_one_time)
        and predictions.predicted.ndim == predictions.classes.ndim == 1
        and (
            predictions.probabilities is None
            or (
                predictions.probabilities.dtype.kind == "f"
                and predictions.probabilities.shape
                == (len(predictions.predicted), len(predictions.classes))
            )
        )
    )
    return _checked(predictions, is_whole)


def _unpack(arrays: bytes, objects: list[str]) -> dict[str, Any]:
    """Read the arrays of an npz file, if its header says that they fit into memory."""
    with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
        n_bytes = sum(each.file_size for each in stored.zip.infolist())
        # Each array has a header of a few hundred bytes.
        if n_bytes > _MOST_BYTES + 10_000:
            raise DamagedResultError(f"arrays of {n_bytes} bytes")
        return {
            name: _to_objects(array) if name in _LABELS.intersection(objects) else array
            for name, array in stored.items()
        }


def _read_file(path: Path) -> bytes | None:
    """Read a file, if there is one; pipes and devices are refused, as they may never end."""
    try:
        if path.is_file():
            return path.read_bytes()
    except OSError as error:
        raise DamagedResultError(f"it cannot be read: {error}") from error
    if os.path.lexists(path):
        raise DamagedResultError("it is not a regular file")
    return None


def _digest(record: Mapping[str, Any], beside: bytes) -> str:
    """Digest a result and the file beside it; equal content gives equal JSON."""
    return hashlib.sha256(json.dumps(record).encode() + b"\n" + beside).hexdigest()


def _check(record: Any, beside: bytes) -> tuple[str, dict[str, Any]]:
    """Return the key and the content of a result, if they are unchanged."""
    try:
        key, content = record["key"], record["content"]
        is_as_written = record[_DIGEST] == _digest({"key": key, "content": content}, beside)
    except (KeyError, TypeError, RecursionError) as error:
        raise DamagedResultError(f"it holds no result: {error!r}") from error
    if not is_as_written:
        raise DamagedResultError("it was changed")
    if not (isinstance(key, str) and isinstance(content, dict)):
        raise DamagedResultError("it holds no result")
    return key, content


def _to_scores(content: Any) -> FitScores:
    """Make the scores of a fit, if they are possible."""
    try:
        scores = FitScores(**content)
    except TypeError as error:
        raise DamagedResultError(f"other fields than expected: {error}") from error
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
    """Refuse a result with other fields than expected."""
    if found.keys() != expected:
        raise DamagedResultError(f"other fields than expected: {', '.join(sorted(found))}")


def _checked(made: _Made, is_whole: bool) -> _Made:
    """Refuse a result of the right form with impossible values."""
    if not is_whole:
        raise DamagedResultError(f"{type(made).__name__} with impossible values")
    return made


def _is_number(value: Any, at_most: float = sys.float_info.max) -> bool:
    """Say whether a value is a number that a run can have measured."""
    is_number = isinstance(value, float | int) and not isinstance(value, bool)
    return is_number and 0 <= value <= at_most


def _to_text(labels: AnyArray) -> AnyArray:
    """Turn an array of objects, such as strings, into JSON text."""
    values = labels.tolist()
    if not all(isinstance(value, str | int | float) for value in values):
        raise TypeError("labels other than text and numbers cannot be kept in a file")
    return np.array(json.dumps(values))


def _to_objects(text: AnyArray) -> AnyArray:
    """Turn JSON text back into an array of objects."""
    return np.array(json.loads(str(text)), dtype=object)
