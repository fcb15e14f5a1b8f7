"""Predict the digits that are written on an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.exceptions import NotFittedError

from .._image import luminance
from .._ink import check_invert
from .._typing import AnyArray, ArrayLike, FloatArray, ProbabilisticClassifier
from ..exceptions import BlankPictureError
from ._classify import (
    PUT_BEFORE,
    classify,
    classify_framed,
    find_classifier,
    find_polarity,
    frame,
    takes_any_size,
)
from ._reading import read_digits
from ._segment import check_image, segment_digits
from ._writing import NO_DIGIT


@dataclass(frozen=True, eq=False)
class DigitPrediction:
    """The predicted class of a digit in an image, with probabilities.

    Parameters
    ----------
    label : object
        The most probable class, of a Python type.
    probability : float
        Probability that it is a digit, and of this class.
    runner_up : object
        The second most probable class; None if there is only one.
    runner_up_probability : float
        Its probability.
    classes : ndarray of shape (n_classes,)
        All classes, in the order of `probabilities`.
    probabilities : ndarray of shape (n_classes,)
        Their probabilities if it is a digit, as of ``predict_proba``; their sum is 1.
    box : tuple of int or None
        ``(top, left, bottom, right)`` of the digit on the image. None if the
        whole image was taken as one digit.
    line : int
        The line of writing that it is in, counted from 0 at the top.
    framed : ndarray of shape (28, 28) or None
        The image as `skdigits.preprocessing.MNISTNormalizer` framed it, of dtype uint8,
        which is what the classifier sees. None if the model has no such step.
    is_digit : bool, default=True
        Whether it is a digit at all. True if the model cannot tell, which takes a classifier
        that was fitted with ``outlier_label``.
    left_out : str, default=None
        Why it is not part of the number, such as ``"no digit"``. None if it is.
    digit_probability : float, default=None
        Probability that it is a digit at all; None if the model cannot tell.

    See Also
    --------
    predict_digits : Makes them.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.images import DigitPrediction
    >>> classes, probabilities = np.array([1, 7]), np.array([0.2, 0.8])
    >>> digit = DigitPrediction(7, 0.8, 1, 0.2, classes, probabilities, None, 0, None)
    >>> f"{digit.label}, or perhaps {digit.runner_up}"
    '7, or perhaps 1'
    """

    label: Any
    probability: float
    runner_up: Any
    runner_up_probability: float
    classes: AnyArray
    probabilities: FloatArray
    box: tuple[int, int, int, int] | None
    line: int
    framed: AnyArray | None
    is_digit: bool = True
    left_out: str | None = None
    digit_probability: float | None = None


def predict_digits(
    model: ProbabilisticClassifier,
    image: ArrayLike,
    *,
    segment: bool = False,
    invert: bool | str = "auto",
) -> list[DigitPrediction]:
    """Predict the digits in an image.

    Parameters
    ----------
    model : Pipeline or classifier
        Fitted, with ``predict_proba``. Images of any size need a Pipeline with a
        `skdigits.preprocessing.MNISTNormalizer` before the classifier.
    image : array-like of shape (height, width) or (height, width, channels)
        An image, as `read_image` gives it.
    segment : bool, default=False
        Whether to find several digits. If False, the image is taken as one digit.
    invert : {"auto", True, False}, default="auto"
        True if the ink is darker than the background, False if it is brighter; "auto"
        detects it, unless a step of the model specifies it.

    Returns
    -------
    digits : list of DigitPrediction
        One, or with `segment` one for each digit in reading order, and for each piece of ink
        that is not part of a number: their ``left_out`` says why.

    Raises
    ------
    BlankPictureError
        If there is no ink on the image, or too little. It is a ValueError.
    ValueError
        If the model does not accept images of this size, if `image` has another number of
        axes or channels, or if `invert` is not one of its values.
    TypeError
        If the model has no ``predict_proba``.

    See Also
    --------
    read_image : Reads an image from a file.
    segment_digits : Finds the digits.
    skdigits.load_pretrained : A fitted Pipeline.

    Notes
    -----
    The digits of an image are classified in a few calls, of many pieces each: what may be digits,
    the pieces between possible cuts (`segment_digits` says how), and what is left out.

    With `segment`, a model that was trained with ``outlier_label`` also reads pages that lie on
    their side or upside down: if most digits do not look like digits, they are turned by right
    angles, and the page is read as it looks best. Boxes refer to the image as it was passed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits import ImageScaler, MNISTNormalizer, load_mnist
    >>> from skdigits.images import predict_digits
    >>> X, y = load_mnist(subset="train", n_samples=500, return_X_y=True, random_state=0)
    >>> model = make_pipeline(MNISTNormalizer(), ImageScaler(), KNeighborsClassifier(5))
    >>> image = np.full((60, 120), 250, dtype=np.uint8)  # paper
    >>> image[10:50, 80:84] = 20  # a one
    >>> image[10:50, 20:44] = 20  # and a zero
    >>> image[13:47, 24:40] = 250
    >>> digits = predict_digits(model.fit(X, y), image, segment=True)
    >>> [digit.label for digit in digits]
    [0, 1]
    """
    check_invert(invert)
    classifier = find_classifier(model)
    any_size = takes_any_size(model)
    if segment and any_size:
        digits = [
            replace(
                _describe(classifier, reading.probabilities, reading.score, reading.framed),
                box=reading.box,
                line=reading.line,
                left_out=reading.left_out,
                is_digit=reading.left_out != NO_DIGIT,
            )
            for reading in read_digits(model, check_image(image), find_polarity(model, invert))
        ]
    elif any_size:
        _, framed = frame(model, [image], invert)
        digits = [
            _describe(classifier, *each, framed[0])
            for each in _each(*classify_framed(model, framed))
        ]
    elif segment:
        segments = segment_digits(image, invert=invert)
        if not segments:
            raise BlankPictureError([0], 1)
        answers = _predict_unframed(model, [each.picture for each in segments], False)
        digits = [
            replace(_describe(classifier, *answer), box=each.box, line=each.line)
            for each, answer in zip(segments, _each(*answers), strict=True)
        ]
    else:
        digits = [
            _describe(classifier, *answer)
            for answer in _each(*_predict_unframed(model, [image], invert))
        ]
    if not digits:
        raise BlankPictureError([0], 1)
    return digits


def _predict_unframed(
    model: ProbabilisticClassifier, images: Sequence[ArrayLike], invert: bool | str
) -> tuple[FloatArray, FloatArray | None]:
    """Predict images that the model has to take as they are."""
    if invert not in ("auto", False):
        raise ValueError(f"The model has no step that inverts dark ink. {PUT_BEFORE}")
    shapes = ", ".join(map(str, sorted({np.shape(image)[:2] for image in images})))
    try:
        return classify(model, np.stack([_to_grey(image) for image in images]))
    except NotFittedError:
        raise
    except ValueError as error:
        raise ValueError(
            f"The model does not accept images of shape {shapes} ({error}). {PUT_BEFORE}"
        ) from error


def _to_grey(image: ArrayLike) -> AnyArray:
    """Convert a colour image to grey, on its own scale."""
    values = np.asarray(image)
    return luminance(values) if values.ndim == 3 and values.shape[2] == 3 else values


def _each(
    probabilities: FloatArray, scores: FloatArray | None
) -> list[tuple[FloatArray, float | None]]:
    """Pair the probabilities of each digit with its score."""
    values = [None] * len(probabilities) if scores is None else scores.tolist()
    return list(zip(map(np.asarray, probabilities), values, strict=True))


def _describe(
    classifier: Any, probabilities: FloatArray, score: float | None, framed: AnyArray | None = None
) -> DigitPrediction:
    """Describe a digit by its two most probable classes, and say whether it is one."""
    names = np.asarray(classifier.classes_).tolist()
    first, *others = np.argsort(-probabilities, kind="stable")
    second = others[0] if others else None
    is_digit = score is None or bool(score >= classifier.outlier_threshold)
    digit_probability = None if score is None else float(expit(score))
    shares = probabilities if digit_probability is None else digit_probability * probabilities
    return DigitPrediction(
        label=names[first],
        probability=float(shares[first]),
        runner_up=None if second is None else names[second],
        runner_up_probability=0.0 if second is None else float(shares[second]),
        classes=np.asarray(classifier.classes_),
        probabilities=probabilities,
        box=None,
        line=0,
        framed=framed,
        is_digit=is_digit,
        left_out=None if is_digit else NO_DIGIT,
        digit_probability=digit_probability,
    )
