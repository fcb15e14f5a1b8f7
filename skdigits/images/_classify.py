"""What a model says of images: framed, with the probabilities of the classes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import log_expit, logsumexp, softmax
from sklearn.pipeline import Pipeline

from .._pipeline import divide_steps, is_framing, leaf_steps
from .._typing import AnyArray, ArrayLike, FloatArray, IntArray
from ..exceptions import BlankPictureError
from ._refusal import find_refusing, outlier_position, score_samples

PUT_BEFORE = (
    "Put an MNISTNormalizer before it, which takes images of any size and needs no fitting: "
    "make_pipeline(MNISTNormalizer(), model). If the model takes flat samples, add between them: "
    "FunctionTransformer(lambda X: X.reshape(len(X), -1))"
)


def find_classifier(model: Any) -> Any:
    """Find the classifier at the end of a model, which must have ``predict_proba``.

    Raises
    ------
    TypeError
        If it has none.
    """
    classifier = leaf_steps(model)[-1]
    if not hasattr(classifier, "predict_proba"):
        raise TypeError(
            f"Expected a classifier with predict_proba, found {type(classifier).__name__}, which "
            "has none. Use sklearn.calibration.CalibratedClassifierCV, or another classifier."
        )
    return classifier


def takes_any_size(model: Any) -> bool:
    """Say whether a step of a model, an `MNISTNormalizer`, frames images of any size."""
    return bool(divide_steps(model)[0])


def find_polarity(model: Any, invert: bool | str) -> bool | str:
    """Use the setting of the model's first framing step if the caller leaves it open."""
    steps = [step for step in divide_steps(model)[0] if is_framing(step)]
    return steps[0].invert if steps and isinstance(invert, str) else invert


def class_labels(model: Any) -> AnyArray:
    """List the classes of a model in the order of the probabilities of `classify`."""
    classifier = leaf_steps(model)[-1]
    classes, outliers = np.asarray(classifier.classes_), outlier_position(classifier)
    return classes if outliers is None else np.delete(classes, outliers)


def frame(
    model: Pipeline, images: Sequence[ArrayLike], invert: bool | str
) -> tuple[IntArray, AnyArray]:
    """Frame images of any size by the steps of a model, up to the last one that frames.

    Parameters
    ----------
    model : Pipeline
        With a step that frames, as `takes_any_size` says.
    images : sequence of array-like
        At least one image of a digit.
    invert : {"auto", True, False}
        Whether the ink is darker than the background; "auto" leaves it to the step.

    Returns
    -------
    rows : ndarray of shape (n,)
        Which of the images have ink.
    framed : ndarray of shape (n, height, width)
        These, framed.

    Raises
    ------
    BlankPictureError
        If none of them has ink.
    """
    seen: Any = images
    rows = np.arange(len(images))
    for step in divide_steps(model)[0]:
        if not is_framing(step):
            seen = step.transform(seen)
            continue
        # A copy, because the model must not change. A speck among digits is skipped, not refused.
        step = copy.copy(step).set_params(handle_blank="zeros")
        if invert != "auto":
            step.set_params(invert=invert)
        invert = False  # Framed digits are bright, should a further step frame them again.
        seen = step.transform(seen)
        inked = seen.any(axis=(1, 2))
        if not inked.any():
            raise BlankPictureError([0], 1)
        seen, rows = seen[inked], rows[inked]
    return rows, seen


def classify_framed(model: Pipeline, framed: AnyArray) -> tuple[FloatArray, FloatArray | None]:
    """Classify framed images by the steps of a model after the last one that frames.

    Parameters
    ----------
    model : Pipeline
        With a step that frames.
    framed : ndarray of shape (n, height, width)
        At least one framed image.

    Returns
    -------
    probabilities : ndarray of shape (n, n_classes)
        The probabilities of the classes.
    scores : ndarray of shape (n,) or None
        The log odds of any class against none, if the model has learned what is no digit.
    """
    *steps, classifier = divide_steps(model)[1]
    for step in steps:
        framed = step.transform(framed)
    return classify(classifier, framed)


def classify(model: Any, X: AnyArray) -> tuple[FloatArray, FloatArray | None]:
    """Give the probabilities of the classes, and the log odds of any of them if the model can."""
    classifier, refusing = leaf_steps(model)[-1], find_refusing(model)
    if refusing and refusing[0].classifier is classifier:
        logits = model.decision_function(X)
        if logits.ndim == 2:  # of two classes, the difference alone
            return softmax(logits, axis=1), logsumexp(logits, axis=1)
    probabilities, outliers = model.predict_proba(X), outlier_position(classifier)
    if outliers is not None and probabilities.shape[1] == len(classifier.classes_):
        # An ensemble may have a column for the label of outliers, which no member predicts.
        probabilities = np.delete(probabilities, outliers, axis=1)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
    return probabilities, score_samples(refusing, X) if refusing else None


def log_digit(probabilities: FloatArray, scores: FloatArray | None) -> FloatArray:
    """Give the log probability that each image shows its most probable class, and no other."""
    best = np.log(np.maximum(probabilities.max(axis=1), np.finfo(np.float64).tiny))
    found: FloatArray = best if scores is None else best + log_expit(scores)
    return found
