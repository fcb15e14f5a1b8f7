"""Images for fine-tuning: new ones, and old ones so that the network keeps what it knows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, column_or_1d
from sklearn.utils.validation import check_consistent_length

from .._image import ImageShape, find_image_shape
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


class Start(NamedTuple):
    """A trained network, and the steps before it, if any."""

    steps: Pipeline | None
    network: BaseKerasClassifier

    def prepare(self, X: ArrayLike, y: ArrayLike, which: str = "") -> Labelled:
        """Transform images to what the network takes, and refuse labels that it does not know."""
        y = column_or_1d(y)
        check_consistent_length(X, y)
        known = self.network.classes_.tolist()
        if hasattr(self.network, "outlier_label_"):
            known.append(self.network.outlier_label_)
        unknown = [label for label in np.unique(y).tolist() if label not in known]
        if unknown:
            raise ValueError(
                f"y{which} has labels that the network does not know: {unknown}. It knows "
                f"{known}. Fine-tuning cannot add classes: leave these images out, or train a new "
                "network on the images of all classes."
            )
        return Labelled(np.asarray(X if self.steps is None else self.steps.transform(X)), y)

    def image_shape(self) -> ImageShape | None:
        """Find the image that a sample is; None if it is none, or a very small one."""
        shape = max(self.network.input_shape_, self.network.sample_shape_, key=len)
        found = find_image_shape(shape)
        return found if found is not None and min(found[:2]) >= _LEAST_SIDE else None


def choose_old(
    start: Start,
    X: ArrayLike,
    X_old: ArrayLike | None,
    y_old: ArrayLike | None,
    n_new: int,
    rng: np.random.RandomState,
) -> tuple[Labelled, Labelled]:
    """Sample images that a network was trained on.

    Parameters
    ----------
    start : Start
        The network, and the steps before it.
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
        X_old, y_old = _load_old(start.network, is_flat=getattr(X, "ndim", 3) == 2)
    check_consistent_length(X_old, y_old)
    rows = rng.permutation(len(column_or_1d(y_old)))
    n_checked = min(_N_CHECKED, int(_CHECKED_SHARE * len(rows)))
    rows = rows[: n_checked + max(_N_OLD, n_new)]
    try:
        old = start.prepare(_safe_indexing(X_old, rows), _safe_indexing(y_old, rows), "_old")
        # The network takes them, or says in its own words why not.
        start.network.predict(old.x[:1])
    except ValueError as error:
        if not is_mnist:
            raise
        raise ValueError(
            f"This model does not take MNIST's images ({error}). Pass X_old and y_old: images "
            "that it was trained on, and their labels."
        ) from error
    checked, old = old.take(np.arange(n_checked)), old.take(np.arange(n_checked, len(rows)))
    network = start.network
    if hasattr(network, "outlier_label_") and not (old.y == network.outlier_label_).any():
        old = _with_outliers(start, old, rng)
    return old, checked.take(np.flatnonzero(np.isin(checked.y, network.classes_)))


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


def _with_outliers(start: Start, old: Labelled, rng: np.random.RandomState) -> Labelled:
    """Add images that the network takes for outliers, made from those of the classes."""
    classifier, shape = start.network, start.image_shape()
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
