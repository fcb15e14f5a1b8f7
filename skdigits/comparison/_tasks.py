"""The tasks of a worker process: a fit of the search, the final training, the test.

Each task uses one core and depends only on its arguments, so that its result is the same
on any worker at any time.
"""

from __future__ import annotations

import functools
import hashlib
import io
import pickle
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from .._typing import AnyArray, ArrayLike, FloatArray, IntArray
from ..exceptions import SkdigitsError

_N_SINGLE_CALLS = 20
_N_WARM_UP = 10
#: Fitted attributes that hold the weights of scikit-learn models.
_WEIGHTS = ("coef_", "intercept_", "coefs_", "intercepts_", "support_vectors_", "dual_coef_")
_CURVES = ("loss", "accuracy")


class LabelledSamples(NamedTuple):
    """Samples and their labels."""

    X: ArrayLike
    y: ArrayLike


class SamplesFile(NamedTuple):
    """A joblib file of training samples, and its digest when it was written."""

    path: Path
    digest: str


class SamplesLostError(SkdigitsError, OSError):
    """The file of the training samples is missing, or not the one that this run wrote."""


@dataclass(frozen=True)
class FitScores:
    """Scores of one candidate, trained without one fold and scored on it.

    Parameters
    ----------
    accuracy, f1 : float or None
        Accuracy and macro-averaged F1; None if the fit failed.
    log_loss : float or None
        Log loss; None also without ``predict_proba``.
    fit_time, score_time : float
        Seconds.
    error : str or None
        Why it failed.
    is_lasting : bool
        Whether another attempt would give the same result; False if memory ran out.
    """

    accuracy: float | None
    f1: float | None
    log_loss: float | None
    fit_time: float
    score_time: float
    error: str | None = None
    is_lasting: bool = True

    @classmethod
    def failed(cls, error: Exception, seconds: float = 0.0) -> FitScores:
        """Make the scores of a fit that failed."""
        return cls(
            accuracy=None,
            f1=None,
            log_loss=None,
            fit_time=seconds,
            score_time=0.0,
            error=format_error(error),
            is_lasting=isinstance(error, ArithmeticError | TypeError | ValueError),
        )


@dataclass(frozen=True)
class TrainedModel:
    """A model trained on all samples.

    Parameters
    ----------
    dump : bytes
        The model as a compressed joblib file.
    fit_time : float
        Seconds of the training.
    n_parameters : int or None
        Number of trained weights.
    history : dict or None
        Loss and accuracy of each epoch, if the model is a network that keeps them.
    warned : list of str
        Warnings of the training.
    """

    dump: bytes
    fit_time: float
    n_parameters: int | None
    history: dict[str, list[float]] | None
    warned: list[str]


@dataclass(frozen=True)
class Predictions:
    """Predictions of a trained model on some samples.

    Parameters
    ----------
    predicted : ndarray of shape (n_samples,)
        The predicted labels.
    probabilities : ndarray of float, shape (n_samples, n_classes), or None
        The predicted probabilities, if the model has them.
    classes : ndarray of shape (n_classes,)
        The labels in the order of the probabilities.
    predict_time : float
        Seconds to predict 1,000 samples at once.
    predict_one_time : float
        Seconds to predict one sample.
    """

    predicted: AnyArray
    probabilities: FloatArray | None
    classes: AnyArray
    predict_time: float
    predict_one_time: float


def score_candidate(
    samples: LabelledSamples | SamplesFile,
    estimator: BaseEstimator,
    params: dict[str, Any],
    fold: tuple[IntArray, IntArray],
) -> FitScores:
    """Train a candidate on some rows and score it on others.

    Parameters
    ----------
    samples : LabelledSamples or SamplesFile
        All training samples, or the file that holds them.
    estimator : estimator
        The model; it is cloned.
    params : dict
        The candidate's parameters.
    fold : tuple of two ndarrays of int
        Rows to train on, and rows to score on.

    Returns
    -------
    scores : FitScores
        The scores, or why there are none.

    Raises
    ------
    SamplesLostError
        If the file is missing or changed.
    """
    begin = time.perf_counter()
    try:
        X, y = _read(samples)
        train, test = fold
        X_test, y_test = _safe_indexing(X, test), _safe_indexing(y, test)
        with _warnings_listed():
            begin = time.perf_counter()
            model = clone(estimator).set_params(**clone(params, safe=False))
            model.fit(_safe_indexing(X, train), _safe_indexing(y, train))
            trained = time.perf_counter()
            predicted = model.predict(X_test)
            probabilities = model.predict_proba(X_test) if _has_probabilities(model) else None
        scored = time.perf_counter()
    except SamplesLostError:
        raise
    except Exception as error:
        return FitScores.failed(error, time.perf_counter() - begin)
    return FitScores(
        accuracy=float(accuracy_score(y_test, predicted)),
        f1=float(f1_score(y_test, predicted, average="macro")),
        log_loss=None
        if probabilities is None
        else float(log_loss(y_test, probabilities, labels=model.classes_)),
        fit_time=trained - begin,
        score_time=scored - trained,
    )


def train_model(
    samples: LabelledSamples | SamplesFile, estimator: BaseEstimator, params: dict[str, Any]
) -> TrainedModel:
    """Train a candidate on all training samples.

    Parameters
    ----------
    samples : LabelledSamples or SamplesFile
        All training samples, or the file that holds them.
    estimator : estimator
        The model; it is cloned.
    params : dict
        The candidate's parameters.

    Returns
    -------
    model : TrainedModel
        The model and the costs of its training.

    Raises
    ------
    SamplesLostError
        If the file is missing or changed.
    """
    X, y = _read(samples)
    with _warnings_listed() as warned:
        begin = time.perf_counter()
        model = clone(estimator).set_params(**clone(params, safe=False)).fit(X, y)
        fit_time = time.perf_counter() - begin
    last = model[-1] if isinstance(model, Pipeline) else model
    return TrainedModel(
        dump=_dump(model),
        fit_time=fit_time,
        n_parameters=_count_parameters(last),
        history=take_curves(getattr(last, "history_", None)),
        warned=sorted(set(warned)),
    )


def predict_samples(dump: bytes, X: ArrayLike) -> Predictions:
    """Predict the test samples with a trained model, and measure the time.

    Parameters
    ----------
    dump : bytes
        The model as a joblib file.
    X : array-like
        Test samples.

    Returns
    -------
    predictions : Predictions
        The predictions and their times.
    """
    model = joblib.load(io.BytesIO(dump))
    with _warnings_listed():
        # Compiling and loading at the first use does not count.
        model.predict(_safe_indexing(X, np.arange(min(_N_WARM_UP, len(X)))))
        begin = time.perf_counter()
        predicted = model.predict(X)
        seconds = time.perf_counter() - begin
        one = _safe_indexing(X, np.arange(1))
        calls = []
        for _ in range(_N_SINGLE_CALLS):
            begin = time.perf_counter()
            model.predict(one)
            calls.append(time.perf_counter() - begin)
        probabilities = model.predict_proba(X) if _has_probabilities(model) else None
    return Predictions(
        predicted=np.asarray(predicted),
        probabilities=None if probabilities is None else np.asarray(probabilities),
        classes=np.asarray(model.classes_),
        predict_time=seconds * 1000 / len(predicted),
        predict_one_time=float(np.median(calls)),
    )


def _read(samples: LabelledSamples | SamplesFile) -> LabelledSamples:
    """Get the samples, from a file or as they are."""
    return _load(samples) if isinstance(samples, SamplesFile) else samples


@functools.lru_cache(maxsize=1)
def _load(samples: SamplesFile) -> LabelledSamples:
    """Read a file of samples once per process, if it is the one that this run wrote."""
    try:
        with samples.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if found == samples.digest:
                file.seek(0)
                return LabelledSamples(*joblib.load(file))
    except OSError as error:
        reason = f"can no longer be read ({error.strerror})"
    else:
        reason = "was changed by another program"
    raise SamplesLostError(
        f"The training samples of this run, {samples.path}, {reason}. Run the same comparison "
        "again: it resumes if its folder still exists."
    )


def take_curves(history: Any) -> dict[str, list[float]] | None:
    """Take loss and accuracy from a network's history; another library's may lack them.

    Parameters
    ----------
    history : object
        The ``history_`` of a network, or its copy in a file.

    Returns
    -------
    curves : dict of str to list of float, or None
        Loss and accuracy of each epoch; None if one is missing.
    """
    try:
        curves = {name: [float(value) for value in history[name]] for name in _CURVES}
    except (LookupError, OverflowError, TypeError, ValueError):
        return None
    return curves if all(curves.values()) else None


@contextmanager
def _warnings_listed() -> Iterator[list[str]]:
    """List warnings instead of showing them on the terminal, which shows the progress."""
    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield texts
    texts += [format_error(each.message) for each in caught]


def format_error(error: Exception | Warning | str) -> str:
    """Format an error or a warning: its name and its first line.

    Parameters
    ----------
    error : Exception, Warning or str
        The error or warning.

    Returns
    -------
    text : str
        One line.
    """
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def _dump(model: BaseEstimator) -> bytes:
    """Make a compressed joblib file of a model, also of one whose class is in a script."""
    dump = io.BytesIO()
    try:
        joblib.dump(model, dump, compress=3)
    except pickle.PicklingError:
        # pickle does not find the class by name: the script runs in another process.
        dump = io.BytesIO()
        joblib.dump(joblib.wrap_non_picklable_objects(model, keep_wrapper=False), dump, compress=3)
    return dump.getvalue()


def _has_probabilities(model: BaseEstimator) -> bool:
    return hasattr(model, "predict_proba")


def _count_parameters(model: BaseEstimator) -> int | None:
    """Count the trained weights of a network or of a model with coefficients."""
    network = getattr(model, "model_", None)
    if network is not None and hasattr(network, "count_params"):
        return int(network.count_params())
    found = [getattr(model, name) for name in _WEIGHTS if hasattr(model, name)]
    arrays = [part for value in found for part in (value if isinstance(value, list) else [value])]
    return sum(int(np.size(array)) for array in arrays) or None
