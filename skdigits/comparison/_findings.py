"""The numbers that a comparison found; how they are shown is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._typing import AnyArray, FloatArray


@dataclass(frozen=True)
class ModelResult:
    """The results of one model in a comparison.

    Parameters
    ----------
    model : str
        Name of the model.
    cv_mean, cv_std : float
        Mean and standard deviation over the folds of the accuracy of its best
        candidate, in [0, 1].
    cv_f1 : float
        Mean macro-averaged F1 of that candidate, in [0, 1].
    cv_log_loss : float or None
        Mean log loss of that candidate; None for a model without ``predict_proba``.
    n_candidates : int
        Number of candidates that were scored on all folds; in a halving search, in any
        of its rounds.
    n_left_out : int
        Number of candidates that failed or that the time limit left out.
    best_params : dict
        Parameters of the best candidate.
    fit_time : float
        Seconds to train the best candidate on all training samples, on one core.
    size : int
        Size in bytes of the trained model as a compressed joblib file.
    n_parameters : int or None
        Number of trained weights; None for a model that has none, such as k-NN.
    test_error : float or None
        Share of the test samples that it gets wrong. This and all that follow are None
        without test samples.
    test_error_low, test_error_high : float or None
        Wilson's 95% confidence interval of the test error.
    test_log_loss, calibration_error : float or None
        Log loss, and expected calibration error with 15 bins; None for a model
        without ``predict_proba``.
    p_value : float or None
        The p-value of McNemar's test against the winner on the test samples, with
        Holm's correction for the number of models; None for the winner.
    predict_time : float or None
        Seconds to predict 1,000 test samples at once, on one core.
    predict_one_time : float or None
        Seconds to predict one test sample: the median of several calls.
    on_frontier : bool or None
        Whether no other model is as good in both test_error and predict_time, and better
        in one of them.

    See Also
    --------
    ComparisonReport : Holds one for each model.

    Examples
    --------
    >>> from skdigits.comparison import ModelResult
    >>> result = ModelResult(
    ...     model="knn", cv_mean=0.93, cv_std=0.01, cv_f1=0.93, cv_log_loss=0.4, n_candidates=6,
    ...     n_left_out=0, best_params={}, fit_time=0.1, size=9_000, n_parameters=None,
    ... )
    >>> result.test_error is None
    True
    """

    model: str
    cv_mean: float
    cv_std: float
    cv_f1: float
    cv_log_loss: float | None
    n_candidates: int
    n_left_out: int
    best_params: dict[str, Any]
    fit_time: float
    size: int
    n_parameters: int | None
    test_error: float | None = None
    test_error_low: float | None = None
    test_error_high: float | None = None
    test_log_loss: float | None = None
    calibration_error: float | None = None
    p_value: float | None = None
    predict_time: float | None = None
    predict_one_time: float | None = None
    on_frontier: bool | None = None


@dataclass(frozen=True)
class WinnerPredictions:
    """The winner's predictions on the test samples.

    Parameters
    ----------
    X : ndarray, shape (n_samples, ...)
        The test samples.
    y : ndarray of shape (n_samples,)
        Their labels.
    predicted : ndarray of shape (n_samples,)
        The winner's labels.
    probabilities : ndarray of float, shape (n_samples, n_classes), or None
        The winner's probabilities, in the order of `classes`; None if it has none.
    classes : ndarray of shape (n_classes,)
        All labels.

    See Also
    --------
    skdigits.inspection.MisclassifiedDisplay : Shows the samples it got wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.comparison import WinnerPredictions
    >>> images, digits = np.zeros((2, 28, 28)), np.array([3, 7])
    >>> answers = WinnerPredictions(images, digits, np.array([3, 1]), None, np.arange(10))
    >>> int((answers.predicted != answers.y).sum())
    1
    """

    X: AnyArray
    y: AnyArray
    predicted: AnyArray
    probabilities: FloatArray | None
    classes: AnyArray


@dataclass(frozen=True)
class Findings:
    """Everything that a comparison found; `ComparisonReport` documents the fields."""

    results: tuple[ModelResult, ...]
    winner_dump: bytes
    statements: tuple[str, ...] = ()
    failures: Mapping[str, list[str]] = field(default_factory=dict)
    setting: Mapping[str, str] = field(default_factory=dict)
    histories: Mapping[str, dict[str, list[float]]] = field(default_factory=dict)
    winner_predictions: WinnerPredictions | None = None
