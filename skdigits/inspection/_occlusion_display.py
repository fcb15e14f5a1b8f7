"""Images, coloured by what the predictions depend on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_consistent_length

from .._typing import AnyArray, ArrayLike, FloatArray
from ._grid import (
    choose_indices,
    choose_n_columns,
    choose_titles,
    draw_grid,
    take_rows,
    take_values,
)
from ._occlusion import explain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure

#: Pixels of at least this share of the largest importance hide the image below them.
_OPAQUE_FROM = 0.7
#: The grey of the ink, light enough for colours to stand out.
_INK = "0.55"
#: The height of the colour bar with its labels, in inches.
_BAR = 0.4


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
    OcclusionDisplay.from_predictions : Explain the predicted digits of an image.
    occlusion_map : Describes the importances.
    FiltersDisplay : Shows the filters of a network's first layer.

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
        explanations = [
            explain(
                estimator,
                np.asarray(row),
                label=None if wanted is None else wanted[number],
                window=window,
                background=background,
                image_shape=image_shape,
                to_samples=_find_container(X),
            )
            for number, row in enumerate(rows.to_numpy() if hasattr(rows, "iloc") else rows)
        ]
        images, importances, labels, predictions = zip(*explanations, strict=True)
        display = cls(_stack(images), _stack(importances), labels=labels, predictions=predictions)
        return display.plot(
            n_columns=n_columns, cmap=cmap, colorbar=colorbar, titles=titles, figure=figure
        )

    @classmethod
    def from_predictions(
        cls,
        estimator: Any,
        predictions: Sequence[Any],
        *,
        window: int | None = None,
        n_columns: int | None = None,
        cmap: str | Colormap = "RdBu_r",
        colorbar: bool = True,
        titles: str | Sequence[str] | None = "auto",
        figure: Figure | SubFigure | None = None,
    ) -> OcclusionDisplay:
        """Explain the predicted digits of an image.

        Parameters
        ----------
        estimator : Pipeline
            The model that has predicted them, with a step that frames images.
        predictions : sequence of DigitPrediction
            At least one, as returned by `skdigits.images.predict_digits`, with ``framed``.
        window : int, default=None
            Side of the window that covers a part of the image, in pixels. If None, a seventh
            of the shorter side.
        n_columns : int, default=None
            Number of columns. If None, the grid is nearly square.
        cmap : str or matplotlib Colormap, default="RdBu_r"
            Diverging colour map; see `from_estimator`.
        colorbar : bool, default=True
            Whether to add a colour bar.
        titles : {"auto"}, sequence of str or None, default="auto"
            Title of each image. ``"auto"`` is the predicted label. None leaves them out.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : OcclusionDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there are no predictions, or if an image was not framed.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skdigits import load_mnist, load_pretrained, predict_digits
        >>> from skdigits.inspection import OcclusionDisplay
        >>> model, image = load_pretrained(), load_mnist(subset="test").images[0]
        >>> digits = predict_digits(model, image)
        >>> display = OcclusionDisplay.from_predictions(model, digits, figure=Figure())
        >>> display.axes_[0, 0].get_title()
        '7'
        """
        if not predictions or any(digit.framed is None for digit in predictions):
            raise ValueError(
                "Expected at least one prediction, each with framed, which a Pipeline with an "
                "MNISTNormalizer gives. Explain other images with OcclusionDisplay.from_estimator."
            )
        display = cls(
            np.stack([digit.framed for digit in predictions]),
            np.stack(
                [
                    explain(
                        estimator, digit.framed, label=digit.label, framed=True, window=window
                    ).importances
                    for digit in predictions
                ]
            ),
            labels=[digit.label for digit in predictions],
        )
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
            add_colorbar(self.figure_, mappable, self.axes_, enlarge=figure is None)
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


def add_colorbar(figure: Any, mappable: ScalarMappable, axes: AnyArray, *, enlarge: bool) -> None:
    """Say below the images what the colours mean, perhaps on a figure that is enlarged for it."""
    if enlarge:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + _BAR)
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


def _find_container(X: Any) -> Callable[[AnyArray], Any]:
    """Find what converts an array to the container of the samples: an array, or a data frame."""
    if not hasattr(X, "iloc"):
        return np.asarray
    return lambda rows: type(X)(rows, columns=X.columns)


def _stack(images: Sequence[AnyArray]) -> AnyArray:
    """Stack images; those that differ in size become an array of objects."""
    if len({image.shape for image in images}) == 1:
        return np.stack(images)
    stacked = np.empty(len(images), dtype=object)
    stacked[:] = images
    return stacked
