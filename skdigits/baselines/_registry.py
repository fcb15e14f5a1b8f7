"""Baselines by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from sklearn.pipeline import Pipeline

from .._image import check_image_shape
from .._typing import RandomState
from ..exceptions import UnknownNameError
from ._classifiers import BASELINES, Baseline, BaselineImages, adapt_grid, load_library


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


def make_baseline(
    name: str,
    *,
    image_shape: Sequence[int] | None = None,
    data_range: tuple[float, float] = (0, 255),
    random_state: RandomState = None,
) -> Pipeline:
    """Make the unfitted Pipeline of a classic classifier.

    Parameters
    ----------
    name : str
        One of `baseline_names`.
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)`` of the images. If None, flat
        samples are treated as square images, and the width of kernels suits MNIST's.
    data_range : tuple of two numbers, default=(0, 255)
        Lowest and highest value that a pixel can have.
    random_state : int, RandomState instance or None, default=None
        Seed of the classifier, if it has one.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        An `ImageScaler` and the classifier. Classifiers with a number of threads use
        one.

    Raises
    ------
    UnknownNameError
        If there is no such baseline; the message lists the names.
    ValueError
        If ``image_shape`` is not the shape of an image.
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
    baseline = _find(name)
    return baseline.make(random_state, _describe_images(image_shape, data_range))


def baseline_grid(
    name: str, *, image_shape: Sequence[int] | None = None, n_samples: int | None = None
) -> dict[str, list[Any]]:
    """Return the parameter grid of a baseline.

    Parameters
    ----------
    name : str
        One of `baseline_names`.
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)`` of the images; None for
        MNIST's. The fewer pixels, the wider the kernels and the fewer components.
    n_samples : int, default=None
        Number of samples that each candidate is trained on, which limits the number of
        components and neighbours; None if there are more than enough. With
        cross-validation, pass the size of the smallest training set.

    Returns
    -------
    grid : dict of list
        A ``param_grid`` for `sklearn.model_selection.GridSearchCV` and the Pipeline
        of `make_baseline`; a new dict in each call.

    Raises
    ------
    UnknownNameError
        If there is no such baseline; the message lists the names.
    ValueError
        If ``image_shape`` is not the shape of an image.
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
    return adapt_grid(_find(name).grid, _describe_images(image_shape), n_samples)


def _describe_images(
    image_shape: Sequence[int] | None, data_range: tuple[float, float] = (0, 255)
) -> BaselineImages:
    """Check the shape of images."""
    check_image_shape(image_shape)
    shape = None if image_shape is None else tuple(int(side) for side in image_shape)
    return BaselineImages(shape, data_range)


def _find(name: str) -> Baseline:
    """Look up a baseline, or say which names there are or what to install."""
    if name not in BASELINES:
        raise UnknownNameError("baseline", name, baseline_names())
    baseline = BASELINES[name]
    if baseline.library is not None:
        load_library(baseline.library)
    return baseline
