"""The models that can be compared, by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline

from .._image import Shape
from .._typing import RandomState
from ..baselines import baseline_grid, baseline_names, make_baseline
from ..exceptions import UnknownNameError
from ..neural_network import KerasCNNClassifier, KerasMLPClassifier
from ..preprocessing import ImageScaler


class Contender(NamedTuple):
    """A model of a comparison: its name, an unfitted classifier and a grid.

    Parameters
    ----------
    name : str
        Name in the report.
    estimator : estimator
        An unfitted scikit-learn classifier, usually a Pipeline.
    grid : dict of list
        Its ``param_grid``; empty if there is nothing to search.

    See Also
    --------
    compare : Takes contenders as well as names.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skdigits.comparison import Contender
    >>> Contender("naive-bayes", GaussianNB(), {"var_smoothing": [1e-9, 1e-2]}).name
    'naive-bayes'
    """

    name: str
    estimator: BaseEstimator
    grid: dict[str, list[Any]]


#: The models that are compared by default.
DEFAULT_MODELS = (
    "keras-mlp",
    "keras-cnn",
    "logistic-regression",
    "knn",
    "pca-rbf-svm",
    "random-forest",
    "extra-trees",
    "sklearn-mlp",
)


def model_names() -> list[str]:
    """List the names of the models that can be compared.

    Returns
    -------
    names : list of str
        The Keras networks and the baselines.

    See Also
    --------
    compare : Compares them.

    Examples
    --------
    >>> from skdigits.comparison import model_names
    >>> model_names()[:2]
    ['keras-mlp', 'keras-cnn']
    """
    return ["keras-mlp", "keras-cnn", *baseline_names()]


def find_contenders(
    models: Sequence[str | Contender],
    random_state: RandomState,
    *,
    image_shape: Shape | None = None,
    data_range: tuple[float, float] = (0, 255),
    n_samples: int | None = None,
) -> list[Contender]:
    """Turn names into contenders.

    Parameters
    ----------
    models : sequence of str or Contender
        Names from `model_names`, or contenders of the caller's own.
    random_state : int, RandomState instance or None
        Seed of the models that are given by name.
    image_shape : tuple of int or None, default=None
        Shape of an image, for these models; None for flat samples that form no square.
    data_range : tuple of two numbers, default=(0, 255)
        Lowest and highest value of a pixel, for these models.
    n_samples : int or None, default=None
        Size of the smallest training set in cross-validation, for these models.

    Returns
    -------
    contenders : list of Contender
        One for each, in the same order.

    Raises
    ------
    UnknownNameError
        If a name is unknown; the message lists the names.
    ValueError
        If there is no model, or a name occurs twice.
    """
    contenders = [
        model
        if isinstance(model, Contender)
        else _named(model, random_state, image_shape, data_range, n_samples)
        for model in models
    ]
    names = [contender.name for contender in contenders]
    if not names or len(set(names)) < len(names):
        raise ValueError(
            f"models must contain at least one model, and no name twice; got {names}. "
            f"The names are {model_names()}."
        )
    for name in names:
        if not re.fullmatch(r"[\w.+-][\w .+-]*", name):
            raise ValueError(
                f"The name of a model is also used for its files and may only contain letters, "
                f"digits, spaces, '-', '_', '+' and '.'; got {name!r}."
            )
    return contenders


def _named(
    name: str,
    random_state: RandomState,
    image_shape: Shape | None,
    data_range: tuple[float, float],
    n_samples: int | None,
) -> Contender:
    """Find the contender of a name."""
    if name == "keras-mlp":
        network = KerasMLPClassifier(
            dropout=0.3,
            batch_size=64,
            epochs=10,
            learning_rate=0.003,
            learning_rate_schedule="one_cycle",
            random_state=random_state,
        )
        # Whether a second layer helps depends on the number of samples.
        grid: dict[str, list[Any]] = {
            "kerasmlpclassifier__hidden_layer_sizes": [(512,), (512, 512)]
        }
        return Contender(name, make_pipeline(ImageScaler(data_range=data_range), network), grid)
    if name == "keras-cnn":
        convolutional = KerasCNNClassifier(
            filters=(16, 32),
            batch_size=64,
            epochs=8,
            learning_rate=0.003,
            learning_rate_schedule="one_cycle",
            random_state=random_state,
        )
        # So does how much dropout the dense layers need against overfitting.
        grid = {"kerascnnclassifier__dropout": [0.0, 0.4]}
        scaler = ImageScaler(output_shape=image_shape or "image", data_range=data_range)
        return Contender(name, make_pipeline(scaler, convolutional), grid)
    try:
        baseline = make_baseline(
            name, image_shape=image_shape, data_range=data_range, random_state=random_state
        )
        return Contender(
            name, baseline, baseline_grid(name, image_shape=image_shape, n_samples=n_samples)
        )
    except UnknownNameError:
        raise UnknownNameError("model", name, model_names()) from None
