"""MNIST's training images, as the sides want them."""

from __future__ import annotations

import numpy as np

from skdigits import ImageScaler, load_mnist

from ._architecture import SIDE, Architecture


def load_digits(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Load the first n training images, from the start again after 60,000."""
    images, labels = load_mnist(subset="train", return_X_y=True)
    if n <= len(images):
        return images[:n], labels[:n]
    rows = np.arange(n) % len(images)
    return images[rows], labels[rows]


def scale(images: np.ndarray, architecture: Architecture) -> np.ndarray:
    """Scale images to float32, flat."""
    return ImageScaler(feature_range=architecture.feature_range).fit_transform(images)


def scale_to_input(images: np.ndarray, architecture: Architecture) -> np.ndarray:
    """Scale images to float32, flat for an MLP, with one channel at the end for a CNN."""
    X = scale(images, architecture)
    return X.reshape(-1, SIDE, SIDE, 1) if architecture.filters else X
