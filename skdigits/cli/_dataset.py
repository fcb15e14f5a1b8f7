"""The images that the commands train and test on: MNIST's, or the user's own."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .._plurals import counted
from ._data_options import check_data_options, reading_parameters

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from .._typing import AnyArray, Classifier

#: So many unknown labels are named in an error, and so many bytes of a digest are kept.
_MOST_NAMED, _DIGEST_BYTES = 5, 6


class DataSet(NamedTuple):
    """Images to train on and images to test on.

    Parameters
    ----------
    name : str
        What to call the data set.
    X, y : ndarray
        Images to train on, flat if they are grey squares, and their labels.
    X_test, y_test : ndarray
        Images to test on, and their labels.
    test_name : str
        Where the images to test on are from.
    image_shape : tuple of int
        Shape of an image.
    data_range : tuple of int
        Lowest and highest value of a pixel.
    digest : str or None
        Tells the user's own images from others; None for MNIST.
    """

    name: str
    X: AnyArray
    y: AnyArray
    X_test: AnyArray
    y_test: AnyArray
    test_name: str
    image_shape: tuple[int, ...] = (28, 28)
    data_range: tuple[int, int] = (0, 255)
    digest: str | None = None

    def describe(self) -> str:
        """Describe the data set in one line."""
        import numpy as np

        height, width, *channels = self.image_shape
        size = f"{height} x {width} pixels{' in colour' if channels else ''}"
        test = f"{counted(len(self.X_test), 'test image')} ({self.test_name})"
        n_classes = len(np.unique(self.y))
        return f"{self.name}: {len(self.X):,} training images, {test}, {n_classes} classes, {size}"


def load_data(
    options: argparse.Namespace, n_samples: int | None, *, at_most: int | None = None
) -> DataSet:
    """Load the images to train and test on.

    Parameters
    ----------
    options : argparse.Namespace
        Parsed options, with those of `add_data_options`.
    n_samples : int or None
        Size of a stratified sample of the training images, the value of ``--train-size``;
        None for all images.
    at_most : int or None, default=None
        The size if ``--train-size`` is not given, where there are that many images.

    Returns
    -------
    dataset : DataSet
        The images.

    Raises
    ------
    ValueError
        If they cannot be used.
    """
    check_data_options(options)
    dataset = _load_mnist() if options.data is None else _load_own(options)
    n_available = len(dataset.X)
    if n_samples is not None and n_samples > n_available:
        raise ValueError(
            f"--train-size must be at most {n_available}, the number of training images; "
            f"got {n_samples}"
        )
    wanted = n_samples or min(at_most or n_available, n_available)
    return dataset if wanted == n_available else _sample(dataset, wanted, options.seed)


def _load_mnist() -> DataSet:
    """Load MNIST."""
    from ..datasets import load_mnist

    X, y = load_mnist(subset="train", return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    return DataSet("MNIST", X, y, X_test, y_test, "its test images")


def _sample(dataset: DataSet, n_samples: int, seed: int) -> DataSet:
    """Take a stratified sample of the training images."""
    import numpy as np

    from ..datasets._sampling import stratified_rows

    if n_samples < len(np.unique(dataset.y)):
        raise ValueError(
            f"--train-size must be at least {len(np.unique(dataset.y))}, the number of classes; "
            f"got {n_samples}"
        )
    rows = stratified_rows(dataset.y, n_samples, np.random.RandomState(seed))
    return dataset._replace(X=dataset.X[rows], y=dataset.y[rows])


def _load_own(options: argparse.Namespace) -> DataSet:
    """Load images of the user's own, and hold out some of them unless there are test images."""
    from ..datasets._sampling import hold_out

    name = name_of(options.data)
    has_test_part = is_divided(options.data, options)
    bunch = _load(options.data, options, "train" if has_test_part else "all")
    shape, data_range = bunch.images.shape[1:], bunch.data_range
    X, y = _choose_form(bunch), bunch.target
    del bunch
    if options.test_data is None and not has_test_part:
        X, y, X_test, y_test = hold_out(X, y, options.test_size, options.seed)
        test_name = describe_held_out(options)
    else:
        path = options.test_data or options.data
        subset = "test" if is_divided(path, options) else "all"
        test = _load(path, options, subset, one_class=True)
        X_test, y_test = _choose_form(test), as_labels(test.target, y, path)
        test_name = "its test part" if options.test_data is None else name_of(path)
        _check_same_kind(test, shape, data_range, path)
    dataset = DataSet(name, X, y, X_test, y_test, test_name, shape, data_range)
    return dataset._replace(digest=_digest(dataset))


class TestSet(NamedTuple):
    """Images to test on.

    Parameters
    ----------
    name : str or None
        Where they are from; None for MNIST.
    X : ndarray or list of ndarray
        The images.
    y : ndarray
        Their labels.
    """

    name: str | None
    X: Any
    y: AnyArray


def load_test_data(options: argparse.Namespace, model: Classifier) -> TestSet:
    """Load the images to score a trained model on.

    Parameters
    ----------
    options : argparse.Namespace
        Parsed options, with those of `add_data_options`.
    model : classifier
        The model. If it frames pictures itself, each keeps its own size.

    Returns
    -------
    test : TestSet
        The images.

    Raises
    ------
    ValueError
        If the model cannot predict them.
    """
    from sklearn.utils import _safe_indexing

    from ..datasets._sampling import held_out_rows

    if options.data is None and options.test_data is None:
        check_data_options(options)
        return TestSet(None, *load_mnist_for(model))
    path = options.test_data or options.data
    images, labels = load_part(model, path, options, "test")
    name = name_of(path)
    if options.test_data is None and not is_divided(path, options):
        _, rows = held_out_rows(labels, options.test_size, options.seed)
        images, labels = _safe_indexing(images, rows), labels[rows]
        name += f", {describe_held_out(options)}"
    return TestSet(name, images, labels)


def load_mnist_for(model: Classifier) -> tuple[AnyArray, AnyArray]:
    """Load MNIST's test images, with labels of the type that a model has.

    Parameters
    ----------
    model : classifier
        The model.

    Returns
    -------
    X, y : ndarray
        The images, flat, and their labels.

    Raises
    ------
    ValueError
        If it was trained on images of other classes or of another size.
    """
    import numpy as np

    from ..datasets import load_mnist

    X, y = load_mnist(subset="test", return_X_y=True)
    classes = getattr(model, "classes_", y)
    is_new = len(np.setdiff1d(y.astype(str), classes.astype(str))) > 0
    if is_new or getattr(model, "n_features_in_", X.shape[1]) != X.shape[1]:
        raise ValueError(
            "the model was trained on images of other classes or of another size than MNIST's. "
            "Pass the images to test it on with --data or --test-data"
        )
    return X, y.astype(str) if classes.dtype.kind in "UO" else y


def load_part(
    model: Classifier, path: Path, options: argparse.Namespace, part: str
) -> tuple[Any, AnyArray]:
    """Load a part of a data set, or all of it if it has no parts, in the form that a model takes.

    Parameters
    ----------
    model : classifier
        The model. If it frames pictures itself, each keeps its own size.
    path : pathlib.Path
        Where the images are.
    options : argparse.Namespace
        Parsed options, with those of `add_reading_options`.
    part : {"train", "test"}
        The part.

    Returns
    -------
    X : ndarray or list of ndarray
        The images.
    y : ndarray
        Their labels, of the type that the model has.

    Raises
    ------
    ValueError
        If the model cannot predict them, or knows other labels.
    """
    from ..datasets._load_images import read_pictures
    from ..images._classify import takes_any_size

    subset = part if is_divided(path, options) else "all"
    if takes_any_size(model) and not any(reading_parameters(options).values()):
        images: Any
        images, labels = read_pictures(path, subset=subset)
    else:
        bunch = _load(path, options, subset, one_class=True)
        check_n_values(model, bunch, path)
        images, labels = _choose_form(bunch), bunch.target
    known = getattr(model, "classes_", None)
    return images, labels if known is None else as_labels(labels, known, path)


def check_n_values(model: Classifier, bunch: Bunch, path: Path) -> None:
    """Refuse images of another size than a model takes.

    Parameters
    ----------
    model : classifier
        The model.
    bunch : sklearn.utils.Bunch
        The images.
    path : pathlib.Path
        Where they are from, for the error.

    Raises
    ------
    ValueError
        If they have another number of values.
    """
    expected = getattr(model, "n_features_in_", None)
    n_values = bunch.data.shape[1]
    if expected is not None and n_values != expected:
        shape = " x ".join(map(str, bunch.images.shape[1:]))
        raise ValueError(
            f"{path}: expected images of {counted(expected, 'value')}, as the model was trained "
            f"on, found {shape} = {n_values}. Pass the same --resize and --normalize as for its "
            "training"
        )


def load_unlabelled(path: Path, options: argparse.Namespace, model: Classifier) -> AnyArray:
    """Load images whose labels do not matter, to predict them.

    Parameters
    ----------
    path : pathlib.Path
        Where they are.
    options : argparse.Namespace
        Parsed options, with those of `add_reading_options`.
    model : classifier
        The model that will predict them.

    Returns
    -------
    X : ndarray
        The images: of divided data, those of the test part.
    """
    from ..datasets import load_images

    subset: Any = "test" if is_divided(path, options) else "all"
    bunch = load_images(path, subset=subset, **reading_parameters(options))
    check_n_values(model, bunch, path)
    return _choose_form(bunch)


def describe_held_out(options: argparse.Namespace) -> str:
    """Say which images were held out."""
    return f"{options.test_size:.0%} held out at random with seed {options.seed}"


def name_of(path: Path) -> str:
    """Name a data set after its folder or file."""
    return path.resolve().name


def is_divided(path: Path, options: argparse.Namespace) -> bool:
    """Say whether a data set has a part for testing."""
    from ..datasets._load_images import find_source

    return "test" in find_source(path, options.label_column).parts


def _load(
    path: Path, options: argparse.Namespace, subset: Any, *, one_class: bool = False
) -> Bunch:
    """Load images, and refuse what no classifier can learn."""
    from ..datasets import load_images

    bunch = load_images(path, subset=subset, **reading_parameters(options))
    if bunch.target is None:
        raise ValueError(
            f"{path} has no labels. Add them to the file, or name a CSV file's column of labels "
            "with --label-column"
        )
    if len(bunch.target_names) < 2 and not one_class:
        raise ValueError(
            f"{path} has images of only one class, {bunch.target_names[0]}. Add images of at "
            "least one other class"
        )
    return bunch


def _choose_form(bunch: Bunch) -> AnyArray:
    """Choose rows of pixels for grey squares, as MNIST has them, and images for all others."""
    images: AnyArray = bunch.images
    is_plain = images.ndim == 3 and images.shape[1] == images.shape[2]
    return bunch.data if is_plain else images


def as_labels(labels: AnyArray, known: AnyArray, path: Path) -> AnyArray:
    """Give labels the type of known ones, and refuse others.

    Parameters
    ----------
    labels : ndarray
        Labels of images to test on.
    known : ndarray
        Labels that a model has learned or will learn.
    path : pathlib.Path
        Where the first are from, for the error.

    Returns
    -------
    labels : ndarray
        The same, of the type of the known ones.

    Raises
    ------
    ValueError
        If there are others.
    """
    import numpy as np

    classes = np.unique(known)
    texts = classes.astype(str)
    unknown = np.setdiff1d(labels.astype(str), texts)
    if len(unknown):
        rest = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
        raise ValueError(
            f"{path} has labels that are not among the classes of training: "
            f"{', '.join(unknown[:_MOST_NAMED])}{rest}. Remove these images, or train on images "
            "of these classes"
        )
    order = np.argsort(texts)
    found: AnyArray = classes[order][np.searchsorted(texts[order], labels.astype(str))]
    return found


def _check_same_kind(
    test: Bunch, shape: tuple[int, ...], data_range: tuple[int, int], path: Path
) -> None:
    """Refuse test images of another shape or another range of pixels."""
    if test.images.shape[1:] != shape:
        raise ValueError(
            f"{path}: expected images of shape {shape}, as for training, found "
            f"{test.images.shape[1:]}. Resize both with --resize"
        )
    if test.data_range[1] > data_range[1]:
        raise ValueError(
            f"{path}: expected pixels from 0 to {data_range[1]}, as for training, found pixels "
            f"up to {test.images.max()}. Save both with the same range"
        )


def _digest(dataset: DataSet) -> str:
    """Compute a digest of the images and labels to train on."""
    import numpy as np

    found = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    found.update(repr((dataset.X.shape, dataset.data_range, dataset.y.dtype.str)).encode())
    for array in (dataset.X, dataset.y):
        found.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return found.hexdigest()
