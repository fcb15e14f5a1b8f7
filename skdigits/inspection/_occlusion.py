"""Which parts of an image a prediction depends on, measured by covering them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from .._image import refuse_files
from .._pipeline import divide_steps
from .._typing import AnyArray, ArrayLike, FloatArray
from ._grid import to_images

#: Side of the window relative to the shorter side of the image: 4 pixels of MNIST's 28.
_WINDOW = 1 / 7
#: Along a side, the window is put at about this many places: at each pixel of MNIST's images.
_PLACES = 32
#: Probabilities below this are not told apart, because their logarithm would be minus infinity.
_LEAST_PROBABILITY = 1e-7
#: So many values are predicted at a time: all copies of a large image could fill the memory.
_AT_ONCE = 1 << 25


class Explanation(NamedTuple):
    """What a prediction depends on.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, channels)
        The image that the classifier sees, after the steps that frame it.
    importances : ndarray of shape (height, width)
        As returned by `occlusion_map`.
    label, predicted : object
        The label that is explained, and the most probable one.
    """

    image: AnyArray
    importances: FloatArray
    label: Any
    predicted: Any


def occlusion_map(
    estimator: Any,
    image: ArrayLike,
    *,
    label: Any = None,
    framed: bool = False,
    window: int | None = None,
    background: float | None = None,
    image_shape: tuple[int, ...] | None = None,
) -> FloatArray:
    """Measure how much a prediction depends on each part of an image.

    A small window is moved over the image, and covers a part of it with the background. The
    importance of a pixel is how much the classifier's decision for the label falls, on average
    over all windows that cover the pixel.

    Parameters
    ----------
    estimator : classifier or Pipeline that ends in one
        Fitted, with ``decision_function`` or ``predict_proba``. Any classifier of images, not
        only a network.
    image : array-like of shape (height, width), (height, width, channels) or (n_features,)
        One image as `estimator` takes it. A flat one is treated as square.
    label : object, default=None
        The class to explain, one of ``classes_``. If None, the most probable one.
    framed : bool, default=False
        Whether the image has already passed the Pipeline's steps up to its `MNISTNormalizer`,
        as `DigitPrediction.framed` has.
    window : int, default=None
        Side of the window in pixels. If None, a seventh of the shorter side of the image.
    background : float, default=None
        Value of the window. If None, the median of the image's border, in each channel.
    image_shape : tuple of int, default=None
        Height, width and perhaps channels, for a flat image that is not square.

    Returns
    -------
    importances : ndarray of shape (height, width)
        Positive where what is on the image supports the label, negative where it speaks against
        it, and 0 where there is only background. The numbers are differences in the margin of the
        label: its ``decision_function`` minus the largest one of the other labels. With
        ``predict_proba`` alone, logarithms of the probabilities are used. If one window lowers
        the margin to below 0, another label becomes the most probable one.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If `estimator` is not fitted.
    TypeError
        If `estimator` has neither method, or `image` is a file or its name.
    ValueError
        If `label` is not one of the classes, `window` is not positive, or the shape of the
        image is unknown.

    See Also
    --------
    OcclusionDisplay : Draws the importances over the images.

    Notes
    -----
    In a Pipeline with a `skdigits.preprocessing.MNISTNormalizer`, the framed image is covered and
    the importances have its shape: a window on the image itself could also change the frame.

    The method is that of [1]_. It needs predictions alone, so TensorFlow is not loaded.

    References
    ----------
    .. [1] M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks",
       European Conference on Computer Vision, 2014.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from skdigits.inspection import occlusion_map
    >>> X, y = load_digits(return_X_y=True)
    >>> classifier = RidgeClassifier().fit(X, y)
    >>> occlusion_map(classifier, X[0]).shape
    (8, 8)
    """
    refuse_files(image)
    return explain(
        estimator,
        np.asarray(image),
        label=label,
        framed=framed,
        window=window,
        background=background,
        image_shape=image_shape,
    ).importances


def explain(
    estimator: Any,
    sample: AnyArray,
    *,
    label: Any = None,
    framed: bool = False,
    window: int | None = None,
    background: float | None = None,
    image_shape: tuple[int, ...] | None = None,
    to_samples: Callable[[AnyArray], Any] = np.asarray,
) -> Explanation:
    """Explain the prediction of one image; see `occlusion_map`.

    ``to_samples`` converts an array of samples to what the estimator was fitted on.
    """
    framing, (*steps, classifier) = divide_steps(estimator)
    if framing and not framed:
        framed_samples = to_samples(sample[np.newaxis])
        for step in framing:
            framed_samples = step.transform(framed_samples)
        sample = np.asarray(framed_samples)[0]
    image = to_images(sample[np.newaxis], image_shape if not framing else None)[0]
    fill = _border_median(image) if background is None else np.asarray(background, image.dtype)
    windows = _place_windows(image.shape, window)
    differs = (image != fill).reshape(*image.shape[:2], -1).any(axis=2)
    changing = [number for number, each in enumerate(windows) if differs[each].any()]
    batches = []
    for images in _cover(image, fill, [windows[number] for number in changing]):
        X: Any = images.reshape(len(images), *sample.shape)
        if not framing:
            X = to_samples(X)
        for step in steps:
            X = step.transform(X)
        batches.append(_class_scores(classifier, X))
    scores, classes = np.concatenate(batches), np.asarray(classifier.classes_)
    best = int(scores[0].argmax())
    chosen = best if label is None else _find_label(classes, label)
    margins = _margins(scores, chosen)
    falls = np.zeros(len(windows))
    falls[changing] = margins[0] - margins[1:]
    importances = _average(falls, windows, image.shape[:2])
    return Explanation(image, importances, classes[chosen], classes[best])


def _place_windows(shape: tuple[int, ...], window: int | None) -> list[tuple[slice, slice]]:
    """List the places of the window."""
    height, width = shape[:2]
    if window is None:
        window = max(round(_WINDOW * min(height, width)), 1)
    if not isinstance(window, Integral) or window < 1:
        raise ValueError(f"window must be a positive integer, got {window}.")
    step = min(max(max(height, width) // _PLACES, 1), window)
    # Windows reach beyond the border, so that pixels there are covered by as many.
    rows, columns = (
        [slice(max(start, 0), start + window) for start in range(1 - window, side, step)]
        for side in (height, width)
    )
    return list(itertools.product(rows, columns))


def _border_median(image: AnyArray) -> AnyArray:
    """Find the median of an image's border, in each channel."""
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    median: AnyArray = np.median(border, axis=0).astype(image.dtype)
    return median


def _cover(
    image: AnyArray, background: AnyArray, windows: list[tuple[slice, slice]]
) -> Iterator[AnyArray]:
    """Yield the image as it is, and then batches of copies with a window covered in each."""
    yield image[np.newaxis]
    at_once = max(_AT_ONCE // image.size, 1)
    for start in range(0, len(windows), at_once):
        batch = windows[start : start + at_once]
        copies = np.repeat(image[np.newaxis], len(batch), axis=0)
        for copy, window in zip(copies, batch, strict=True):
            copy[window] = background
        yield copies


def _class_scores(classifier: Any, X: Any) -> FloatArray:
    """Compute a score for each class, on a scale on which differences count."""
    if hasattr(classifier, "decision_function"):
        scores = np.asarray(classifier.decision_function(X), float)
        if scores.ndim == 1:
            return np.column_stack([np.zeros(len(scores)), scores])
        if scores.shape[1] == len(classifier.classes_):
            return scores
    if not hasattr(classifier, "predict_proba"):
        raise TypeError(
            "Expected a classifier with decision_function or predict_proba, which give a number "
            f"for each class, found {type(classifier).__name__}, which has neither. Use "
            "sklearn.calibration.CalibratedClassifierCV, or another classifier."
        )
    probabilities = classifier.predict_proba(X)
    if isinstance(probabilities, list):
        raise TypeError(
            "Expected a classifier that predicts one label for each image, found "
            f"{type(classifier).__name__}. Explain each of its estimators_."
        )
    probabilities = np.asarray(probabilities, float)
    logarithms: FloatArray = np.log(np.maximum(probabilities, _LEAST_PROBABILITY))
    return logarithms


def _find_label(classes: AnyArray, label: Any) -> int:
    """Find the position of a label among the classes."""
    found = np.flatnonzero(classes == label)
    if len(found) == 0:
        raise ValueError(f"label must be one of {classes.tolist()}, got {label!r}.")
    return int(found[0])


def _margins(scores: FloatArray, label: int) -> FloatArray:
    """Subtract the largest score of the other classes from that of a label."""
    if scores.shape[1] < 2:
        raise ValueError(
            "The classifier was fitted on a single class, so no part of an image can speak "
            "against it. Fit it on at least two classes."
        )
    margins: FloatArray = scores[:, label] - np.delete(scores, label, axis=1).max(axis=1)
    return margins


def _average(
    falls: FloatArray, windows: list[tuple[slice, slice]], shape: tuple[int, ...]
) -> FloatArray:
    """Average, for each pixel, over the windows that cover it."""
    total, count = np.zeros(shape), np.zeros(shape)
    for fall, window in zip(falls, windows, strict=True):
        total[window] += fall
        count[window] += 1
    return total / count
