"""Samples that show none of the classes: their label, and the network's output for them.

The output comes after those of the classes. What a classifier returns are the logits of the
classes minus the logit of that output: the log odds of each class against none of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import logsumexp

from .._typing import AnyArray, ArrayLike, FloatArray, IntArray
from ._validation import encode_labels

#: What to say of all others after those in which outliers can be used.
_NO_OTHERS = "Other ensembles, such as OneVsRestClassifier, cannot be used with outlier_label."


def encode_with_outliers(
    y: AnyArray, classes: AnyArray | None, outlier_label: Any, name: str = "y"
) -> tuple[AnyArray, IntArray]:
    """Number the labels in the order of the sorted classes, and outliers after them.

    Parameters
    ----------
    y : ndarray, shape (n_samples,)
        Checked labels.
    classes : ndarray or None
        The classes already known, if any.
    outlier_label : int, float, str or None
        The label of outliers; None if there are none.
    name : str
        What to call ``y`` in the error.

    Returns
    -------
    classes : ndarray, shape (n_classes,)
        The sorted classes, without the label of outliers.
    codes : ndarray of int, shape (n_samples,)
        Positions of the labels among them; ``n_classes`` for outliers.

    Raises
    ------
    ValueError
        If a label is not among ``classes``; if `outlier_label` is not of their kind; or if they
        are not known yet, and no sample or each is an outlier, or an ensemble would confuse them.
    """
    if outlier_label is None:
        return encode_labels(y, classes, name)
    _check_kind(outlier_label, y)
    is_outlier = np.asarray(y == outlier_label)
    if classes is None and not is_outlier.any():
        raise ValueError(
            f"No sample has the label outlier_label={outlier_label!r}. Add samples that show none "
            f"of the classes and label them {outlier_label!r} in {name}, or set "
            "outlier_label=None. In a VotingClassifier or BaggingClassifier, which number the "
            f"labels anew, use labels from 0 on, and the largest for outliers. {_NO_OTHERS}"
        )
    if classes is None and is_outlier.all():
        raise ValueError(
            f"All samples have the label outlier_label={outlier_label!r}, so there are no classes "
            "to learn. Add samples of the classes."
        )
    if classes is None:
        _refuse_confusion(np.unique(y), outlier_label)
    classes, known_codes = encode_labels(y[~is_outlier], classes, name)
    codes = np.full(len(y), len(classes), dtype=np.int64)
    codes[~is_outlier] = known_codes
    return classes, codes


def without_outlier_label(labels: ArrayLike | None, outlier_label: Any) -> ArrayLike | None:
    """Drop the label of outliers from the classes that a first ``partial_fit`` is told.

    Parameters
    ----------
    labels : array-like or None
        Labels that may contain it.
    outlier_label : int, float, str or None
        The label of outliers; None if there are none.

    Returns
    -------
    labels : array-like or None
        The others.

    Raises
    ------
    ValueError
        If no others are left, if `outlier_label` is not of their kind, or if an ensemble would
        confuse them.
    """
    if labels is None or outlier_label is None:
        return labels
    labels = np.asarray(labels)
    _check_kind(outlier_label, labels)
    others = labels[np.asarray(labels != outlier_label)]
    if not len(others):
        raise ValueError(
            f"classes holds nothing but outlier_label={outlier_label!r}. Pass the labels of the "
            "classes."
        )
    _refuse_confusion(np.union1d(others, [outlier_label]), outlier_label)
    return others


def _check_kind(outlier_label: Any, y: AnyArray) -> None:
    """Refuse True where labels are numbers, and numbers where they are True and False."""
    if isinstance(outlier_label, (bool, np.bool_)) != (y.dtype.kind == "b"):
        raise ValueError(
            f"outlier_label={outlier_label!r} is not a label like those in y, which are of type "
            f"{y.dtype}. Pass the label that outliers have in y."
        )


def _refuse_confusion(labels: AnyArray, outlier_label: Any) -> None:
    """Refuse a label with which an ensemble that numbers the labels would predict wrong classes.

    A vote takes the position of a class in ``classes_`` for its number, which is wrong above the
    number of outliers. With two labels, the ensemble may be one against the rest.
    """
    last = len(labels) - 1
    if labels.dtype.kind not in "iuf" or not np.array_equal(labels, np.arange(last + 1)):
        return
    if last == 1 or outlier_label != last:
        raise ValueError(
            f"outlier_label={outlier_label!r} is one of the labels 0 to {last}. Some ensembles of "
            "scikit-learn number all labels like this, and would then predict wrong classes. "
            "Label the outliers -1 in y, and set outlier_label=-1. In a VotingClassifier or "
            "BaggingClassifier, use labels from 0 on, and the largest for outliers. "
            f"{_NO_OTHERS}"
        )


def check_same_outlier_label(fitted: Any, outlier_label: Any) -> None:
    """Refuse to continue a training with another label of outliers.

    Parameters
    ----------
    fitted, outlier_label : int, float, str or None
        The label with which the training began, and that of the parameter.

    Raises
    ------
    ValueError
        If they differ.
    """
    if fitted != outlier_label:
        raise ValueError(
            f"The network of the last fit was trained with outlier_label={fitted!r}, and "
            f"warm_start and partial_fit cannot continue it with outlier_label={outlier_label!r}. "
            f"Set outlier_label={fitted!r}, or train a new network: fit with warm_start=False."
        )


def relative_to_outliers(logits: FloatArray, n_classes: int) -> FloatArray:
    """Subtract the logit of outliers from those of the classes.

    Parameters
    ----------
    logits : ndarray, shape (n_samples, n_outputs)
        What the network computes.
    n_classes : int
        Number of its outputs that are classes.

    Returns
    -------
    logits : ndarray, shape (n_samples, n_classes)
        Unchanged if the network has no output for outliers.
    """
    if logits.shape[1] == n_classes:
        return logits
    relative: FloatArray = logits[:, :n_classes] - logits[:, n_classes:]
    return relative


def log_odds_of_a_class(logits: FloatArray) -> FloatArray:
    """Compute the log odds of any of the classes against none of them.

    Parameters
    ----------
    logits : ndarray, shape (n_samples, n_classes)
        From `relative_to_outliers`.

    Returns
    -------
    scores : ndarray, shape (n_samples,)
        Positive if one of the classes is more probable than none.
    """
    scores: FloatArray = logsumexp(logits, axis=1)
    return scores
