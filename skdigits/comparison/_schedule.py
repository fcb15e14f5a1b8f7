"""The schedule of a search: submit tasks, keep their results, report progress."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import joblib
import numpy as np

from .._typing import IntArray
from ..exceptions import WorkerDiedError
from ._folder import ComparisonFolder
from ._models import Contender
from ._tasks import FitScores, SamplesLostError, score_candidate
from ._workers import Workers, take_result, worker_died

Fold = tuple[IntArray, IntArray]
#: Fits submitted per worker: one that runs, and some more so that the worker never waits.
_AHEAD = 3


class ComparisonProgress(NamedTuple):
    """Progress of a comparison.

    Parameters
    ----------
    stage : {"search", "train", "test"}
        The search, the training of each model's best candidate on all samples, or the
        test.
    model : str
        Name of the model for which a step was finished.
    n_done, n_total : int
        In the search, the number of candidates of that model that are scored on all
        folds, and of all that are known so far; a halving search counts a candidate
        again in each round. Later, the number of finished models, and of all models.
    best : float or None
        In the search, the best mean accuracy of that model so far.

    See Also
    --------
    compare : Passes one to its ``progress`` whenever a step is finished.

    Examples
    --------
    >>> from skdigits.comparison import ComparisonProgress
    >>> ComparisonProgress("search", "knn", 2, 6, 0.93).n_total
    6
    """

    stage: Literal["search", "train", "test"]
    model: str
    n_done: int
    n_total: int
    best: float | None = None


ProgressListener = Callable[[ComparisonProgress], None]


@dataclass
class _Search:
    """State of the search of one model."""

    candidates: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0
    is_over_time: bool = False


class Schedule:
    """Has candidates scored by workers; fits that the folder holds are not repeated.

    Parameters
    ----------
    workers : Workers
        The workers.
    folder : ComparisonFolder
        Folder of the finished fits.
    time_limit : float or None
        Seconds of computation after which no further fit of a model starts.
    progress : callable or None
        Called after each fit.
    """

    def __init__(
        self,
        workers: Workers,
        folder: ComparisonFolder,
        time_limit: float | None,
        progress: ProgressListener | None,
    ) -> None:
        self._workers = workers
        self._folder = folder
        self._time_limit = float("inf") if time_limit is None else time_limit
        self._progress = progress
        self._stored = folder.read_fits()
        self._scores: dict[str, FitScores] = {}
        self._models: dict[str, str] = {}
        self._waiting: deque[tuple[str, tuple[Any, ...]]] = deque()
        self._futures: dict[Future[FitScores], str] = {}
        self._searches: dict[str, _Search] = {}
        self._folds: dict[str, Any] = {}

    def request(
        self, contender: Contender, candidates: Iterable[Mapping[str, Any]], folds: Sequence[Fold]
    ) -> None:
        """Request the scores of candidates, each on all folds.

        Parameters
        ----------
        contender : Contender
            The model.
        candidates : iterable of dict
            Parameters of each candidate.
        folds : sequence of tuple of ndarray of int
            Rows to train on and rows to score on.
        """
        search = self._searches.setdefault(contender.name, _Search())
        digests = [joblib.hash(fold) for fold in folds]
        shared = [self._share(digest, fold) for digest, fold in zip(digests, folds, strict=True)]
        for params in candidates:
            keys = [fit_key(contender.name, params, digest) for digest in digests]
            search.candidates[keys[0]] = keys
            for key, fold in zip(keys, shared, strict=True):
                if key not in self._models:
                    self._models[key] = contender.name
                    self._begin(key, contender, dict(params), fold)
        self._report(contender.name)

    def wait_for(self, name: str) -> None:
        """Wait until all requested fits of a model are finished or given up.

        Parameters
        ----------
        name : str
            Name of the model.

        Raises
        ------
        WorkerDiedError
            If a worker process dies.
        OSError
            If a result cannot be saved, or the file of the samples is lost.
        """
        while self._is_waited_for(name):
            finished, _ = wait(self._futures, return_when=FIRST_COMPLETED)
            # Successful fits first: a dead worker ends the run.
            for future in sorted(finished, key=_has_failed):
                self._finish(future)
            self._submit()

    def _is_waited_for(self, name: str) -> bool:
        """Whether fits of a model are running, or in the queue with time left."""
        keys = list(self._futures.values())
        if not self._searches[name].is_over_time:
            keys += [key for key, _ in self._waiting]
        return any(self._models[key] == name for key in keys)

    def scores(self, key: str) -> FitScores | None:
        """Look up the scores of a fit.

        Parameters
        ----------
        key : str
            The fit, as `fit_key` names it.

        Returns
        -------
        scores : FitScores or None
            None if the time limit left it out.
        """
        return self._scores.get(key)

    def _share(self, digest: str, fold: Fold) -> Any:
        """Send the rows of a fold to the workers, once for all models."""
        if digest not in self._folds:
            self._folds[digest] = self._workers.share(fold)
        return self._folds[digest]

    def _begin(self, key: str, contender: Contender, params: dict[str, Any], fold: Any) -> None:
        """Take a finished fit from the folder, or put it into the queue."""
        if key in self._stored:
            self._keep(key, self._stored[key])
        else:
            self._waiting.append((key, (contender.estimator, params, fold)))
            self._submit()

    def _submit(self) -> None:
        """Keep the workers busy, but no more: a submitted task cannot be taken back."""
        most = _AHEAD * self._workers.n_workers
        while self._waiting and len(self._futures) < most:
            key, arguments = self._waiting.popleft()
            name = self._models[key]
            if self._searches[name].is_over_time:
                continue
            try:
                future = self._workers.executor.submit(
                    score_candidate, self._workers.samples, *arguments
                )
            except BrokenExecutor as error:
                raise worker_died(f"searched {name}") from error
            self._futures[future] = key

    def _finish(self, future: Future[FitScores]) -> None:
        """Keep the result of a task, first on disk."""
        key = self._futures.pop(future)
        name = self._models[key]
        try:
            scores = take_result(future, f"searched {name}")
        except (SamplesLostError, WorkerDiedError):
            raise
        except Exception as error:
            scores = FitScores.failed(error)
        if scores.is_lasting:
            self._folder.write_fit(key, scores)
        self._keep(key, scores)
        self._report(name)

    def _keep(self, key: str, scores: FitScores) -> None:
        """Count a finished fit, and give up the rest if its model is over time."""
        name = self._models[key]
        search = self._searches[name]
        self._scores[key] = scores
        search.seconds += scores.fit_time + scores.score_time
        search.is_over_time = search.seconds > self._time_limit

    def _report(self, name: str) -> None:
        """Report the progress of a model."""
        if self._progress is None:
            return
        search = self._searches[name]
        means = [
            np.mean([self._scores[key].accuracy for key in keys])
            for keys in search.candidates.values()
            if all(key in self._scores and self._scores[key].error is None for key in keys)
        ]
        n_done = sum(all(key in self._scores for key in k) for k in search.candidates.values())
        best = float(max(means)) if means else None
        self._progress(ComparisonProgress("search", name, n_done, len(search.candidates), best))


def fit_key(name: str, params: Mapping[str, Any], fold_digest: str) -> str:
    """Name a fit by everything that it depends on within one comparison.

    Parameters
    ----------
    name : str
        Name of the model.
    params : dict
        Parameters of the candidate.
    fold_digest : str
        `joblib.hash` of the rows to train on and the rows to score on.

    Returns
    -------
    key : str
        A digest.
    """
    key: str = joblib.hash((name, sorted(params.items(), key=lambda item: item[0]), fold_digest))
    return key


def _has_failed(future: Future[FitScores]) -> bool:
    """Say whether a future has no result."""
    return future.exception() is not None
