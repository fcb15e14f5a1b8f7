"""Keras networks that are scikit-learn classifiers."""

from ._base import BaseKerasClassifier
from ._cnn import KerasCNNClassifier
from ._fine_tuning import fine_tune
from ._mlp import KerasMLPClassifier
from ._network_classifier import KerasNetworkClassifier
from .augmentation import ImageAugmentation

__all__ = [
    "BaseKerasClassifier",
    "ImageAugmentation",
    "KerasCNNClassifier",
    "KerasMLPClassifier",
    "KerasNetworkClassifier",
    "fine_tune",
]
