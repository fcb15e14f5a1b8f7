"""After the search: train the best candidate of each model on all samples, and test it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from typing import NamedTuple

import joblib

from ..exceptions import WorkerDiedError
from ._folder import ComparisonFolder
from ._models import Contender
from ._schedule import ComparisonProgress, ProgressListener
from ._search import SearchResult
from ._tasks import (
    LabelledSamples,
    Predictions,
    SamplesLostError,
    TrainedModel,
    format_error,
    predict_samples,
    train_model,
)
from ._workers import Workers, take_result, worker_died


class Finalist(NamedTuple):
    """The best candidate of a model, trained on all samples."""

    contender: Contender
    search: SearchResult
    trained: TrainedModel


def train_finalists(
    found: Sequence[tuple[Contender, SearchResult]],
    workers: Workers,
    kept: ComparisonFolder,
    progress: ProgressListener | None,
) -> tuple[list[Finalist], dict[str, list[str]]]:
    """Train the best candidate of each model on all samples.

    Parameters
    ----------
    found : sequence of tuple of Contender and SearchResult
        The models and what their searches found.
    workers : Workers
        The workers.
    kept : ComparisonFolder
        Folder of the trained models.
    progress : callable or None
        Called after each model.

    Returns
    -------
    finalists : list of Finalist
        Best cross-validated accuracy first.
    failures : dict of str to list of str
        For each model what was left out or failed, and its warnings.

    Raises
    ------
    ValueError
        If no candidate of any model could be trained.
    WorkerDiedError
        If a worker process dies.
    """
    failures = {contender.name: list(search.reasons) for contender, search in found}
    named = {contender.name: (contender, search) for contender, search in found}
    n_models = sum(search.best_params is not None for _, search in found)
    trained: dict[str, TrainedModel] = {}
    futures: dict[Future[TrainedModel], str] = {}
    for name, (contender, search) in named.items():
        if search.best_params is None:
            continue
        model = kept.read_model(name, joblib.hash(search.best_params))
        if model is None:
            future = workers.executor.submit(
                train_model, workers.samples, contender.estimator, search.best_params
            )
            futures[future] = name
        else:
            trained[name] = model
    for future in as_completed(futures):
        name = futures[future]
        try:
            trained[name] = take_result(future, f"trained {name}")
        except (SamplesLostError, WorkerDiedError):
            raise
        except Exception as error:
            accuracy = named[name][1].mean("accuracy")
            failures[name].append(
                f"training on all samples failed (cross-validated accuracy {accuracy:.2%}): "
                f"{format_error(error)}"
            )
            continue
        kept.write_model(name, joblib.hash(named[name][1].best_params), trained[name])
        if progress is not None:
            progress(ComparisonProgress("train", name, len(trained), n_models))
    for name, model in trained.items():
        failures[name] += model.warned
    if not trained:
        reasons = "; ".join(f"{name}: {lines[0]}" for name, lines in failures.items() if lines)
        raise ValueError(f"No candidate of any model could be trained. {reasons}")
    finalists = [Finalist(*named[name], model) for name, model in trained.items()]
    # Equally good models stay in the order in which they were named.
    order = list(named)
    finalists.sort(
        key=lambda each: (-each.search.mean("accuracy"), order.index(each.contender.name))
    )
    return finalists, {name: lines for name, lines in failures.items() if lines}


def test_finalists(
    finalists: Sequence[Finalist],
    test: LabelledSamples | None,
    executor: Executor,
    kept: ComparisonFolder,
    progress: ProgressListener | None,
) -> dict[str, Predictions]:
    """Test the trained models, one at a time so that nothing disturbs the timing.

    Parameters
    ----------
    finalists : sequence of Finalist
        The trained models.
    test : LabelledSamples or None
        Test samples.
    executor : concurrent.futures.Executor
        Runs the tasks.
    kept : ComparisonFolder
        Folder of the predictions.
    progress : callable or None
        Called after each model.

    Returns
    -------
    predictions : dict of str to Predictions
        Predictions of each model; empty without test samples.

    Raises
    ------
    WorkerDiedError
        If a worker process dies.
    """
    predictions: dict[str, Predictions] = {}
    if test is None:
        return predictions
    for contender, _, trained in finalists:
        key = joblib.hash(trained.dump)
        stored = kept.read_predictions(contender.name, key)
        if stored is None:
            try:
                stored = executor.submit(predict_samples, trained.dump, test.X).result()
            except BrokenExecutor as error:
                raise worker_died(f"tested {contender.name}") from error
            kept.write_predictions(contender.name, key, stored)
        predictions[contender.name] = stored
        if progress is not None:
            n_done = len(predictions)
            progress(ComparisonProgress("test", contender.name, n_done, len(finalists)))
    return predictions
