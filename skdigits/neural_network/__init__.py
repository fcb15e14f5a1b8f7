"""Keras networks that are scikit-learn classifiers."""

from ._augmentation import ImageAugmentation
from ._base import BaseKerasClassifier
from ._cnn import KerasCNNClassifier
from ._mlp import KerasMLPClassifier

__all__ = [
    "BaseKerasClassifier",
    "ImageAugmentation",
    "KerasCNNClassifier",
    "KerasMLPClassifier",
]
