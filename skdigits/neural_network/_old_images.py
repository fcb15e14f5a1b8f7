"""The images that a network was trained on, which it sees again so that it keeps what it knows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, column_or_1d
from sklearn.utils.validation import check_consistent_length

from .._typing import AnyArray, ArrayLike
from .._warnings import warn_user
from ._base import BaseKerasClassifier

#: Old images that are trained on; more if there are more new ones than that. Many that are seen
#: once keep more of what was known than few that are seen several times.
_N_OLD = 12_000
#: Images of no class that are made for each of them, if the network knows such images.
_OUTLIERS_EACH = 0.5
#: Other old images, on which is checked that nothing has been forgotten, and at most what share
#: of all old images they are.
_N_CHECKED, _CHECKED_SHARE = 4_000, 0.5
#: The least side of an image in pixels.
_LEAST_SIDE = 8


class Labelled(NamedTuple):
    """Samples as the network takes them, and their labels."""

    x: AnyArray
    y: AnyArray

    def take(self, rows: AnyArray) -> Labelled:
        """Take some of them."""
        return Labelled(self.x[rows], self.y[rows])


def choose_old(
    steps: Pipeline | None,
    classifier: BaseKerasClassifier,
    X: ArrayLike,
    X_old: ArrayLike | None,
    y_old: ArrayLike | None,
    n_new: int,
    rng: np.random.RandomState,
) -> tuple[Labelled, Labelled]:
    """Sample images that a network was trained on.

    Parameters
    ----------
    steps : Pipeline or None
        The steps before the network.
    classifier : BaseKerasClassifier
        The network.
    X : array-like or list of ndarray
        New images, whose form MNIST's images get.
    X_old : array-like or list of ndarray
        All old images; None for MNIST's training images.
    y_old : array-like of shape (n_old_samples,)
        Their labels.
    n_new : int
        Number of new images.
    rng : RandomState
        Draws the samples.

    Returns
    -------
    old : Labelled
        Images to train on, and images of no class if the network knows such.
    checked : Labelled
        Others, all of the classes.

    Raises
    ------
    ValueError
        If they are not what the network takes.
    """
    if (X_old is None) != (y_old is None):
        missing = "X_old" if X_old is None else "y_old"
        raise ValueError(f"{missing} is missing: pass both X_old and y_old, or neither.")
    is_mnist = X_old is None
    if is_mnist:
        X_old, y_old = _load_old(classifier, is_flat=getattr(X, "ndim", 3) == 2)
    check_consistent_length(X_old, y_old)
    rows = rng.permutation(len(column_or_1d(y_old)))
    n_checked = min(_N_CHECKED, int(_CHECKED_SHARE * len(rows)))
    rows = rows[: n_checked + max(_N_OLD, n_new)]
    try:
        old = prepare(
            steps, classifier, _safe_indexing(X_old, rows), _safe_indexing(y_old, rows), "_old"
        )
        # The network takes them, or says in its own words why not.
        classifier.predict(old.x[:1])
    except ValueError as error:
        if not is_mnist:
            raise
        raise ValueError(
            f"This model does not take MNIST's images ({error}). Pass X_old and y_old: images "
            "that it was trained on, and their labels."
        ) from error
    checked, old = old.take(np.arange(n_checked)), old.take(np.arange(n_checked, len(rows)))
    if hasattr(classifier, "outlier_label_") and not (old.y == classifier.outlier_label_).any():
        old = _with_outliers(classifier, old, rng)
    return old, checked.take(np.flatnonzero(np.isin(checked.y, classifier.classes_)))


def prepare(
    steps: Pipeline | None, classifier: BaseKerasClassifier, X: ArrayLike, y: ArrayLike, which: str
) -> Labelled:
    """Check labels, and transform images to what the network takes.

    Parameters
    ----------
    steps : Pipeline or None
        The steps before the network.
    classifier : BaseKerasClassifier
        The network.
    X : array-like or list of ndarray
        Images.
    y : array-like of shape (n_samples,)
        Their labels.
    which : str
        What follows the name of y in an error.

    Returns
    -------
    samples : Labelled
        What the network takes.

    Raises
    ------
    ValueError
        If the network does not know a label.
    """
    y = column_or_1d(y)
    check_consistent_length(X, y)
    known = classifier.classes_.tolist()
    if hasattr(classifier, "outlier_label_"):
        known.append(classifier.outlier_label_)
    unknown = [label for label in np.unique(y).tolist() if label not in known]
    if unknown:
        raise ValueError(
            f"y{which} has labels that the network does not know: {unknown}. It knows {known}. "
            "Fine-tuning cannot add classes: leave these images out, or train a new network on "
            "the images of all classes."
        )
    return Labelled(np.asarray(X if steps is None else steps.transform(X)), y)


def _load_old(classifier: BaseKerasClassifier, *, is_flat: bool) -> tuple[AnyArray, AnyArray]:
    """Load MNIST's training images, with labels as the classifier has them."""
    if classifier.classes_.astype(str).tolist() != [str(digit) for digit in range(10)]:
        raise ValueError(
            f"The classes are {classifier.classes_.tolist()}, not the ten digits of MNIST. Pass "
            "X_old and y_old: images that the network was trained on, and their labels. A sample "
            "of them is trained on again, so that the network does not forget them."
        )
    from ..datasets import load_mnist  # readers of pictures, which prediction does not need

    mnist = load_mnist(subset="train")
    return mnist.data if is_flat else mnist.images, classifier.classes_[mnist.target]


def _with_outliers(
    classifier: BaseKerasClassifier, old: Labelled, rng: np.random.RandomState
) -> Labelled:
    """Add images that the network takes for outliers, made from those of the classes."""
    shape = find_image_shape(classifier)
    if shape is None or np.prod(shape) != old.x[0].size:
        warn_user(
            "The network has an outlier_label, but there are no outliers to train on, and none "
            "can be made because the samples are not images. Add outliers to X_old and y_old, or "
            "the network may forget them."
        )
        return old
    images = old.x.reshape(len(old.x), *shape)
    made = _not_digits(images, images[rng.permutation(len(images))], rng)
    made = made[rng.permutation(len(made))].reshape(len(made), *old.x.shape[1:])
    refused = made[classifier.score_samples(made) < classifier.outlier_threshold]
    refused = refused[: int(_OUTLIERS_EACH * len(old.y))]
    labels = np.full(len(refused), classifier.outlier_label_)
    return Labelled(np.concatenate([old.x, refused]), np.concatenate([old.y, labels]))


def find_image_shape(classifier: BaseKerasClassifier) -> tuple[int, ...] | None:
    """Find the shape of the images that a network takes.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        The network.

    Returns
    -------
    shape : tuple of int or None
        Height, width and perhaps channels; None if its samples are no images of a useful size.
    """
    shape: tuple[int, ...] = max(classifier.input_shape_, classifier.sample_shape_, key=len)
    if len(shape) == 1:
        side = round(shape[0] ** 0.5)
        shape = (side, side) if side**2 == shape[0] else (1, *shape)
    return shape if min(shape[:2]) >= _LEAST_SIDE else None


def _not_digits(a: AnyArray, b: AnyArray, rng: np.random.RandomState) -> AnyArray:
    """Cut pairs of images apart and join them, turn them, and lay them over each other."""
    n, height, width = a.shape[:3]
    top, left = height // 2, width // 2
    turns = (1, 2, 3) if height == width else (2,)
    shift = int(rng.randint(width // 8, width // 4 + 1))
    made = [
        np.concatenate([a[:, :top], b[:, top:]], axis=1),
        np.concatenate([a[:, :top], b[:, : height - top]], axis=1),
        np.concatenate([a[:, :, :left], b[:, :, : width - left]], axis=2),
        np.concatenate([a[:, :, ::2], b[:, :, 1::2]], axis=2),
        np.maximum(np.roll(a, -shift, axis=2), np.roll(b, shift, axis=2)),
        np.rot90(a, turns[rng.randint(len(turns))], axes=(1, 2)),
    ]
    return np.concatenate([each[: n // 2] for each in made])
