"""Which parts of an image a prediction depends on, measured by covering them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.utils import check_consistent_length

from .._image import refuse_files
from .._pipeline import divide_steps
from .._typing import AnyArray, ArrayLike, FloatArray
from ._grid import (
    choose_indices,
    choose_n_columns,
    choose_titles,
    draw_grid,
    take_rows,
    take_values,
    to_images,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure

#: Side of the window relative to the shorter side of the image: 4 pixels of MNIST's 28.
_WINDOW = 1 / 7
#: Along a side, the window is put at about this many places: at each pixel of MNIST's images.
_PLACES = 32
#: Probabilities below this are not told apart, because their logarithm would be minus infinity.
_LEAST_PROBABILITY = 1e-7
#: So many values are predicted at a time: all copies of a large image could fill the memory.
_AT_ONCE = 1 << 25
#: Pixels of at least this share of the largest importance hide the image below them.
_OPAQUE_FROM = 0.7
#: The grey of the ink, light enough for colours to stand out.
_INK = "0.55"


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
    if window < 1:
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
    n_classes = len(classifier.classes_)
    if hasattr(classifier, "decision_function"):
        scores = np.asarray(classifier.decision_function(X), float)
        if scores.ndim == 1:
            return np.column_stack([np.zeros(len(scores)), scores])
        if scores.shape[1] == n_classes:
            return scores
    if not hasattr(classifier, "predict_proba"):
        raise TypeError(
            "Expected a classifier with decision_function or predict_proba, which give a number "
            f"for each class, found {type(classifier).__name__}, which has neither. Use "
            "sklearn.calibration.CalibratedClassifierCV, or another classifier."
        )
    probabilities = np.asarray(classifier.predict_proba(X), float)
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


class OcclusionDisplay:
    """Grid of images, coloured by how much the predictions depend on each part.

    It is recommended to use `from_estimator` to create an `OcclusionDisplay`. All parameters
    are stored as attributes.

    Parameters
    ----------
    images : ndarray of shape (n_samples, height, width) or (n_samples, height, width, 3)
        Images that the classifier has seen; of objects if they differ in size.
    importances : ndarray of shape (n_samples, height, width)
        The importance of each pixel, as returned by `occlusion_map`.
    labels : array-like of shape (n_samples,), default=None
        Labels that are explained.
    predictions : array-like of shape (n_samples,), default=None
        Predicted labels.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure that contains the grid.
    axes_ : ndarray of shape (n_rows, n_columns) of matplotlib Axes
        One for each cell. Cells without an image are invisible.

    See Also
    --------
    OcclusionDisplay.from_estimator : Explain what a classifier predicts.
    occlusion_map : Describes the importances.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from skdigits.inspection import OcclusionDisplay
    >>> images, importances = np.zeros((2, 8, 8)), np.zeros((2, 8, 8))
    >>> display = OcclusionDisplay(images, importances, labels=[9, 7], predictions=[4, 7])
    >>> [axes.get_title() for axes in display.plot(figure=Figure()).axes_.flat]
    ['for 9\\npredicted 4', '7']
    """

    figure_: Figure | SubFigure
    axes_: AnyArray

    def __init__(
        self,
        images: AnyArray,
        importances: AnyArray,
        *,
        labels: ArrayLike | None = None,
        predictions: ArrayLike | None = None,
    ) -> None:
        self.images = images
        self.importances = importances
        self.labels = labels
        self.predictions = predictions

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        indices: ArrayLike | None = None,
        n_samples: int | None = None,
        window: int | None = None,
        background: float | None = None,
        image_shape: tuple[int, ...] | None = None,
        n_columns: int | None = None,
        cmap: str | Colormap = "RdBu_r",
        colorbar: bool = True,
        titles: str | Sequence[str] | None = "auto",
        figure: Figure | SubFigure | None = None,
    ) -> OcclusionDisplay:
        """Explain what a classifier predicts.

        Parameters
        ----------
        estimator : classifier or Pipeline that ends in one
            Fitted, with ``decision_function`` or ``predict_proba``.
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels), or list of array-like
            Images as `estimator` takes them. Flat ones are treated as square.
        labels : array-like of shape (n_samples,), default=None
            The class to explain for each image. If None, the most probable one.
        indices : array-like of int or of bool, default=None
            Which samples to show, as positions or as a mask of all of them.
        n_samples : int, default=None
            Show the first `n_samples`. If None, at most 25 of them.
        window : int, default=None
            Side of the window that covers a part of the image, in pixels. If None, a seventh
            of the shorter side.
        background : float, default=None
            Value of the window. If None, the median of the image's border, in each channel.
        image_shape : tuple of int, default=None
            Height, width and, in colour, 3, for flat images that are not square.
        n_columns : int, default=None
            Number of columns. If None, the grid is nearly square.
        cmap : str or matplotlib Colormap, default="RdBu_r"
            Diverging colour map. With the default, red parts support the label and blue ones
            speak against it.
        colorbar : bool, default=True
            Whether to add a colour bar that says so.
        titles : {"auto"}, sequence of str or None, default="auto"
            Title of each image. ``"auto"`` is the label that is explained, and the predicted
            one if they differ. None leaves them out.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : OcclusionDisplay
            The display, drawn.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `estimator` is not fitted.
        TypeError
            If `estimator` has neither method.
        ValueError
            If the arrays differ in length, a label is not one of the classes, or the shape of
            the images is unknown.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from sklearn.datasets import load_digits
        >>> from sklearn.linear_model import RidgeClassifier
        >>> from skdigits.inspection import OcclusionDisplay
        >>> X, y = load_digits(return_X_y=True)
        >>> classifier = RidgeClassifier().fit(X[:1500], y[:1500])
        >>> display = OcclusionDisplay.from_estimator(classifier, X[1500:1502], figure=Figure())
        >>> [axes.get_title() for axes in display.axes_.flat]
        ['1', '7']
        """
        check_consistent_length(X, labels)
        chosen = choose_indices(len(X), indices, n_samples)
        rows, wanted = take_rows(X, chosen), take_values(labels, chosen)
        is_frame = hasattr(X, "iloc")
        to_samples: Any = partial(type(X), columns=X.columns) if is_frame else np.asarray
        explanations = [
            explain(
                estimator,
                np.asarray(row),
                label=None if wanted is None else wanted[number],
                window=window,
                background=background,
                image_shape=image_shape,
                to_samples=to_samples,
            )
            for number, row in enumerate(rows.to_numpy() if is_frame else rows)
        ]
        images, importances, labels, predictions = zip(*explanations, strict=True)
        display = cls(_stack(images), _stack(importances), labels=labels, predictions=predictions)
        return display.plot(
            n_columns=n_columns, cmap=cmap, colorbar=colorbar, titles=titles, figure=figure
        )

    def plot(
        self,
        *,
        n_columns: int | None = None,
        cmap: str | Colormap = "RdBu_r",
        colorbar: bool = True,
        titles: str | Sequence[str] | None = "auto",
        figure: Figure | SubFigure | None = None,
    ) -> OcclusionDisplay:
        """Draw the grid.

        The colours of each image have their own scale, because the importances in an image that
        is hard to read are smaller.

        Parameters
        ----------
        n_columns : int, default=None
            Number of columns. If None, the grid is nearly square.
        cmap : str or matplotlib Colormap, default="RdBu_r"
            Diverging colour map.
        colorbar : bool, default=True
            Whether to add a colour bar.
        titles : {"auto"}, sequence of str or None, default="auto"
            Title of each image; see `from_estimator`.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : OcclusionDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there is not one title, label or prediction for each image.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import OcclusionDisplay
        >>> display = OcclusionDisplay(np.zeros((6, 8, 8)), np.zeros((6, 8, 8)))
        >>> display.plot(n_columns=6, figure=Figure()).axes_.shape
        (1, 6)
        """
        check_consistent_length(self.images, self.importances, self.labels, self.predictions)
        self.figure_, self.axes_ = draw_grid(
            self.images,
            choose_titles(titles, self._make_titles(), len(self.images)),
            n_columns=choose_n_columns(len(self.images), n_columns),
            cmap=pale_ink(),
            figure=figure,
        )
        for cell, each in zip(self.axes_.flat, self.importances, strict=False):
            mappable = draw_importances(cell, each, cmap)
        if colorbar:
            add_colorbar(self.figure_, mappable, self.axes_)
        return self

    def _make_titles(self) -> list[tuple[str, bool]]:
        """Make the title of each image: what is explained, and what is predicted instead."""
        if self.labels is None:
            return []
        if self.predictions is None:
            return [(f"{label}", False) for label in self.labels]
        return [
            (f"{label}" if label == predicted else f"for {label}\npredicted {predicted}", False)
            for label, predicted in zip(self.labels, self.predictions, strict=True)
        ]


def pale_ink() -> Colormap:
    """Make the colour map of grey images, on which the colours of the importances stand out."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("pale", ["white", _INK])


def draw_importances(ax: Axes, importances: FloatArray, cmap: str | Colormap) -> ScalarMappable:
    """Draw importances over an image: the larger they are, the more opaque."""
    from matplotlib.cm import ScalarMappable

    shares = importances / (float(np.abs(importances).max()) or 1.0)
    mappable = ScalarMappable(cmap=cmap)
    mappable.set_clim(-1, 1)
    colors = mappable.to_rgba(shares)
    colors[..., 3] = np.minimum(np.abs(shares) / _OPAQUE_FROM, 1)
    ax.imshow(colors, interpolation="nearest")
    return mappable


def add_colorbar(figure: Figure | SubFigure, mappable: ScalarMappable, axes: AnyArray) -> None:
    """Say below the images what the colours mean."""
    bar = figure.colorbar(
        mappable, ax=axes, orientation="horizontal", aspect=40, fraction=0.05, pad=0.02
    )
    bar.set_ticks([-1, 1], labels=["against", "for the label"])
    bar.ax.tick_params(length=0, labelsize="small")
    # Within the bar, so that they need no space beside it.
    first, last = bar.ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    bar.outline.set_visible(False)


def _stack(images: Sequence[AnyArray]) -> AnyArray:
    """Stack images; those that differ in size become an array of objects."""
    if len({image.shape for image in images}) == 1:
        return np.stack(images)
    stacked = np.empty(len(images), dtype=object)
    stacked[:] = images
    return stacked
