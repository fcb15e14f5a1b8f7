"""Statistics of the test: intervals, tests of differences, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.stats import binned_statistic

from .._plurals import counted
from .._typing import AnyArray, FloatArray

LEVEL = 0.05
_N_BINS = 15


class ErrorInterval(NamedTuple):
    """An error rate and its confidence interval, in [0, 1]."""

    error: float
    low: float
    high: float


def error_interval(y: AnyArray, predicted: AnyArray) -> ErrorInterval:
    """Estimate an error rate with Wilson's 95% interval.

    Parameters
    ----------
    y, predicted : ndarray of shape (n_samples,)
        True and predicted labels.

    Returns
    -------
    interval : ErrorInterval
        The share of wrong labels and its interval.
    """
    from statsmodels.stats.proportion import proportion_confint

    n_wrong = int(np.sum(y != predicted))
    low, high = proportion_confint(n_wrong, len(y), alpha=LEVEL, method="wilson")
    return ErrorInterval(n_wrong / len(y), float(low), float(high))


def compare_with_winner(
    y: AnyArray, predicted: Mapping[str, AnyArray], winner: str
) -> dict[str, float]:
    """Test each model against the winner by McNemar's test with Holm's correction.

    The test is exact. It looks at the samples that only one of the two models gets right:
    if both are equally good, each is equally likely to be the right one.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        True labels.
    predicted : dict of str to ndarray
        Labels that each model predicts.
    winner : str
        Name of the model that the others are compared with.

    Returns
    -------
    p_values : dict of str to float
        Corrected p-value of each other model.
    """
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.multitest import multipletests

    right = {name: labels == y for name, labels in predicted.items()}
    others = [name for name in predicted if name != winner]
    if not others:
        return {}
    raw = []
    for name in others:
        table = [
            [np.sum(right[winner] & right[name]), np.sum(right[winner] & ~right[name])],
            [np.sum(~right[winner] & right[name]), np.sum(~right[winner] & ~right[name])],
        ]
        raw.append(mcnemar(np.array(table), exact=True).pvalue)
    _, corrected, _, _ = multipletests(raw, alpha=LEVEL, method="holm")
    return dict(zip(others, map(float, corrected), strict=True))


def calibration_error(y: AnyArray, probabilities: FloatArray, classes: AnyArray) -> float:
    """Compute the expected calibration error of the predicted labels.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        True labels.
    probabilities : ndarray of float, shape (n_samples, n_classes)
        Probabilities.
    classes : ndarray of shape (n_classes,)
        Labels in the order of the probabilities.

    Returns
    -------
    error : float
        Mean difference of confidence and accuracy over 15 bins of equal width, weighted
        by the number of samples in each bin, in [0, 1].

    References
    ----------
    Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, ICML 2017.
    """
    confidence = probabilities.max(axis=1)
    right = classes[probabilities.argmax(axis=1)] == y
    gaps, _, _ = binned_statistic(
        confidence, confidence - right, statistic="sum", bins=_N_BINS, range=(0, 1)
    )
    return float(np.abs(gaps).sum() / len(y))


def describe_differences(
    winner: str,
    errors: Mapping[str, ErrorInterval],
    p_values: Mapping[str, float],
    n_test: int,
    among: str = "",
) -> list[str]:
    """Say in sentences what the tests mean.

    Parameters
    ----------
    winner : str
        Name of the model that cross-validation chose.
    errors : dict of str to ErrorInterval
        Test error of each model.
    p_values : dict of str to float
        Corrected p-value of each model but the winner.
    n_test : int
        Number of test samples.
    among : str, default=""
        Among which models it is the best, if not among all.

    Returns
    -------
    statements : list of str
        One about the winner, then one per model, smallest error first.
    """
    best = errors[winner]
    statements = [
        f"{winner} has the best cross-validated accuracy{among}. It gets {best.error:.2%} of "
        f"{counted(n_test, 'test sample')} wrong (95% interval {best.low:.2%} to {best.high:.2%})."
    ]
    for name in sorted(p_values, key=lambda other: errors[other].error):
        p, error = p_values[name], errors[name].error
        if p >= LEVEL:
            statement = (
                f"The difference between {winner} and {name} is not significant at the 5% level: "
                f"test error {best.error:.2%} against {error:.2%}, {_format_p(p)}."
            )
        else:
            verb = "better" if best.error < error else "worse"
            statement = (
                f"{winner} is significantly {verb} than {name} at the 5% level: "
                f"test error {best.error:.2%} against {error:.2%}, {_format_p(p)}."
            )
        statements.append(statement)
    return statements


def _format_p(p: float) -> str:
    """Format a p-value; a very small one only by its upper bound."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"
