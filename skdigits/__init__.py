"""Keras networks for handwritten digits that are real scikit-learn estimators.

==============================  ==================================================
`skdigits.datasets`             MNIST, as part of the package; a reader of IDX files
`skdigits.preprocessing`        frame, reshape, scale and straighten images
`skdigits.images`               read pictures, find and predict the digits on them
`skdigits.neural_network`       Keras MLP and CNN classifiers, and their base class
`skdigits.baselines`            classic classifiers as ready Pipelines, with grids
`skdigits.recipes`              published models and our own as ready Pipelines
`skdigits.prediction`           predictions for many samples, batch by batch
`skdigits.pretrained`           trained Pipelines, as part of the package
`skdigits.persistence`          model files that run no code when they are loaded
`skdigits.export`               ONNX files, for programs in other languages
`skdigits.comparison`           comparisons of several models on the same folds
`skdigits.inspection`           plots of digits, networks, training and comparisons
`skdigits.exceptions`           the errors that the package defines
==============================  ==================================================

The most frequently used names can be imported from here. Importing the package
loads neither TensorFlow nor matplotlib; they are loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import _forked as _forked  # notes forks from here on
from . import _skl2onnx_hook

if TYPE_CHECKING:
    from .baselines import baseline_grid, baseline_names, make_baseline
    from .comparison import ComparisonReport, compare
    from .datasets import load_images, load_mnist, read_idx
    from .images import predict_digits, read_image, segment_digits
    from .inspection import (
        ComparisonDisplay,
        DigitGridDisplay,
        DigitPredictionsDisplay,
        FiltersDisplay,
        LearningCurveDisplay,
        MisclassifiedDisplay,
        NormalizationDisplay,
        OcclusionDisplay,
        occlusion_map,
    )
    from .neural_network import (
        BaseKerasClassifier,
        ImageAugmentation,
        KerasCNNClassifier,
        KerasMLPClassifier,
        KerasNetworkClassifier,
        fine_tune,
    )
    from .persistence import load_model, save_model
    from .prediction import predict_in_batches
    from .preprocessing import Deskewer, ImageScaler, MNISTNormalizer
    from .pretrained import load_pretrained, pretrained_names
    from .recipes import describe_recipe, make_recipe, recipe_names

__version__ = "0.1.0"

_HOMES = {
    "BaseKerasClassifier": "neural_network",
    "ComparisonDisplay": "inspection",
    "ComparisonReport": "comparison",
    "Deskewer": "preprocessing",
    "DigitGridDisplay": "inspection",
    "DigitPredictionsDisplay": "inspection",
    "FiltersDisplay": "inspection",
    "ImageAugmentation": "neural_network",
    "ImageScaler": "preprocessing",
    "KerasCNNClassifier": "neural_network",
    "KerasMLPClassifier": "neural_network",
    "KerasNetworkClassifier": "neural_network",
    "LearningCurveDisplay": "inspection",
    "MNISTNormalizer": "preprocessing",
    "MisclassifiedDisplay": "inspection",
    "NormalizationDisplay": "inspection",
    "OcclusionDisplay": "inspection",
    "baseline_grid": "baselines",
    "baseline_names": "baselines",
    "compare": "comparison",
    "describe_recipe": "recipes",
    "fine_tune": "neural_network",
    "load_images": "datasets",
    "load_mnist": "datasets",
    "load_model": "persistence",
    "load_pretrained": "pretrained",
    "make_baseline": "baselines",
    "make_recipe": "recipes",
    "occlusion_map": "inspection",
    "predict_digits": "images",
    "predict_in_batches": "prediction",
    "pretrained_names": "pretrained",
    "read_idx": "datasets",
    "read_image": "images",
    "recipe_names": "recipes",
    "save_model": "persistence",
    "segment_digits": "images",
}

__all__ = [
    "BaseKerasClassifier",
    "ComparisonDisplay",
    "ComparisonReport",
    "Deskewer",
    "DigitGridDisplay",
    "DigitPredictionsDisplay",
    "FiltersDisplay",
    "ImageAugmentation",
    "ImageScaler",
    "KerasCNNClassifier",
    "KerasMLPClassifier",
    "KerasNetworkClassifier",
    "LearningCurveDisplay",
    "MNISTNormalizer",
    "MisclassifiedDisplay",
    "NormalizationDisplay",
    "OcclusionDisplay",
    "__version__",
    "baseline_grid",
    "baseline_names",
    "compare",
    "describe_recipe",
    "fine_tune",
    "load_images",
    "load_mnist",
    "load_model",
    "load_pretrained",
    "make_baseline",
    "make_recipe",
    "occlusion_map",
    "predict_digits",
    "predict_in_batches",
    "pretrained_names",
    "read_idx",
    "read_image",
    "recipe_names",
    "save_model",
    "segment_digits",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first access."""
    if name not in _HOMES:
        raise AttributeError(f"module 'skdigits' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(__all__) | set(globals()))


# Last, because what it registers may be imported at once.
_skl2onnx_hook.install()
