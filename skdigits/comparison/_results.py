"""From searches, trainings and predictions to a report."""

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
    error_interval,
    spell_differences,
)
from ._tasks import Predictions, Samples


def make_report(
    finalists: Sequence[Finalist],
    predictions: Mapping[str, Predictions],
    test: Samples | None,
    failures: dict[str, list[str]],
    setting: dict[str, str],
) -> ComparisonReport:
    """Put the results together; nothing in here changes the order of the models.

    Parameters
    ----------
    finalists : sequence of Finalist
        The trained models, the winner first.
    predictions : dict of str to Predictions
        What each says of the test samples; empty without these.
    test : Samples or None
        Test samples.
    failures : dict of str to list of str
        What was left out.
    setting : dict of str to str
        How it was made.

    Returns
    -------
    report : ComparisonReport
        The report.
    """
    winner = finalists[0]
    name = winner.contender.name
    results = [_cross_validated(finalist) for finalist in finalists]
    trained = {finalist.contender.name for finalist in finalists}
    # A better one may be among those that failed.
    among = " of the models that could be trained" if failures.keys() - trained else ""
    accuracy = results[0]["cv_mean"]
    statements = [f"{name} has the best cross-validated accuracy{among}, {accuracy:.2%}."]
    shown = None
    if test is not None:
        labels = {model: said.predicted for model, said in predictions.items()}
        errors = {model: error_interval(test.y, said) for model, said in labels.items()}
        p_values = compare_with_winner(test.y, labels, name)
        statements = spell_differences(name, errors, p_values, len(test.y), among)
        costs = np.array([said.predict_time for said in predictions.values()])
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
        said = predictions[name]
        shown = WinnerPredictions(
            np.asarray(test.X), test.y, said.predicted, said.probabilities, said.classes
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
    """Describe a model by what needs no test samples."""
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


def _predicted(y: AnyArray, said: Predictions) -> dict[str, Any]:
    """Describe a model by what it said of the test samples."""
    figures: dict[str, Any] = {
        "predict_time": said.predict_time,
        "predict_one_time": said.predict_one_time,
    }
    if said.probabilities is not None:
        figures["test_log_loss"] = float(log_loss(y, said.probabilities, labels=said.classes))
        figures["calibration_error"] = calibration_error(y, said.probabilities, said.classes)
    return figures
