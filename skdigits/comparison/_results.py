"""Make a report of searches, trainings and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import log_loss

from .._typing import AnyArray
from ..inspection._comparison import find_frontier
from ._finals import Finalist
from ._findings import ModelResult, WinnerPredictions
from ._report import ComparisonReport
from ._statistics import (
    calibration_error,
    compare_with_winner,
    describe_differences,
    error_interval,
)
from ._tasks import LabelledSamples, Predictions


def make_report(
    finalists: Sequence[Finalist],
    predictions: Mapping[str, Predictions],
    test: LabelledSamples | None,
    failures: dict[str, list[str]],
    setting: dict[str, str],
) -> ComparisonReport:
    """Put the results together, in the order of the finalists.

    Parameters
    ----------
    finalists : sequence of Finalist
        The trained models, the winner first.
    predictions : dict of str to Predictions
        Predictions of each model on the test samples; empty without these.
    test : LabelledSamples or None
        Test samples.
    failures : dict of str to list of str
        What was left out.
    setting : dict of str to str
        Settings of the comparison.

    Returns
    -------
    report : ComparisonReport
        The report.
    """
    winner = finalists[0]
    name = winner.contender.name
    results = [_cross_validated(finalist) for finalist in finalists]
    trained = {finalist.contender.name for finalist in finalists}
    # A model that failed might have been better.
    among = " of the models that could be trained" if failures.keys() - trained else ""
    accuracy = results[0]["cv_mean"]
    statements = [f"{name} has the best cross-validated accuracy{among}, {accuracy:.2%}."]
    shown = None
    if test is not None:
        labels = {model: answers.predicted for model, answers in predictions.items()}
        errors = {model: error_interval(test.y, answers) for model, answers in labels.items()}
        p_values = compare_with_winner(test.y, labels, name)
        statements = describe_differences(name, errors, p_values, len(test.y), among)
        costs = np.array([answers.predict_time for answers in predictions.values()])
        frontier = find_frontier(costs, np.array([interval.error for interval in errors.values()]))
        for i, (result, model) in enumerate(zip(results, predictions, strict=True)):
            interval = errors[model]
            result |= {
                "test_error": interval.error,
                "test_error_low": interval.low,
                "test_error_high": interval.high,
                "p_value": p_values.get(model),
                "on_frontier": i in frontier,
                **_predicted(test.y, predictions[model]),
            }
        answers = predictions[name]
        shown = WinnerPredictions(
            np.asarray(test.X), test.y, answers.predicted, answers.probabilities, answers.classes
        )
    return ComparisonReport(
        results=tuple(ModelResult(**result) for result in results),
        winner_dump=winner.trained.dump,
        statements=tuple(statements),
        failures=failures,
        setting=setting,
        histories={
            finalist.contender.name: finalist.trained.history
            for finalist in finalists
            if finalist.trained.history is not None
        },
        winner_predictions=shown,
    )


def _cross_validated(finalist: Finalist) -> dict[str, Any]:
    """Describe a model without the test samples."""
    contender, search, trained = finalist
    has_log_loss = search.best_scores[0].log_loss is not None
    return {
        "model": contender.name,
        "cv_mean": search.mean("accuracy"),
        "cv_std": search.std("accuracy"),
        "cv_f1": search.mean("f1"),
        "cv_log_loss": search.mean("log_loss") if has_log_loss else None,
        "n_candidates": search.n_candidates,
        "n_left_out": search.n_left_out,
        "best_params": search.best_params,
        "fit_time": trained.fit_time,
        "size": len(trained.dump),
        "n_parameters": trained.n_parameters,
    }


def _predicted(y: AnyArray, answers: Predictions) -> dict[str, Any]:
    """Describe a model by its predictions on the test samples."""
    figures: dict[str, Any] = {
        "predict_time": answers.predict_time,
        "predict_one_time": answers.predict_one_time,
    }
    if answers.probabilities is not None:
        figures["test_log_loss"] = float(
            log_loss(y, answers.probabilities, labels=answers.classes)
        )
        figures["calibration_error"] = calibration_error(y, answers.probabilities, answers.classes)
    return figures
