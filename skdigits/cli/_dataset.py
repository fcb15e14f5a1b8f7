"""The images that the commands train and test on: MNIST's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._typing import AnyArray


def load_training_images(n_samples: int | None, seed: int) -> tuple[AnyArray, AnyArray]:
    """Load the training images, or a sample of them.

    Parameters
    ----------
    n_samples : int or None
        Size of a stratified sample, the value of ``--train-size``; None for all images.
    seed : int
        Seed of the sample.

    Returns
    -------
    X, y : ndarray
        Images and labels.

    Raises
    ------
    ValueError
        If there are fewer images than that.
    """
    from ..datasets import load_mnist
    from ..datasets._mnist_files import SPLITS

    n_available = SPLITS["train"].n_samples
    if n_samples is not None and n_samples > n_available:
        raise ValueError(
            f"--train-size must be at most {n_available}, the number of training images; "
            f"got {n_samples}"
        )
    X, y = load_mnist(subset="train", n_samples=n_samples, return_X_y=True, random_state=seed)
    return X, y


def load_test_images() -> tuple[AnyArray, AnyArray]:
    """Load the test images.

    Returns
    -------
    X, y : ndarray
        Images and labels.
    """
    from ..datasets import load_mnist

    X, y = load_mnist(subset="test", return_X_y=True)
    return X, y
