"""The search: the same folds for every model, and the test samples once at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.utils import check_random_state

from .._typing import ArrayLike, RandomState
from ..neural_network import BaseKerasClassifier
from ._models import DEFAULT_MODELS, Contender, find_contenders
from ._report import ComparisonReport, ModelResult

#: Called with a model's name and number of candidates before its search, and with the
#: name and its result after it.
ProgressListener = Callable[[str, int, ModelResult | None], None]


def compare(
    X: ArrayLike,
    y: ArrayLike,
    *,
    X_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    models: Sequence[str | Contender] = DEFAULT_MODELS,
    folds: int = 3,
    n_jobs: int | None = None,
    random_state: RandomState = None,
    progress: ProgressListener | None = None,
) -> ComparisonReport:
    """Search the best parameters of several models on the same folds.

    Each model goes through a `sklearn.model_selection.GridSearchCV` on the same
    shuffled, stratified folds. The models are ranked by cross-validated accuracy;
    test samples are scored once, after every choice has been made.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features) or (n_samples, height, width)
        Training pictures, pixels in [0, 255].
    y : array-like of shape (n_samples,)
        Their labels.
    X_test : array-like, default=None
        Test pictures. None for no test error.
    y_test : array-like, default=None
        Their labels.
    models : sequence of str or Contender, default=DEFAULT_MODELS
        Names of `model_names`, or contenders of your own. The default takes both
        Keras networks, a logistic regression, k-NN, an RBF SVM and a random forest.
    folds : int, default=3
        Number of folds, at least 2.
    n_jobs : int or None, default=None
        Processes that search a classic model; -1 for one a core. A Keras network
        is searched in this process, where TensorFlow uses all cores by itself.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds and of the models.
    progress : callable, default=None
        Called before each model with its name, its number of candidates and None,
        and after it with its result in place of None.

    Returns
    -------
    report : ComparisonReport
        The results, best first, and the fitted winner.

    Raises
    ------
    ValueError
        If a model is not known, or there are too few samples of a class.

    See Also
    --------
    model_names : Lists the models.
    ComparisonReport : What is returned.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdigits.comparison import compare
    >>> X, y = load_digits(return_X_y=True)
    >>> report = compare(X[:500], y[:500], models=["knn", "dummy"], folds=2, random_state=0)
    >>> [result.model for result in report.results]
    ['knn', 'dummy']
    """
    if (X_test is None) != (y_test is None):
        raise ValueError("X_test and y_test go together. Pass both or neither.")
    seed = int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
    contenders = find_contenders(models, seed)
    _check_folds(y, folds)
    cv = StratifiedKFold(folds, shuffle=True, random_state=seed)
    found: list[tuple[ModelResult, BaseEstimator]] = []
    for contender in contenders:
        n_candidates = int(np.prod([len(values) for values in contender.grid.values()]))
        if progress is not None:
            progress(contender.name, n_candidates, None)
        search = _search(contender, cv, n_jobs).fit(X, y)
        result = _summarize(contender.name, search, X_test, y_test)
        found.append((result, search.best_estimator_))
        if progress is not None:
            progress(contender.name, n_candidates, result)
    found.sort(key=lambda pair: pair[0].cv_mean, reverse=True)
    return ComparisonReport(tuple(result for result, _ in found), found[0][1])


def _check_folds(y: ArrayLike, folds: int) -> None:
    """Refuse what stratified folds cannot be made of."""
    classes, counts = np.unique(np.asarray(y), return_counts=True)
    if len(classes) < 2:
        raise ValueError(f"y holds the one class {classes.tolist()}; pass at least two classes.")
    if counts.min() < folds:
        raise ValueError(
            f"Class {classes.tolist()[counts.argmin()]!r} has {counts.min()} samples, fewer than "
            f"the {folds} folds. Pass more samples of it, or fewer folds."
        )


def _search(contender: Contender, cv: StratifiedKFold, n_jobs: int | None) -> GridSearchCV:
    """Make the search of one model."""
    steps = getattr(contender.estimator, "steps", [("", contender.estimator)])
    in_process = isinstance(steps[-1][1], BaseKerasClassifier)
    return GridSearchCV(
        contender.estimator,
        contender.grid,
        scoring="accuracy",
        cv=cv,
        n_jobs=1 if in_process else n_jobs,
        error_score="raise",
    )


def _summarize(
    name: str, search: GridSearchCV, X_test: ArrayLike | None, y_test: ArrayLike | None
) -> ModelResult:
    """Describe a finished search; the test samples change nothing in it."""
    best = search.best_index_
    test_error = predict_time = None
    if X_test is not None:
        search.predict(X_test[:10])  # what is compiled or loaded at the first use is no cost a row
        start = time.perf_counter()
        predicted = search.predict(X_test)
        predict_time = (time.perf_counter() - start) * 1000 / len(predicted)
        test_error = float(np.mean(predicted != np.asarray(y_test)))
    params: dict[str, Any] = search.best_params_
    return ModelResult(
        model=name,
        cv_mean=float(search.cv_results_["mean_test_score"][best]),
        cv_std=float(search.cv_results_["std_test_score"][best]),
        test_error=test_error,
        fit_time=float(search.refit_time_),
        predict_time=predict_time,
        n_candidates=len(search.cv_results_["params"]),
        best_params=params,
    )
