"""The order of work: hand out tasks, keep what is finished, tell how far it is."""

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
#: Fits that a worker has at hand: one at work, and some to go on with at once.
_AHEAD = 3


class ComparisonProgress(NamedTuple):
    """How far a comparison is.

    Parameters
    ----------
    stage : {"search", "train", "test"}
        The search of the models, the training of the best candidate of each on all
        samples, or the test.
    model : str
        Name of the model that something was finished for.
    n_done, n_total : int
        Of a search the candidates of that model that are scored on all folds, and all
        that are known so far, those of a halving search anew in each round; else the
        models that are done, and all.
    best : float or None
        Of a search, the best mean accuracy of that model so far.

    See Also
    --------
    compare : Passes one to its ``progress`` whenever something is finished.

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
    """What is known of the search of a model."""

    candidates: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0
    is_over_time: bool = False


class Schedule:
    """Has candidates scored by workers, and what is scored before is not scored again.

    Parameters
    ----------
    workers : Workers
        Who computes.
    folder : ComparisonFolder
        Where finished fits are, and go to.
    time_limit : float or None
        Seconds of computation after which no further fit of a model begins.
    progress : callable or None
        Told after each fit.
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
        """Ask for the scores of candidates, each on all folds.

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
        self._tell(contender.name)

    def wait_for(self, name: str) -> None:
        """Wait until all that was asked for of a model is finished or given up.

        Parameters
        ----------
        name : str
            Name of the model.

        Raises
        ------
        WorkerDiedError
            If a worker process has died.
        OSError
            If a result cannot be kept, or the file of the samples is lost.
        """
        while self._is_waited_for(name):
            finished, _ = wait(self._futures, return_when=FIRST_COMPLETED)
            # What is whole first: a worker that has died ends the run.
            for future in sorted(finished, key=_has_failed):
                self._finish(future)
            self._hand_out()

    def _is_waited_for(self, name: str) -> bool:
        """Whether fits of a model are at work, or in the queue with time left."""
        keys = list(self._futures.values())
        if not self._searches[name].is_over_time:
            keys += [key for key, _ in self._waiting]
        return any(self._models[key] == name for key in keys)

    def scores(self, key: str) -> FitScores | None:
        """Look the scores of a fit up.

        Parameters
        ----------
        key : str
            The fit, as `fit_key` names it.

        Returns
        -------
        scores : FitScores or None
            None if there was no time for it.
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
            self._hand_out()

    def _hand_out(self) -> None:
        """Keep the workers busy, and no more: what is handed out cannot be taken back."""
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
        """Keep the result of a task, on disk first."""
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
        self._tell(name)

    def _keep(self, key: str, scores: FitScores) -> None:
        """Count a finished fit, and give the rest up where its model is over time."""
        name = self._models[key]
        search = self._searches[name]
        self._scores[key] = scores
        search.seconds += scores.fit_time + scores.score_time
        search.is_over_time = search.seconds > self._time_limit

    def _tell(self, name: str) -> None:
        """Tell the listener how far a model is."""
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
    """Name a fit by all that it depends on within one comparison.

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
    """Tell the futures without a result."""
    return future.exception() is not None
