"""What a classifier accepts as samples, labels and weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, validate_data

from .._image import are_plain_rows, flatten_samples
from .._plurals import counted
from .._typing import AnyArray, ArrayLike, FloatArray, IntArray
from .._warnings import warn_user

#: Samples that are looked at to tell pixels from other numbers, and their largest value then.
_LOOKED_AT, _RAW = 1_000, 100
#: Samples stay bytes where they are bytes; all else becomes float32.
_DTYPES = [np.float32, np.uint8]


def check_samples(
    estimator: Any, X: ArrayLike, named_shapes: Sequence[tuple[int, ...]], *, reset: bool
) -> tuple[AnyArray, tuple[int, ...]]:
    """Check samples and flatten images.

    Parameters
    ----------
    estimator : BaseKerasClassifier
        Remembers the features if ``reset``, else they are compared with it.
    X : array-like, shape (n_samples, n_features) or (n_samples, height, width[, channels])
        Samples of any real dtype.
    named_shapes : sequence of tuple of int
        Shapes of an image that a parameter names: such images are taken as they are.
    reset : bool
        Whether this is a new fit.

    Returns
    -------
    X : ndarray of float32 or uint8, shape (n_samples, n_features)
        The samples, flat.
    sample_shape : tuple of int
        Shape that one sample had.

    Raises
    ------
    ValueError
        If scikit-learn's checks of an array fail, or an image's shape is not
        that of the fit.
    TypeError
        If X is sparse, or a stream of batches.
    """
    if not reset and are_plain_rows(X, estimator):
        return X, X.shape[1:]
    fitted_on = () if reset else (estimator.sample_shape_, estimator.input_shape_)
    X, sample_shape = flatten_samples(X, *named_shapes, *fitted_on)
    if not reset and len(sample_shape) > 1:
        _check_image_shape(estimator, sample_shape)
    X = validate_data(estimator, X, dtype=_DTYPES, reset=reset)
    return X, (X.shape[1:] if len(sample_shape) < 2 else sample_shape)


def warn_of_raw_pixels(estimator: Any, X: AnyArray) -> None:
    """Warn if pixels are not scaled, as networks then learn badly.

    Parameters
    ----------
    estimator : BaseKerasClassifier
        Named by the warning.
    X : ndarray of float32 or uint8, shape (n_samples, n_features)
        Checked samples.

    Warns
    -----
    UserWarning
        If all are whole numbers from 0 to well above 1.
    """
    some = X[:_LOOKED_AT]
    if some.min() >= 0 and some.max() >= _RAW and (some == np.rint(some)).all():
        warn_user(
            f"X holds whole numbers from {some.min():.0f} to {some.max():.0f}, which look like "
            "pixels that have not been scaled. Networks learn better from numbers between 0 and "
            "1: put an ImageScaler before the classifier, as in "
            f"make_pipeline(ImageScaler(), {type(estimator).__name__}())."
        )


def _check_image_shape(estimator: Any, shape: tuple[int, ...]) -> None:
    """Refuse images whose sides are not those of the fit."""

    def sides(of: tuple[int, ...]) -> tuple[int, ...]:
        return of[:2] if len(of) == 3 and of[2] == 1 else of

    known = [sides(s) for s in (estimator.sample_shape_, estimator.input_shape_) if len(s) > 1]
    if known and sides(shape) not in known:
        raise ValueError(
            f"X holds samples of shape {shape}, but {type(estimator).__name__} was fitted on "
            f"samples of shape {estimator.sample_shape_}. Reshape X, or fit again."
        )


def check_labels(y: ArrayLike, X: AnyArray) -> AnyArray:
    """Check labels as scikit-learn's classifiers do.

    Parameters
    ----------
    y : array-like, shape (n_samples,)
        Labels.
    X : ndarray
        The samples that they label.

    Returns
    -------
    y : ndarray, shape (n_samples,)
        The labels.
    """
    if y is None:
        raise ValueError(
            "This classifier requires y to be passed, but the target y is None. "
            "Pass the labels: fit(X, y)."
        )
    _refuse_several(y)
    _refuse_missing(y)
    y = column_or_1d(y, warn=True)
    check_consistent_length(X, y)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError("Input y contains NaN or infinity. Remove those samples.")
    check_classification_targets(y)
    return y


def _refuse_missing(y: ArrayLike) -> None:
    """Refuse labels that are missing, before they become texts such as "nan"."""
    if isinstance(y, Sequence) and not all(isinstance(label, (int, str)) for label in y):
        labels = np.array([None, *y], dtype=object)[1:]
    else:
        labels = np.asarray(y)
    if labels.dtype != np.dtype(object):
        return
    import pandas

    if np.any(pandas.isna(labels)):
        raise ValueError("Input y contains NaN. Remove the samples that have no label.")


def _refuse_several(y: ArrayLike) -> None:
    """Refuse several labels a sample, and say what predicts them or what they may mean."""
    if isinstance(y, Sequence) and any(isinstance(labels, (list, tuple, set)) for labels in y):
        lengths = {len(labels) for labels in y if isinstance(labels, (list, tuple, set))}
        if len(lengths) > 1 or any(isinstance(labels, set) for labels in y):
            raise ValueError(
                "y should be a 1d array of labels, got collections of labels. This classifier "
                "predicts one label for each sample. Turn y into a column of 0 and 1 for each "
                "label with sklearn.preprocessing.MultiLabelBinarizer, and put the classifier "
                "into a sklearn.multioutput.MultiOutputClassifier, which trains one for each "
                "column."
            )
    values = y if issparse(y) else np.asarray(y)
    if values.ndim != 2 or values.shape[1] == 1:
        return
    is_dense_and_one_hot = (
        not issparse(y)
        and values.dtype.kind in "biuf"
        and np.isin(values, (0, 1)).all()
        and (values.sum(axis=1) == 1).all()
    )
    if is_dense_and_one_hot:
        raise ValueError(
            f"y should be a 1d array of labels, got one-hot rows of shape {values.shape}. Pass "
            "y.argmax(axis=1)."
        )
    raise ValueError(
        f"y should be a 1d array of labels, got an array of shape {values.shape} instead. This "
        "classifier predicts one label for each sample. For several, put it into a "
        "sklearn.multioutput.MultiOutputClassifier, which trains one classifier for each column."
    )


def encode_labels(y: AnyArray, classes: AnyArray | None, name: str = "y") -> tuple[Any, IntArray]:
    """Number the labels in the order of the sorted classes.

    Parameters
    ----------
    y : ndarray, shape (n_samples,)
        Checked labels.
    classes : ndarray or None
        The classes already known, if any.
    name : str
        What to call ``y`` in the error.

    Returns
    -------
    classes : ndarray, shape (n_classes,)
        The sorted classes.
    codes : ndarray of int, shape (n_samples,)
        Positions of the labels among them.

    Raises
    ------
    ValueError
        If a label is not among ``classes``.
    """
    encoder = LabelEncoder()
    if classes is None:
        codes = encoder.fit_transform(y)
        return encoder.classes_, codes
    encoder.classes_ = classes
    unseen = np.setdiff1d(y, classes)
    if len(unseen):
        raise ValueError(
            f"{name} contains labels that the classifier does not know: {unseen.tolist()}; "
            f"its classes are {classes.tolist()}. Remove those samples, or fit on all classes."
        )
    return classes, encoder.transform(y)


def check_adopted_classes(classes: ArrayLike | None, n_outputs: int) -> AnyArray:
    """Check the labels of a network that somebody else has trained.

    Parameters
    ----------
    classes : array-like of shape (n_outputs,), or None
        In the order of its outputs; None for 0, 1, 2, ...
    n_outputs : int
        Number of its outputs.

    Returns
    -------
    classes : ndarray of shape (n_outputs,)
        The labels.

    Raises
    ------
    ValueError
        If there are more or fewer, or they are not sorted.
    """
    if classes is None:
        return np.arange(n_outputs)
    labels = np.asarray(classes)
    if labels.ndim != 1:
        raise ValueError(
            f"classes should be a 1d array of labels, got an array of shape {labels.shape}. Pass "
            "one label for each output, in the order of the outputs."
        )
    if len(labels) != n_outputs:
        raise ValueError(
            f"The model has {counted(n_outputs, 'output')}, but classes has "
            f"{counted(len(labels), 'label')}. Pass one label for each output, in the "
            "order of the outputs."
        )
    if not np.array_equal(labels, LabelEncoder().fit(labels).classes_):
        raise ValueError(
            "scikit-learn's classifiers have their classes sorted, and classes is not: "
            f"{labels.tolist()}. Leave classes out, so that the labels are the numbers of the "
            "outputs, and look the names up after predict: names[classifier.predict(X)]."
        )
    return labels


def combine_weights(
    sample_weight: ArrayLike | None,
    class_weight: Any,
    X: AnyArray,
    y: AnyArray,
    labels: list[Any],
    *,
    normalize: bool,
) -> FloatArray:
    """Multiply sample and class weights into one new array.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), or None
        Non-negative weights; None for equal ones.
    class_weight : dict, "balanced" or None
        Weights of the classes.
    X : ndarray
        Samples, for the length.
    y : ndarray
        Labels, for the class weights.
    labels : list
        All that y may hold: the sorted classes, and the label of outliers if there is one.
    normalize : bool
        Whether to scale the weights to a mean of 1, so that only their ratios
        count and the learning rate means the same with and without them.

    Returns
    -------
    weights : ndarray of float32, shape (n_samples,)
        The weights.

    Raises
    ------
    ValueError
        If a weight is negative, or all are zero, or a class is not known.
    """
    weights = np.ones(len(y), dtype=np.float64)
    if sample_weight is not None:
        weights = weights * _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
    if isinstance(class_weight, dict):
        weights = weights * _class_weights(class_weight, y, labels)
    elif class_weight is not None:
        weights = weights * compute_sample_weight(class_weight, y)
    if not weights.any():
        raise ValueError(
            "Sample weights and class weights are zero for every sample, so there is nothing to "
            "train on. Give at least one sample a positive weight."
        )
    if normalize:
        weights /= weights.mean()
    return weights.astype(np.float32)


def _class_weights(class_weight: dict[Any, float], y: AnyArray, known: list[Any]) -> FloatArray:
    """Look up the weight of each label; a class that is not named weighs 1."""
    unknown = [label for label in class_weight if label not in known]
    left_out = [label for label in known if label not in class_weight]
    # A fold may lack a class that has a weight. A name that is wrong leaves a class without.
    if unknown and left_out:
        raise ValueError(
            f"class_weight names {unknown}, which are not among the classes {known}, and has no "
            f"weight for {left_out}. Name the classes as they are in y."
        )
    for label, weight in class_weight.items():
        if not (np.isfinite(weight) and weight >= 0):
            raise ValueError(
                f"class_weight must hold finite numbers of at least 0; got {weight!r} for class "
                f"{label!r}."
            )
    return np.array([class_weight.get(label, 1.0) for label in y.tolist()], dtype=np.float64)


def hold_out(
    codes: IntArray, fraction: float, random_state: np.random.RandomState
) -> tuple[IntArray, IntArray]:
    """Split off a shuffled, stratified share for validation.

    Parameters
    ----------
    codes : ndarray of int, shape (n_samples,)
        Class numbers.
    fraction : float
        Share of the samples to hold out, in (0, 1). At least one sample of each class is
        held out.
    random_state : numpy.random.RandomState
        Source of the shuffling.

    Returns
    -------
    kept, held_out : ndarray of int
        Positions of the samples to train and to validate on.

    Raises
    ------
    ValueError
        If there is a single sample.

    Warns
    -----
    UserWarning
        If there are too few samples to hold out some of every class, and the held-out
        samples are drawn at random, regardless of class.
    """
    # Prediction does without it.
    from sklearn.model_selection import train_test_split

    rows, counts = np.arange(len(codes)), np.bincount(codes)
    n_classes = int(np.count_nonzero(counts))
    if len(rows) < 2:
        raise ValueError(
            f"validation_fraction={fraction} cannot hold out part of a single sample. Pass more "
            "samples, or X_val and y_val."
        )
    n_held_out: int = max(math.ceil(fraction * len(rows)), n_classes)
    if counts[counts > 0].min() >= 2 and len(rows) - n_held_out >= n_classes:
        return train_test_split(
            rows, test_size=n_held_out, stratify=codes, random_state=random_state
        )
    warn_user(
        f"{len(rows)} samples of {n_classes} classes are too few to hold out "
        f"a stratified validation_fraction={fraction}, so the held-out samples are chosen at "
        "random, without stratification. Pass more samples, or X_val and y_val."
    )
    n_held_out = min(math.ceil(fraction * len(rows)), len(rows) - 1)
    return train_test_split(rows, test_size=n_held_out, random_state=random_state)
