"""The classic classifiers: each has a Pipeline, a grid and the reason for the grid."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC, LinearSVC

from .._optional import import_optional
from .._typing import RandomState
from ..preprocessing import Deskewer, ImageScaler

#: Values of an image of MNIST, for which the grids were chosen.
_MNIST_PIXELS = 784


class BaselineImages(NamedTuple):
    """What a baseline needs to know of the images: their shape, None for MNIST's, and range."""

    shape: tuple[int, ...] | None = None
    data_range: tuple[float, float] = (0, 255)

    @property
    def gamma_factor(self) -> float:
        """Factor for the width of an RBF kernel: squared distances grow with the pixels."""
        return _MNIST_PIXELS / self.n_pixels

    @property
    def n_pixels(self) -> int:
        """Number of values of an image."""
        return _MNIST_PIXELS if self.shape is None else math.prod(self.shape)


class Baseline(NamedTuple):
    """A classic classifier: how to make it, its grid and the reason for it, and its library."""

    make: Callable[[RandomState, BaselineImages], Pipeline]
    grid: dict[str, list[Any]]
    reason: str
    library: str | None = None


def load_library(name: str) -> ModuleType:
    """Import an optional library for boosted trees, or say how to install it."""
    return import_optional(name, extra="boosting", purpose=f"The baseline {name!r}")


def _scaled(images: BaselineImages, *steps: Any) -> Pipeline:
    """Make a Pipeline that scales the pixels to [0, 1] first."""
    return make_pipeline(ImageScaler(data_range=images.data_range), *steps)


def adapt_grid(
    grid: dict[str, list[Any]], images: BaselineImages, n_samples: int | None
) -> dict[str, list[Any]]:
    """Adapt a grid to the number of values of an image, and to that of the samples."""
    n_at_most = math.inf if n_samples is None else n_samples
    adapted = {}
    for name, values in grid.items():
        if name == "pca__n_components":
            adapted[name] = sorted({min(n, images.n_pixels, n_at_most) for n in values})
        elif name.endswith("__n_neighbors"):
            adapted[name] = sorted({min(n, n_at_most) for n in values})
        elif name.endswith("__gamma"):
            adapted[name] = [
                value if isinstance(value, str) else value * images.gamma_factor
                for value in values
            ]
        else:
            adapted[name] = list(values)
    return adapted


def _lightgbm(seed: RandomState, images: BaselineImages) -> Pipeline:
    """Make LightGBM's classifier: silent, on one thread, and deterministic."""
    classifier = load_library("lightgbm").LGBMClassifier(
        learning_rate=0.2,
        colsample_bytree=0.3,
        n_jobs=1,
        verbosity=-1,
        deterministic=True,
        force_col_wise=True,
        random_state=seed,
    )
    return _scaled(images, classifier)


def _xgboost(seed: RandomState, images: BaselineImages) -> Pipeline:
    """Make XGBoost's classifier, on one thread, for labels of any kind."""
    classifier = load_library("xgboost").XGBClassifier(
        colsample_bytree=0.3, n_jobs=1, random_state=seed
    )
    # XGBoost only takes the labels 0 to n - 1; a VotingClassifier encodes and decodes labels.
    return _scaled(images, VotingClassifier([("xgboost", classifier)], voting="soft"))


BASELINES = {
    "dummy": Baseline(
        lambda seed, images: _scaled(images, DummyClassifier(random_state=seed)),
        {},
        "Nothing to search: it shows the error of a model that ignores the image.",
    ),
    "logistic-regression": Baseline(
        lambda seed, images: _scaled(
            images, LogisticRegression(max_iter=300, tol=1e-3, random_state=seed)
        ),
        {"logisticregression__C": [0.01, 0.1, 1.0]},
        "A weight per pixel and class overfits small samples, so only stronger penalties than 1 "
        "help.",
    ),
    "linear-svm": Baseline(
        lambda seed, images: _scaled(
            images, LinearSVC(tol=1e-3, max_iter=5000, random_state=seed)
        ),
        {"linearsvc__C": [0.003, 0.01, 0.1]},
        "As for logistic regression; the hinge loss needs an even stronger penalty.",
    ),
    "rbf-svm": Baseline(
        lambda seed, images: _scaled(images, SVC(C=10.0, random_state=seed)),
        {"svc__gamma": ["scale", 0.03]},
        "The width of the kernel matters most. The published error of 1.4% was reached with C "
        "near 10, and a larger C changes nothing once all training samples are correct.",
    ),
    "pca-rbf-svm": Baseline(
        lambda seed, images: _scaled(images, PCA(random_state=seed), SVC(random_state=seed)),
        {"pca__n_components": [40, 80], "svc__C": [3.0, 10.0]},
        "40 to 80 components keep the strokes and remove the noise at their edges.",
    ),
    "nystroem-svm": Baseline(
        lambda seed, images: _scaled(
            images,
            Nystroem(gamma=0.02 * images.gamma_factor, n_components=800, random_state=seed),
            LinearSVC(tol=1e-3, random_state=seed),
        ),
        {"nystroem__gamma": [0.01, 0.02], "linearsvc__C": [1.0, 10.0]},
        "An RBF kernel in 800 dimensions; its width matters as for the exact kernel.",
    ),
    "knn": Baseline(
        lambda seed, images: _scaled(
            images, KNeighborsClassifier(algorithm="brute", weights="distance")
        ),
        {"kneighborsclassifier__n_neighbors": [1, 3, 5]},
        "Few neighbours are best. In hundreds of dimensions brute force is as fast as a tree.",
    ),
    "knn-deskewed": Baseline(
        # Before the scaling, which flattens the images.
        lambda seed, images: make_pipeline(
            Deskewer(image_shape=images.shape),
            ImageScaler(data_range=images.data_range),
            KNeighborsClassifier(algorithm="brute", weights="distance"),
        ),
        {"kneighborsclassifier__n_neighbors": [3, 5]},
        "Of 1 to 7 neighbours, 3 or 5 give the smallest error.",
    ),
    "random-forest": Baseline(
        lambda seed, images: _scaled(
            images, RandomForestClassifier(n_estimators=100, random_state=seed)
        ),
        {"randomforestclassifier__max_features": ["sqrt", 0.1]},
        "More trees never harm, but the number of pixels that a split may choose from matters.",
    ),
    "extra-trees": Baseline(
        lambda seed, images: _scaled(
            images, ExtraTreesClassifier(n_estimators=100, random_state=seed)
        ),
        {"extratreesclassifier__max_features": ["sqrt", 0.1]},
        "As for the random forest.",
    ),
    "hist-gradient-boosting": Baseline(
        lambda seed, images: _scaled(
            images, HistGradientBoostingClassifier(max_iter=100, random_state=seed)
        ),
        {"histgradientboostingclassifier__learning_rate": [0.1, 0.2]},
        "100 iterations are too few at 0.1 for large samples, and too many at 0.2 for small ones.",
    ),
    "sklearn-mlp": Baseline(
        lambda seed, images: _scaled(
            images, MLPClassifier(early_stopping=True, n_iter_no_change=5, random_state=seed)
        ),
        {
            "mlpclassifier__hidden_layer_sizes": [(100,), (100, 100)],
            "mlpclassifier__alpha": [1e-4, 1e-2],
        },
        "The sizes of scikit-learn's own MNIST benchmark, with and without weight decay.",
    ),
    "lightgbm": Baseline(
        _lightgbm,
        {"lgbmclassifier__colsample_bytree": [0.1, 0.3]},
        "A third of the pixels per tree is better than all; for small samples a tenth is enough.",
        library="lightgbm",
    ),
    "xgboost": Baseline(
        _xgboost,
        {"votingclassifier__xgboost__colsample_bytree": [0.1, 0.3]},
        "As for LightGBM: a third of the pixels is best; a tenth is faster and almost as good.",
        library="xgboost",
    ),
}
