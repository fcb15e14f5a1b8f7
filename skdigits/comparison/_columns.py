"""The columns of the tables on the page, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ._findings import ModelResult


class Column(NamedTuple):
    """A column of a table.

    Parameters
    ----------
    title : str
        Its title.
    unit : str
        Unit of its numbers; empty for none.
    meaning : str
        What the numbers mean, in a sentence or two.
    cell : callable
        Formats the number of a model; returns an empty string if it has none.
    """

    title: str
    unit: str
    meaning: str
    cell: Callable[[ModelResult], str]


RESULT_COLUMNS = (
    Column(
        "CV accuracy",
        "%",
        "Accuracy of the best candidate in cross-validation: mean and standard deviation over the "
        "folds. The models are ranked by the mean.",
        lambda result: f"{result.cv_mean:.2%} ± {result.cv_std:.2%}".replace("%", ""),
    ),
    Column(
        "Test error",
        "%",
        "Share of the test samples that the model gets wrong. The test samples are used once, "
        "after every choice has been made.",
        lambda result: format_number("{:.2f}", result.test_error, 100),
    ),
    Column(
        "95% interval",
        "%",
        "Wilson's confidence interval of the test error. 95 of 100 intervals computed like this "
        "contain the true error. The fewer the test samples, the wider the interval.",
        lambda result: (
            format_number("{:.2f}", result.test_error_low, 100)
            + format_number(" to {:.2f}", result.test_error_high, 100)
        ),
    ),
    Column(
        "p",
        "",
        "p-value of McNemar's test against the winner, with Holm's correction for several models. "
        "The test uses the test samples that only one of the two models gets right. Below 0.05 "
        "the difference is significant: chance alone rarely causes such a difference.",
        lambda result: format_p_value(result.p_value),
    ),
    Column(
        "Calibration error",
        "%",
        "Expected calibration error: the difference between the predicted probability and the "
        "share of correct predictions, averaged over 15 bins of probability. 0 is best; a model "
        "without probabilities has none.",
        lambda result: format_number("{:.2f}", result.calibration_error, 100),
    ),
    Column(
        "Training",
        "s",
        "Time to train the best candidate on all training samples, on one core.",
        lambda result: _format_cost(result.fit_time, 1, 2),
    ),
    Column(
        "Predict 1,000",
        "ms",
        "Time to predict 1,000 test samples at once, on one core.",
        lambda result: _format_cost(result.predict_time, 1000, 1),
    ),
    Column(
        "Predict one",
        "ms",
        "Time to predict one sample: the median of several calls.",
        lambda result: _format_cost(result.predict_one_time, 1000, 2),
    ),
    Column(
        "Size",
        "MB",
        "Size of the trained model as a compressed joblib file.",
        lambda result: _format_cost(result.size, 1e-6, 2),
    ),
    Column(
        "Weights",
        "",
        "Number of trained weights; models such as k-NN have none.",
        lambda result: format_number("{:,}", result.n_parameters),
    ),
)

SEARCH_COLUMNS = (
    Column(
        "Candidates",
        "",
        "Number of parameter settings that were scored on all folds.",
        lambda result: f"{result.n_candidates}",
    ),
    Column(
        "Left out",
        "",
        "Number of candidates that failed or that the time limit left out.",
        lambda result: f"{result.n_left_out}",
    ),
    Column(
        "CV F1",
        "%",
        "F1 score in cross-validation: the harmonic mean of precision and recall, averaged over "
        "the labels and the folds.",
        lambda result: f"{100 * result.cv_f1:.2f}",
    ),
    Column(
        "CV log loss",
        "",
        "Log loss in cross-validation, averaged over the folds. It penalises wrong predictions "
        "with high probability most. 0 is best.",
        lambda result: format_number("{:.3f}", result.cv_log_loss),
    ),
    Column(
        "Test log loss",
        "",
        "Log loss on the test samples.",
        lambda result: format_number("{:.3f}", result.test_log_loss),
    ),
)


def find_filled(columns: Sequence[Column], results: Sequence[ModelResult]) -> list[Column]:
    """Choose the columns that are filled for at least one model.

    Parameters
    ----------
    columns : sequence of Column
        The columns.
    results : sequence of ModelResult
        The models.

    Returns
    -------
    filled : list of Column
        Those that are not empty from top to bottom.
    """
    return [column for column in columns if any(column.cell(result) for result in results)]


def format_number(template: str, number: float | None, factor: float = 1) -> str:
    """Format a number; None gives an empty string.

    Parameters
    ----------
    template : str
        Template for `str.format`.
    number : float or None
        The number.
    factor : float, default=1
        What the number is multiplied with, to convert its unit.

    Returns
    -------
    text : str
        The formatted number, or an empty string.
    """
    return "" if number is None else template.format(factor * number)


def format_p_value(p: float | None) -> str:
    """Format a p-value; a very small one only by its upper bound.

    Parameters
    ----------
    p : float or None
        The p-value.

    Returns
    -------
    text : str
        Such as ``"0.013"`` or ``"< 0.001"``; empty for None.
    """
    return "< 0.001" if p is not None and p < 0.001 else format_number("{:.3f}", p)


def format_parameters(params: Mapping[str, Any]) -> str:
    """Format parameters without the names of their steps.

    Parameters
    ----------
    params : dict
        Parameters of a candidate.

    Returns
    -------
    text : str
        Such as ``"C=10, gamma=0.01"``.
    """
    return ", ".join(f"{name.rpartition('__')[2]}={value}" for name, value in params.items())


def _format_cost(number: float | None, factor: float, n_decimals: int) -> str:
    """Format a time or a size; it is never shown as 0."""
    least = 10.0**-n_decimals
    if number is not None and factor * number < least:
        return f"< {least:g}"
    return format_number(f"{{:,.{n_decimals}f}}", number, factor)
