"""Predict the digits that are written on an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.exceptions import NotFittedError

from .._image import luminance, refuse_files
from .._ink import check_invert
from .._typing import AnyArray, ArrayLike, FloatArray, ProbabilisticClassifier
from ..exceptions import BlankPictureError
from ._classify import (
    PUT_BEFORE,
    class_labels,
    classify,
    classify_framed,
    find_classifier,
    find_polarity,
    frame,
    takes_any_size,
)
from ._reading import read_digits
from ._refusal import refusal_threshold
from ._segment import check_image, segment_digits
from ._writing import NO_DIGIT


@dataclass(frozen=True, eq=False)
class DigitPrediction:
    """The predicted class of a digit in an image, with probabilities.

    Parameters
    ----------
    label : object
        The most probable class, of a Python type, also if `is_digit` is False.
    probability : float
        Probability that it is a digit, and of this class: the product of `digit_probability`
        and the largest of `probabilities`.
    runner_up : object
        The second most probable class; None if there is only one.
    runner_up_probability : float
        Probability that it is a digit, and of this class.
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
        that was fitted with ``outlier_label``, or an ensemble of such.
    left_out : str, default=None
        Why it is not part of the number, such as ``"no digit"``. None if it is.
    digit_probability : float, default=None
        Probability that it is a digit at all; None if the model cannot tell.

    See Also
    --------
    predict_digits : Makes them.

    Notes
    -----
    `probability` counts both kinds of doubt. A network that is 99% sure of a 7, if the ink is a
    digit, and 60% sure that it is one, gives a 7 with 0.59, so a program that compares it with a
    limit does not take a scribble for a digit. ``probabilities.max()`` is the 99%.

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
        If the model has no ``predict_proba``, or if `image` is a file or its name, which
        `read_image` reads.

    See Also
    --------
    read_image : Reads an image from a file.
    segment_digits : Finds the digits.
    skdigits.load_pretrained : A fitted Pipeline.

    Notes
    -----
    The digits of an image are classified in a few calls, of many pieces each: what may be digits,
    the pieces between possible cuts (`segment_digits` says how), and what is left out.

    What is no digit is recognised by a classifier that was trained with ``outlier_label``, also
    as the last step of a Pipeline, in a search or a ``FrozenEstimator``, and by the members of a
    ``VotingClassifier``, ``BaggingClassifier`` or ``CalibratedClassifierCV``: then
    `DigitPrediction.digit_probability` is the mean of theirs. With any other model everything
    counts as a digit.

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
    refuse_files(image)
    find_classifier(model)
    if not takes_any_size(model):
        return _predict_unframed(model, image, segment, invert)
    readings = (
        read_digits(model, check_image(image), find_polarity(model, invert)) if segment else []
    )
    if readings:
        shares = np.array([reading.probabilities for reading in readings])
        scores = None if readings[0].score is None else np.array([each.score for each in readings])
        return [
            replace(
                digit,
                box=reading.box,
                line=reading.line,
                framed=reading.framed,
                left_out=reading.left_out,
                is_digit=reading.left_out != NO_DIGIT,
            )
            for digit, reading in zip(_describe(model, shares, scores), readings, strict=True)
        ]
    _, framed = frame(model, [image], invert)
    (digit,) = _describe(model, *classify_framed(model, framed))
    if segment:  # There is ink, but none that could be a digit.
        digit = replace(digit, left_out=NO_DIGIT, is_digit=False)
    return [replace(digit, framed=framed[0])]


def _predict_unframed(
    model: ProbabilisticClassifier, image: ArrayLike, segment: bool, invert: bool | str
) -> list[DigitPrediction]:
    """Predict an image, or the digits on it, that the model has to take as they are."""
    if not segment:
        return _describe(model, *_classify_unframed(model, [image], invert))
    segments = segment_digits(image, invert=invert)
    if not segments:
        raise BlankPictureError([0], 1)
    answers = _classify_unframed(model, [each.picture for each in segments], False)
    return [
        replace(digit, box=each.box, line=each.line)
        for each, digit in zip(segments, _describe(model, *answers), strict=True)
    ]


def _classify_unframed(
    model: ProbabilisticClassifier, images: Sequence[ArrayLike], invert: bool | str
) -> tuple[FloatArray, FloatArray | None]:
    """Classify images as they are."""
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


def _describe(
    model: Any, probabilities: FloatArray, scores: FloatArray | None
) -> list[DigitPrediction]:
    """Describe digits by their two most probable classes, and say whether they are any."""
    classes, threshold = class_labels(model), refusal_threshold(model)
    names = classes.tolist()
    digits = []
    for row, of_classes in enumerate(np.asarray(probabilities)):
        first, *others = np.argsort(-of_classes, kind="stable")
        second = others[0] if others else None
        is_digit = scores is None or bool(scores[row] >= threshold)
        of_digit = None if scores is None else float(expit(scores[row]))
        shares = of_classes if of_digit is None else of_digit * of_classes
        digits.append(
            DigitPrediction(
                label=names[first],
                probability=float(shares[first]),
                runner_up=None if second is None else names[second],
                runner_up_probability=0.0 if second is None else float(shares[second]),
                classes=classes,
                probabilities=of_classes,
                box=None,
                line=0,
                framed=None,
                is_digit=is_digit,
                left_out=None if is_digit else NO_DIGIT,
                digit_probability=of_digit,
            )
        )
    return digits
