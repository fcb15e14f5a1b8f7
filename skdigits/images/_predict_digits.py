"""Predict the digits that are written on an image."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from scipy.special import expit
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from .._image import luminance
from .._ink import check_invert
from .._typing import AnyArray, ArrayLike, FloatArray, ProbabilisticClassifier
from ..exceptions import BlankPictureError
from ._segment import segment_digits

#: Box and line of a digit.
Place: TypeAlias = "tuple[tuple[int, int, int, int] | None, int]"

#: A step with these parameters frames images of any size.
_FRAMING = {"invert", "handle_blank"}
#: Why what no class fits is not part of a number.
NO_DIGIT = "no digit"
_PUT_BEFORE = (
    "Put an MNISTNormalizer before it, which takes images of any size and needs no fitting: "
    "make_pipeline(MNISTNormalizer(), model). If the model takes flat samples, add between them: "
    "FunctionTransformer(lambda X: X.reshape(len(X), -1))"
)


@dataclass(frozen=True, eq=False)
class DigitPrediction:
    """The predicted class of a digit in an image, with probabilities.

    Parameters
    ----------
    label : object
        The most probable class, of a Python type.
    probability : float
        Its probability.
    runner_up : object
        The second most probable class; None if there is only one.
    runner_up_probability : float
        Its probability.
    classes : ndarray of shape (n_classes,)
        All classes, in the order of `probabilities`.
    probabilities : ndarray of shape (n_classes,)
        Their probabilities.
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
        Probability that it is a digit at all; None if the model cannot tell. `probability`
        and the others assume that it is one.

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
    All digits of an image are predicted by one call of ``predict_proba``.

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
    >>> image[16:44, 26:38] = 250
    >>> digits = predict_digits(model.fit(X, y), image, segment=True)
    >>> [digit.label for digit in digits]
    [0, 1]
    """
    check_invert(invert)
    classifier = _leaf_steps(model)[-1]
    if not hasattr(classifier, "predict_proba"):
        raise TypeError(
            f"Expected a classifier with predict_proba, found {type(classifier).__name__}, which "
            "has none. Use sklearn.calibration.CalibratedClassifierCV, or another classifier."
        )
    images: list[Any] = [image]
    places: list[Place] = [(None, 0)]
    if segment:
        found = segment_digits(image, invert=_find_polarity(model, invert))
        images, places = (
            [each.picture for each in found],
            [(each.box, each.line) for each in found],
        )
        invert = False  # whatever the ink was, separated digits are bright
    if not images:
        raise BlankPictureError([0], 1)
    seen: Sequence[AnyArray | None]
    if takes_any_size(model):
        rows, seen, probabilities, scores = _predict_framed(model, images, invert)
    else:
        rows, seen = [*range(len(images))], [None] * len(images)
        probabilities, scores = _predict_unframed(model, images, invert)
    digits = [
        _describe(classifier.classes_, np.asarray(shares), places[row], framed)
        for row, framed, shares in zip(rows, seen, probabilities, strict=True)
    ]
    if scores is None:
        return digits
    return [
        _judge(digit, score, classifier.outlier_threshold)
        for digit, score in zip(digits, scores.tolist(), strict=True)
    ]


def _leaf_steps(model: Any) -> list[Any]:
    """List the steps of a Pipeline, also of nested ones; a classifier is its own single step."""
    if isinstance(model, Pipeline):
        return [leaf for _, step in model.steps for leaf in _leaf_steps(step)]
    return [] if model is None or isinstance(model, str) else [model]


def takes_any_size(model: Any) -> bool:
    """Say whether a step of a model, an `MNISTNormalizer`, frames images of any size."""
    return bool(_framing_steps(model))


def _find_polarity(model: Any, invert: bool | str) -> bool | str:
    """Use the setting of the model's first framing step if the caller leaves it open."""
    steps = _framing_steps(model)
    return steps[0].invert if steps and isinstance(invert, str) else invert


def _framing_steps(model: Any) -> list[Any]:
    """List the steps before the classifier that frame images of any size."""
    return [step for step in _leaf_steps(model)[:-1] if _is_framing(step)]


def _is_framing(step: Any) -> bool:
    """Say whether a step frames images of any size."""
    return hasattr(step, "get_params") and _FRAMING.issubset(step.get_params(deep=False))


def _predict_framed(
    model: Pipeline, images: Sequence[ArrayLike], invert: bool | str
) -> tuple[list[int], list[AnyArray], FloatArray, FloatArray | None]:
    """Predict images of any size; return which have ink, framed, and what `_ask` says of them."""
    *transformers, classifier = _leaf_steps(model)
    seen: Any = images
    framed, rows = np.empty(0), np.arange(len(images))
    for step in transformers:
        if not _is_framing(step):
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
        framed = seen
    return rows.tolist(), list(framed), *_ask(classifier, seen)


def _predict_unframed(
    model: ProbabilisticClassifier, images: Sequence[ArrayLike], invert: bool | str
) -> tuple[FloatArray, FloatArray | None]:
    """Predict images that the model has to take as they are."""
    if invert not in ("auto", False):
        raise ValueError(f"The model has no step that inverts dark ink. {_PUT_BEFORE}")
    shapes = ", ".join(map(str, sorted({np.shape(image)[:2] for image in images})))
    try:
        return _ask(model, np.stack([_to_grey(image) for image in images]))
    except NotFittedError:
        raise
    except ValueError as error:
        raise ValueError(
            f"The model does not accept images of shape {shapes} ({error}). {_PUT_BEFORE}"
        ) from error


def _ask(model: Any, X: AnyArray) -> tuple[FloatArray, FloatArray | None]:
    """Give the probabilities of the classes, and the log odds of any of them if the model can."""
    can_tell = hasattr(_leaf_steps(model)[-1], "outlier_label_")
    return model.predict_proba(X), model.score_samples(X) if can_tell else None


def _judge(digit: DigitPrediction, score: float, threshold: float) -> DigitPrediction:
    """Add whether it is a digit at all, by the log odds of that."""
    is_digit = bool(score >= threshold)
    return replace(
        digit,
        is_digit=is_digit,
        left_out=None if is_digit else NO_DIGIT,
        digit_probability=float(expit(score)),
    )


def _to_grey(image: ArrayLike) -> AnyArray:
    """Convert a colour image to grey, on its own scale."""
    values = np.asarray(image)
    return luminance(values) if values.ndim == 3 and values.shape[2] == 3 else values


def _describe(
    classes: ArrayLike,
    probabilities: FloatArray,
    place: Place,
    framed: AnyArray | None,
) -> DigitPrediction:
    """Find the two most probable classes of a digit."""
    names = np.asarray(classes).tolist()
    first, *others = np.argsort(-probabilities, kind="stable")
    second = others[0] if others else None
    return DigitPrediction(
        label=names[first],
        probability=float(probabilities[first]),
        runner_up=None if second is None else names[second],
        runner_up_probability=0.0 if second is None else float(probabilities[second]),
        classes=np.asarray(classes),
        probabilities=probabilities,
        box=place[0],
        line=place[1],
        framed=framed,
    )
