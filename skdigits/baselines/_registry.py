"""Baselines by name."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from sklearn.pipeline import Pipeline

from .._typing import RandomState
from ..exceptions import UnknownNameError
from ._classifiers import BASELINES, Baseline, load_library


def baseline_names() -> list[str]:
    """List the names of the baselines.

    Baselines of an optional library, such as ``"lightgbm"``, are listed only if the
    library is installed: ``pip install "skdigits[boosting]"``.

    Returns
    -------
    names : list of str
        Names for `make_baseline` and `baseline_grid`.

    See Also
    --------
    make_baseline : Makes the Pipeline of a baseline.

    Examples
    --------
    >>> from skdigits import baseline_names
    >>> "knn" in baseline_names()
    True
    """
    return [
        name
        for name, baseline in BASELINES.items()
        if baseline.library is None or find_spec(baseline.library) is not None
    ]


def make_baseline(name: str, *, random_state: RandomState = None) -> Pipeline:
    """Make the unfitted Pipeline of a classic classifier.

    Parameters
    ----------
    name : str
        One of `baseline_names`.
    random_state : int, RandomState instance or None, default=None
        Seed of the classifier, if it has one.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        An `ImageScaler` and the classifier, for pixels in [0, 255]. Classifiers
        with a number of threads use one.

    Raises
    ------
    UnknownNameError
        If there is no such baseline; the message lists the names.
    ImportError
        If its library is not installed; the message says how to install it.

    See Also
    --------
    baseline_grid : Returns its parameter grid.

    Examples
    --------
    >>> from skdigits import make_baseline
    >>> make_baseline("knn")[-1]
    KNeighborsClassifier(algorithm='brute', weights='distance')
    """
    return _find(name).make(random_state)


def baseline_grid(name: str) -> dict[str, list[Any]]:
    """Return the parameter grid of a baseline.

    Parameters
    ----------
    name : str
        One of `baseline_names`.

    Returns
    -------
    grid : dict of list
        A ``param_grid`` for `sklearn.model_selection.GridSearchCV` and the Pipeline
        of `make_baseline`; a new dict in each call.

    Raises
    ------
    UnknownNameError
        If there is no such baseline; the message lists the names.
    ImportError
        If its library is not installed; the message says how to install it.

    See Also
    --------
    make_baseline : Makes the Pipeline.

    Examples
    --------
    >>> from skdigits import baseline_grid
    >>> baseline_grid("logistic-regression")
    {'logisticregression__C': [0.01, 0.1, 1.0]}
    """
    return {key: list(values) for key, values in _find(name).grid.items()}


def _find(name: str) -> Baseline:
    """Look up a baseline, or say which names there are or what to install."""
    if name not in BASELINES:
        raise UnknownNameError("baseline", name, baseline_names())
    baseline = BASELINES[name]
    if baseline.library is not None:
        load_library(baseline.library)
    return baseline
