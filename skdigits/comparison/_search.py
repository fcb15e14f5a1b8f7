"""The search of one model: scikit-learn's own searches, over row numbers.

The search chooses and ranks the candidates as usual. But instead of training a candidate
it looks up the scores that a worker, maybe in an earlier run, has computed. So the
samples are never copied with a candidate, and finished fits are not repeated.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
    StratifiedKFold,
)

from .._typing import AnyArray, IntArray
from ._models import Contender
from ._schedule import Schedule, fit_key
from ._tasks import FitScores

SearchKind = Literal["grid", "halving", "random"]


@dataclass(frozen=True)
class SearchPlan:
    """How every model is searched.

    Parameters
    ----------
    kind : {"grid", "halving", "random"}
        Which of scikit-learn's searches.
    n_folds : int
        Number of folds.
    n_candidates : int
        Maximum number of candidates in a random search.
    seed : int
        Seed of the folds and of a random search.
    """

    kind: SearchKind
    n_folds: int
    n_candidates: int
    seed: int

    def __post_init__(self) -> None:
        """Refuse an unknown kind of search."""
        if self.kind not in ("grid", "halving", "random"):
            raise ValueError(f"search must be 'grid', 'halving' or 'random', got {self.kind!r}.")

    @property
    def folds(self) -> StratifiedKFold:
        """The folds, the same for every model."""
        return StratifiedKFold(self.n_folds, shuffle=True, random_state=self.seed)

    def known_candidates(self, grid: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
        """List the candidates that are known before any of them is scored.

        Parameters
        ----------
        grid : dict of list
            Values of each parameter.

        Returns
        -------
        candidates : list of dict
            Empty for a halving search, where the next candidates depend on the scores.
        """
        if self.kind == "halving":
            return []
        if self.kind == "random":
            n_candidates = self._n_sampled(grid)
            return list(ParameterSampler(grid, n_candidates, random_state=self.seed))
        return list(ParameterGrid(grid))

    def make(self, grid: Mapping[str, list[Any]], **shared: Any) -> Any:
        """Make the search.

        Parameters
        ----------
        grid : dict of list
            Values of each parameter.
        **shared
            Further arguments of the search.

        Returns
        -------
        search : estimator
            Unfitted.
        """
        shared |= {"cv": self.folds, "refit": False}
        if self.kind == "halving":
            return _ScheduledHalving(_Candidate(), grid, random_state=self.seed, **shared)
        if self.kind == "random":
            n_candidates = self._n_sampled(grid)
            return _ScheduledRandom(
                _Candidate(), grid, n_iter=n_candidates, random_state=self.seed, **shared
            )
        return _ScheduledGrid(_Candidate(), grid, **shared)

    def _n_sampled(self, grid: Mapping[str, list[Any]]) -> int:
        """How many candidates to sample: no more than there are."""
        if all(isinstance(values, list) for values in grid.values()):
            return min(self.n_candidates, len(ParameterGrid(grid)))
        return self.n_candidates


class SearchResult(NamedTuple):
    """The result of the search of one model.

    Parameters
    ----------
    best_params : dict or None
        Parameters of the best candidate; None if all failed.
    best_scores : list of FitScores
        Its scores on each fold.
    n_candidates, n_left_out : int
        Number of candidates that were scored on all folds, in a halving search in any
        round, and of the others.
    reasons : list of str
        Why the others were left out.
    """

    best_params: dict[str, Any] | None
    best_scores: list[FitScores]
    n_candidates: int
    n_left_out: int
    reasons: list[str]

    def mean(self, score: str) -> float:
        """Mean over the folds of a score of the best candidate."""
        return float(np.mean(self._over_folds(score)))

    def std(self, score: str) -> float:
        """Standard deviation over the folds of a score of the best candidate."""
        return float(np.std(self._over_folds(score)))

    def _over_folds(self, score: str) -> list[float]:
        return [getattr(fold, score) for fold in self.best_scores]


def request_known(contender: Contender, plan: SearchPlan, y: AnyArray, schedule: Schedule) -> None:
    """Request the scores of all candidates of a model that are known already.

    Parameters
    ----------
    contender : Contender
        The model.
    plan : SearchPlan
        How it is searched.
    y : ndarray of shape (n_samples,)
        Labels.
    schedule : Schedule
        Takes the request.
    """
    candidates = plan.known_candidates(contender.grid)
    if candidates:
        schedule.request(contender, candidates, list(plan.folds.split(_rows(y), y)))


def search_model(
    contender: Contender, plan: SearchPlan, y: AnyArray, schedule: Schedule
) -> SearchResult:
    """Search for the best candidate of a model.

    Parameters
    ----------
    contender : Contender
        The model.
    plan : SearchPlan
        How it is searched.
    y : ndarray of shape (n_samples,)
        Labels.
    schedule : Schedule
        Has the candidates scored.

    Returns
    -------
    result : SearchResult
        The best candidate and its scores.
    """

    def look_up(candidate: _Candidate, rows: IntArray, _: AnyArray) -> float:
        scores = schedule.scores(_key(contender.name, candidate.params, candidate.rows_, rows))
        return np.nan if scores is None or scores.accuracy is None else scores.accuracy

    search = plan.make(contender.grid, scoring=look_up)
    search.contender, search.schedule, search.labels = contender, schedule, y
    with warnings.catch_warnings():
        # Failures are listed in the result, with their reasons.
        warnings.filterwarnings("ignore", "One or more of the", UserWarning)
        search.fit(_rows(y), y)
    return _read_result(search, contender.name)


class _Candidate(ClassifierMixin, BaseEstimator):
    """Stands for a candidate: remembers its parameters and its training rows."""

    def __init__(self, params: dict[str, Any] | None = None) -> None:
        self.params = params

    def set_params(self, **params: Any) -> Self:
        """Store the parameters of the candidate."""
        self.params = params
        return self

    def fit(self, X: IntArray, y: AnyArray) -> Self:
        """Store the rows."""
        self.rows_ = X
        self.classes_ = np.unique(y)
        return self


class _Scheduled:
    """A search whose candidates are scored by a schedule."""

    contender: Contender
    schedule: Schedule
    labels: AnyArray
    cv: Any
    #: The candidates and their folds, in the order of ``cv_results_``.
    requested: list[tuple[dict[str, Any], list[tuple[IntArray, IntArray]]]]

    def _run_search(self, evaluate_candidates: Any, *, callback_ctx: Any = None) -> None:
        """Run scikit-learn's search; the scores are computed before they are looked up."""
        self.requested = []

        def evaluate(
            candidates: Iterable[dict[str, Any]],
            cv: Any = None,
            more_results: Any = None,
            **context: Any,
        ) -> Any:
            candidates = list(candidates)
            splitter = self.cv if cv is None else cv
            folds = list(splitter.split(_rows(self.labels), self.labels))
            self.schedule.request(self.contender, candidates, folds)
            self.schedule.wait_for(self.contender.name)
            self.requested += [(params, folds) for params in candidates]
            return evaluate_candidates(candidates, cv, more_results=more_results, **context)

        # scikit-learn 1.9 passes a context, earlier versions do not.
        context = {} if callback_ctx is None else {"callback_ctx": callback_ctx}
        super()._run_search(evaluate, **context)  # type: ignore[misc]


class _ScheduledGrid(_Scheduled, GridSearchCV):
    """GridSearchCV with a schedule."""


class _ScheduledRandom(_Scheduled, RandomizedSearchCV):
    """RandomizedSearchCV with a schedule."""


class _ScheduledHalving(_Scheduled, HalvingGridSearchCV):
    """HalvingGridSearchCV with a schedule."""


def _rows(y: AnyArray) -> IntArray:
    """Number the samples, in the shape that a search needs."""
    return np.arange(len(y)).reshape(-1, 1)


def _key(name: str, params: Mapping[str, Any] | None, train: IntArray, test: IntArray) -> str:
    """Name the fit of a candidate on a fold."""
    fold = (np.ascontiguousarray(train.ravel()), np.ascontiguousarray(test.ravel()))
    return fit_key(name, params or {}, joblib.hash(fold))


def _read_result(search: Any, name: str) -> SearchResult:
    """Find the best candidate among those that were scored on all folds."""
    results = search.cv_results_
    means = results["mean_test_score"]
    # A halving search ranks only the candidates that were trained on the most samples.
    rounds = results.get("iter", np.zeros(len(means), dtype=int))
    complete = np.isfinite(means)
    scores = [
        [search.schedule.scores(_key(name, params, *fold)) for fold in folds]
        for params, folds in search.requested
    ]
    candidates = [params for params, _ in search.requested]
    # A halving search requests a candidate again in each round.
    keys = [joblib.hash(params) for params in candidates]
    scored = {key for key, is_complete in zip(keys, complete, strict=True) if is_complete}
    reasons = _reasons(candidates, [key in scored for key in keys], scores)
    n_left_out = len(set(keys) - scored)
    if not scored:
        return SearchResult(None, [], 0, n_left_out, reasons)
    last = rounds == rounds[complete].max()
    best = int(np.argmax(np.where(complete & last, means, -np.inf)))
    return SearchResult(
        best_params=candidates[best],
        best_scores=scores[best],
        n_candidates=len(scored),
        n_left_out=n_left_out,
        reasons=reasons,
    )


def _reasons(
    candidates: list[dict[str, Any]],
    is_scored: list[bool],
    scores: list[list[FitScores | None]],
) -> list[str]:
    """List why candidates were left out of the search or of one of its rounds."""
    reasons = []
    for params, was_scored, of_folds in zip(candidates, is_scored, scores, strict=True):
        where = " in one round" if was_scored else ""
        errors = [fold.error for fold in of_folds if fold is not None and fold.error]
        if errors:
            reasons.append(f"{params} failed{where}: {errors[0]}")
        elif None in of_folds:
            reasons.append(f"{params} was left out{where}: the time limit was reached")
    return list(dict.fromkeys(reasons))
