"""Captions and alternative texts of the figures of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .._plurals import counted
from ..inspection._comparison import find_frontier

if TYPE_CHECKING:
    from ._findings import Findings, ModelResult, WinnerPredictions

# What the time is for, its unit, and the number of these units in a second.
_COSTS = {
    "fit_time": ("train", "s", 1),
    "predict_time": ("predict 1,000 samples", "ms", 1000),
}
_N_CONFUSIONS = 5


def describe_errors(report: Findings) -> tuple[str, str]:
    """Describe the figure of the errors.

    Parameters
    ----------
    report : Findings
        The report.

    Returns
    -------
    caption, alt : str
        A sentence below it, and a text in its place.
    """
    if _is_tested(report):
        caption = (
            "Test error of each model with its 95% interval; the bar is its cross-validated "
            "error. Further left is better."
        )
        shown = [
            f"{result.model} {result.test_error:.2%} ({result.test_error_low:.2%} to "
            f"{result.test_error_high:.2%})"
            for result in report.results
        ]
        return caption, f"Test errors with their 95% intervals: {'; '.join(shown)}."
    caption = (
        "Cross-validated error of each model, with its standard deviation over the folds. "
        "Further left is better."
    )
    shown = [
        f"{result.model} {1 - result.cv_mean:.2%} ± {100 * result.cv_std:.2f}"
        for result in report.results
    ]
    return caption, f"Cross-validated errors: {'; '.join(shown)}."


def describe_costs(report: Findings, kinds: Sequence[str]) -> tuple[str, str]:
    """Describe the figure of the errors against times.

    Parameters
    ----------
    report : Findings
        The report.
    kinds : sequence of {"fit_time", "predict_time"}
        The times.

    Returns
    -------
    caption, alt : str
        A sentence below it, and a text in its place.
    """
    caption = (
        "Error against the time to "
        + " and to ".join(_COSTS[kind][0] for kind in kinds)
        + " on one core. Closer to the lower left corner is better. The line is the frontier: it "
        "joins the models that no other model beats in both."
    )
    return caption, " ".join(_describe_cost(report, kind) for kind in kinds)


def _describe_cost(report: Findings, kind: str) -> str:
    """Describe one panel of the errors against times."""
    verb, unit, factor = _COSTS[kind]
    errors = [_get_error(report, result) for result in report.results]
    seconds = [getattr(result, kind) for result in report.results]
    on_frontier = find_frontier(np.array(seconds), np.array(errors))
    frontier = [report.results[i].model for i in on_frontier]
    points = [
        f"{result.model} {error:.2%} in {_format_time(factor * cost)} {unit}"
        for result, error, cost in zip(report.results, errors, seconds, strict=True)
    ]
    return (
        f"Error against the time to {verb}: {'; '.join(points)}. "
        f"On the frontier: {', '.join(frontier)}."
    )


def describe_curves(report: Findings) -> tuple[str, str]:
    """Describe the figure of the networks' training.

    Parameters
    ----------
    report : Findings
        The report.

    Returns
    -------
    caption, alt : str
        A sentence below it, and a text in its place.
    """
    caption = "Loss and accuracy after each epoch of the final training, on all training samples."
    trainings = [
        f"{model}: in {counted(len(history['loss']), 'epoch')} the loss goes from "
        f"{history['loss'][0]:.3f} to {history['loss'][-1]:.3f}, the accuracy from "
        f"{history['accuracy'][0]:.2%} to {history['accuracy'][-1]:.2%}."
        for model, history in report.histories.items()
    ]
    return caption, " ".join(["Training loss and accuracy.", *trainings])


def describe_confusion(winner: str, predictions: WinnerPredictions) -> tuple[str, str]:
    """Describe the confusion matrix.

    Parameters
    ----------
    winner : str
        Name of the model.
    predictions : WinnerPredictions
        Its predictions on the test samples.

    Returns
    -------
    caption, alt : str
        A sentence below it, and a text in its place.
    """
    wrong = predictions.y != predictions.predicted
    caption = (
        f"Predictions of {winner} by true and predicted label. Correct ones are on the diagonal; "
        "the more frequent a mistake, the stronger the colour of its cell."
    )
    alt = (
        f"{winner} predicts {np.sum(~wrong):,} of {counted(len(wrong), 'test sample')} correctly."
    )
    pairs = zip(predictions.y[wrong], predictions.predicted[wrong], strict=True)
    shown = [
        f"{label} as {predicted} ({count:,})"
        for (label, predicted), count in Counter(pairs).most_common(_N_CONFUSIONS)
    ]
    if shown:
        alt += f" Its most frequent mistakes: {', '.join(shown)}."
    return caption, alt


def describe_mistakes(
    winner: str, predictions: WinnerPredictions, n_shown: int
) -> tuple[str, str]:
    """Describe the figure of the images that the winner gets wrong.

    Parameters
    ----------
    winner : str
        Name of the model.
    predictions : WinnerPredictions
        Its predictions on the test samples.
    n_shown : int
        Number of images that are shown.

    Returns
    -------
    caption, alt : str
        A sentence below it, and a text in its place.
    """
    n_mistakes = int(np.sum(predictions.y != predictions.predicted))
    which = "the" if n_shown == n_mistakes else f"{n_shown} of the"
    shown = f"{which} {counted(n_mistakes, 'test sample')} that {winner} gets wrong"
    titled = "the predicted label above the true label"
    if predictions.probabilities is not None:
        shown += ", most probable mistakes first"
        titled = "the predicted label and its probability above the true label"
    sentence = f"{shown[0].upper()}{shown[1:]}: {titled}."
    return sentence, f"A grid of {shown}, each with {titled}."


def _is_tested(report: Findings) -> bool:
    """Say whether all models have a test error."""
    return all(result.test_error is not None for result in report.results)


def _get_error(report: Findings, result: ModelResult) -> float:
    """Get the test error or, without test samples, the cross-validated one."""
    return result.test_error if _is_tested(report) else 1 - result.cv_mean  # type: ignore[return-value]


def _format_time(number: float) -> str:
    """Format a time with three significant digits, never in powers of ten."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
