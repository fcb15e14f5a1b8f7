"""The comparison: the same folds for every model, and the test samples only once at the end."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, check_consistent_length, check_random_state

from .._image import ImageShape, find_image_shape, put_channels_last
from .._plurals import counted
from .._typing import ArrayLike, RandomState
from .._warnings import warn_user
from ..neural_network import BaseKerasClassifier
from ._finals import test_finalists, train_finalists
from ._folder import ComparisonFolder, DamagedFolderWarning, open_folder
from ._models import DEFAULT_MODELS, Contender, find_contenders
from ._report import ComparisonReport
from ._results import make_report
from ._schedule import ProgressListener, Schedule
from ._search import SearchKind, SearchPlan, SearchResult, request_known, search_model
from ._setting import describe_setting, library_versions
from ._sources import find_sources
from ._tasks import LabelledSamples
from ._workers import Workers, dask_workers, local_workers


def compare(
    X: ArrayLike,
    y: ArrayLike,
    *,
    X_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    models: Sequence[str | Contender] = DEFAULT_MODELS,
    folds: int = 3,
    search: SearchKind = "grid",
    n_candidates: int = 10,
    time_limit: float | None = None,
    folder: str | Path | None = None,
    n_jobs: int | None = None,
    client: Any = None,
    random_state: RandomState = None,
    data_range: tuple[float, float] = (0, 255),
    dataset: str | None = None,
    test_dataset: str | None = None,
    progress: ProgressListener | None = None,
) -> ComparisonReport:
    """Search the best parameters of several models on the same folds and compare the models.

    Each model goes through the same scikit-learn search on the same shuffled, stratified
    folds. The model with the best cross-validated accuracy wins. Test samples are used
    once, after every choice has been made: for the error of each model, its confidence
    interval, and a test of its difference from the winner.

    Every fit computes on one core, and each worker runs one fit at a time. So the same
    seed gives the same scores with any number of workers, on this machine or on a
    cluster; only the times differ.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
            (n_samples, height, width, channels)
        Training images. The models of `model_names` adapt to their shape.
    y : array-like of shape (n_samples,)
        Their labels.
    X_test : array-like, default=None
        Test images. If None, there are no test errors.
    y_test : array-like, default=None
        Their labels.
    models : sequence of str or Contender, default=DEFAULT_MODELS
        Names from `model_names`, or contenders of your own. The default is the Keras
        networks and a selection of the baselines.
    folds : int, default=3
        Number of folds, at least 2.
    search : {"grid", "halving", "random"}, default="grid"
        "grid" scores each candidate of a model's grid on all samples (`GridSearchCV`).
        "halving" scores all candidates on few samples and the better ones on more
        (`HalvingGridSearchCV`). "random" scores candidates sampled from the grid
        (`RandomizedSearchCV`).
    n_candidates : int, default=10
        Maximum number of candidates in a random search.
    time_limit : float or None, default=None
        Seconds of computation for the search of each model, summed over all workers.
        When they are used up, no further fit starts; running fits are finished.
        The remaining candidates are left out, and the report says so.
    folder : str, pathlib.Path or None, default=None
        Folder in which every finished fit is saved immediately. If the comparison is
        interrupted, call it again with the same arguments and folder, and it resumes.
        The code of your own classes and functions must be the same too. The trained
        models in the folder are pickles: only reuse a folder that you trust.
        None to save nothing.
    n_jobs : int or None, default=None
        Number of processes on this machine, as in joblib: None means one, -1 means
        one per core.
    client : dask.distributed.Client or None, default=None
        A cluster to use instead of processes on this machine.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds, the models and the search. If None, the seed that is stored
        in the folder, or a new one at each call.
    data_range : tuple of two numbers, default=(0, 255)
        Lowest and highest value that a pixel can have, for the models of `model_names`.
    dataset : str, default=None
        Name of the data set, for the report.
    test_dataset : str, default=None
        Where the test images are from, for the report, such as ``"20% held out"``.
    progress : callable, default=None
        Called with a `ComparisonProgress` whenever a step is finished.

    Returns
    -------
    report : ComparisonReport
        The results, best first, and the fitted winner.

    Raises
    ------
    ValueError
        If a model is unknown, a class has too few samples, a sample is not finite, or no
        candidate of any model could be trained.
    FolderInUseError
        If another run is using the folder.
    FolderMismatchError
        If the folder holds another comparison, or its configuration cannot be read.
    OSError
        If the folder cannot be locked or written to, is deleted, or the disk is full.
        Finished fits are kept.
    WorkerDiedError
        If a worker process dies. Finished fits are kept.

    Warns
    -----
    UserWarning
        If files in the folder are damaged, for example by a power cut. Their contents are
        computed again.

    See Also
    --------
    model_names : Lists the models.
    ComparisonReport : The report.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdigits.comparison import compare
    >>> X, y = load_digits(return_X_y=True)
    >>> report = compare(
    ...     X[:500], y[:500], models=["knn", "dummy"], folds=2, random_state=0, data_range=(0, 16)
    ... )
    >>> [result.model for result in report.results]
    ['knn', 'dummy']
    """
    samples = _check_samples(X, y, folds)
    test = _check_test_samples(X_test, y_test, samples)
    with _folder(folder) as kept:
        seed = _choose_seed(random_state, kept.stored_configuration())
        plan = SearchPlan(search, folds, n_candidates, seed)
        contenders = find_contenders(
            models,
            seed,
            image_shape=_find_image_shape(samples.X),
            data_range=data_range,
            n_samples=min(len(train) for train, _ in plan.folds.split(samples.y, samples.y)),
        )
        kept.configure(_configuration(samples, test, contenders, plan))
        _warn_of_damage(kept)
        with _workers(client, n_jobs, samples, kept, contenders) as workers:
            found = _search_all(contenders, plan, samples, workers, kept, time_limit, progress)
            finalists, failures = train_finalists(found, workers, kept, progress)
            predictions = test_finalists(finalists, test, workers.executor, kept, progress)
        setting = describe_setting(samples, test, plan, time_limit, workers.n_workers)
    if test is not None and test_dataset is not None:
        setting["Test samples"] += f": {test_dataset}"
    if dataset is not None:
        setting = {"Data set": dataset} | setting
    return make_report(finalists, predictions, test, failures, setting)


def _find_image_shape(X: ArrayLike) -> ImageShape | None:
    """Find the shape of the images, with channels last; None if flat samples form no square."""
    shape = np.shape(X)[1:]
    if len(shape) == 3:
        shape = put_channels_last(np.empty((1, *shape), np.uint8)).shape[1:]
    return find_image_shape(shape) if 1 <= len(shape) <= 3 else None


def _check_samples(X: ArrayLike, y: ArrayLike, folds: int) -> LabelledSamples:
    """Refuse samples that cannot be split into stratified folds."""
    check_consistent_length(X, y)
    check_array(X, allow_nd=True, dtype=None, input_name="X")
    labels = np.asarray(y)
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise ValueError(
            f"y has only one class, {classes.tolist()}; pass samples of at least two classes."
        )
    if counts.min() < folds:
        raise ValueError(
            f"Class {classes.tolist()[counts.argmin()]!r} has {counted(counts.min(), 'sample')}, "
            f"fewer than the {folds} folds. Pass more samples of this class, or use fewer folds."
        )
    return LabelledSamples(X, labels)


def _check_test_samples(
    X_test: ArrayLike | None, y_test: ArrayLike | None, samples: LabelledSamples
) -> LabelledSamples | None:
    """Refuse wrong test samples now rather than after hours of search."""
    if X_test is None and y_test is None:
        return None
    if X_test is None or y_test is None:
        raise ValueError("X_test and y_test belong together. Pass both or neither.")
    check_consistent_length(X_test, y_test)
    checked = check_array(X_test, allow_nd=True, dtype=None, input_name="X_test")
    if checked.shape[1:] != np.shape(samples.X)[1:]:
        raise ValueError(
            f"The samples of X_test must have the same shape as those of X, "
            f"{np.shape(samples.X)[1:]}, got {checked.shape[1:]}."
        )
    labels = np.asarray(y_test)
    unknown = np.setdiff1d(labels, samples.y)
    if len(unknown):
        raise ValueError(f"y_test contains labels that do not occur in y: {unknown.tolist()}.")
    return LabelledSamples(X_test, labels)


@contextmanager
def _folder(folder: str | Path | None) -> Iterator[ComparisonFolder]:
    """Open the folder, or a temporary one."""
    if folder is not None:
        with open_folder(Path(folder)) as kept:
            yield kept
        return
    with (
        tempfile.TemporaryDirectory() as temporary,
        open_folder(Path(temporary), is_kept=False) as kept,
    ):
        yield kept


def _warn_of_damage(kept: ComparisonFolder) -> None:
    """Warn in one line of results that have to be computed again."""
    damaged = kept.find_damaged()
    if damaged:
        others = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        files = f"files in {kept.path} are" if others else f"file in {kept.path} is"
        warn_user(
            f"{len(damaged)} {files} damaged ({damaged[0]}{others}); "
            f"{'their' if others else 'its'} contents are computed again.",
            DamagedFolderWarning,
        )


def _choose_seed(random_state: RandomState, stored: Mapping[str, Any] | None) -> int:
    """Choose the seed, or take the one that an earlier run has chosen."""
    if random_state is None and stored is not None:
        return int(stored["seed"])
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _configuration(
    samples: LabelledSamples,
    test: LabelledSamples | None,
    contenders: Sequence[Contender],
    plan: SearchPlan,
) -> dict[str, Any]:
    """Describe everything that must be the same for two runs to give the same results."""
    return {
        "samples": joblib.hash(tuple(samples)),
        "test samples": None if test is None else joblib.hash(tuple(test)),
        "models": {
            name: joblib.hash((estimator, grid, find_sources(estimator, grid)))
            for name, estimator, grid in contenders
        },
        "folds": plan.n_folds,
        "search": plan.kind,
        "candidates of a random search": plan.n_candidates if plan.kind == "random" else None,
        "seed": plan.seed,
        "versions": library_versions(),
    }


def _workers(
    client: Any,
    n_jobs: int | None,
    samples: LabelledSamples,
    kept: ComparisonFolder,
    contenders: Sequence[Contender],
) -> contextlib.AbstractContextManager[Workers]:
    """Start the workers."""
    if client is not None:
        return dask_workers(client, samples)
    networks = any(_is_network(contender) for contender in contenders)
    return local_workers(n_jobs, kept.write_samples(samples), load_networks=networks)


def _is_network(contender: Contender) -> bool:
    estimator = contender.estimator
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return isinstance(last, BaseKerasClassifier)


def _search_all(
    contenders: Sequence[Contender],
    plan: SearchPlan,
    samples: LabelledSamples,
    workers: Workers,
    kept: ComparisonFolder,
    time_limit: float | None,
    progress: ProgressListener | None,
) -> list[tuple[Contender, SearchResult]]:
    """Search each model; idle workers start with the next while the last fits of one run."""
    schedule = Schedule(workers, kept, time_limit, progress)
    for contender in contenders:
        request_known(contender, plan, samples.y, schedule)
    return [
        (contender, search_model(contender, plan, samples.y, schedule)) for contender in contenders
    ]
