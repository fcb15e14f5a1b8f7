"""A grid of images with their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_consistent_length

from .._typing import AnyArray, ArrayLike
from ._grid import (
    choose_indices,
    choose_n_columns,
    choose_titles,
    draw_grid,
    make_titles,
    take_rows,
    take_values,
    to_images,
)

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure


class DigitGridDisplay:
    """Grid of images of digits, titled with their labels.

    It is recommended to use `from_arrays` or `from_estimator` to create a
    `DigitGridDisplay`. All parameters are stored as attributes.

    Parameters
    ----------
    images : ndarray of shape (n_samples, height, width) or (n_samples, height, width, 3)
        Images. Grey ones may have any range: the darkest and the lightest
        value of the whole grid become the ends of the colour map. Colour ones are
        integers in [0, 255] or floats in [0, 1].
    labels : array-like of shape (n_samples,), default=None
        True labels.
    predictions : array-like of shape (n_samples,), default=None
        Predicted labels.
    probabilities : array-like of shape (n_samples,), default=None
        Probabilities of the predicted labels, in [0, 1].

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure that contains the grid.
    axes_ : ndarray of shape (n_rows, n_columns) of matplotlib Axes
        One for each cell. Cells without an image are invisible.

    See Also
    --------
    DigitGridDisplay.from_arrays : Show images, with labels and predictions if given.
    DigitGridDisplay.from_estimator : Show images with the labels that a classifier predicts.
    sklearn.metrics.ConfusionMatrixDisplay : Counts which labels are confused with which.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from skdigits.inspection import DigitGridDisplay
    >>> images = np.eye(8)[np.newaxis].repeat(4, axis=0)
    >>> display = DigitGridDisplay(images, labels=[1, 7, 4, 9], predictions=[1, 7, 4, 4])
    >>> display.plot(figure=Figure()).axes_.shape
    (2, 2)
    >>> display.axes_[1, 1].get_title()
    '4\\ntrue 9'
    """

    figure_: Figure | SubFigure
    axes_: AnyArray

    def __init__(
        self,
        images: AnyArray,
        *,
        labels: ArrayLike | None = None,
        predictions: ArrayLike | None = None,
        probabilities: ArrayLike | None = None,
    ) -> None:
        self.images = images
        self.labels = labels
        self.predictions = predictions
        self.probabilities = probabilities

    @classmethod
    def from_arrays(
        cls,
        X: ArrayLike,
        y: ArrayLike | None = None,
        y_pred: ArrayLike | None = None,
        *,
        y_proba: ArrayLike | None = None,
        indices: ArrayLike | None = None,
        n_samples: int | None = None,
        image_shape: tuple[int, ...] | None = None,
        n_columns: int | None = None,
        cmap: str | Colormap = "gray_r",
        titles: str | Sequence[str] | None = "auto",
        figure: Figure | SubFigure | None = None,
    ) -> DigitGridDisplay:
        """Show images, with their labels and predictions if they are given.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels)
            Images, of one or three channels. Flat ones are treated as square.
        y : array-like of shape (n_samples,), default=None
            True labels.
        y_pred : array-like of shape (n_samples,), default=None
            Predicted labels.
        y_proba : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Probabilities of the predicted labels, or of all labels: the largest is shown.
        indices : array-like of int or of bool, default=None
            Which samples to show, as positions or as a mask of all of them.
        n_samples : int, default=None
            Show the first `n_samples`. If None, at most 25 of them.
        image_shape : tuple of int, default=None
            Height, width and, in colour, 3, for flat images that are not square.
        n_columns : int, default=None
            Number of columns. If None, the grid is nearly square.
        cmap : str or matplotlib Colormap, default="gray_r"
            Colour map. The default shows MNIST grey on white.
        titles : {"auto"}, sequence of str or None, default="auto"
            Title of each image. ``"auto"`` is the predicted label, with its
            probability, and the true label if they differ, or the true label if there
            is no prediction. None leaves them out.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : DigitGridDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the arrays differ in length, the shape of the images is unknown, or
            a choice of samples is not valid.
        IndexError
            If `indices` contains a position beyond the last sample.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import DigitGridDisplay
        >>> X, y = np.zeros((10, 64)), np.arange(10)
        >>> display = DigitGridDisplay.from_arrays(X, y, indices=[2, 7, 5], figure=Figure())
        >>> [axes.get_title() for axes in display.axes_.flat]
        ['2', '7', '5']
        """
        check_consistent_length(X, y, y_pred, y_proba)
        chosen = choose_indices(len(X), indices, n_samples)
        probabilities = take_values(y_proba, chosen)
        if probabilities is not None and probabilities.ndim == 2:
            probabilities = probabilities.max(axis=1)
        display = cls(
            to_images(take_rows(X, chosen), image_shape),
            labels=take_values(y, chosen),
            predictions=take_values(y_pred, chosen),
            probabilities=probabilities,
        )
        return display.plot(n_columns=n_columns, cmap=cmap, titles=titles, figure=figure)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        show_probabilities: bool = False,
        indices: ArrayLike | None = None,
        n_samples: int | None = None,
        image_shape: tuple[int, ...] | None = None,
        n_columns: int | None = None,
        cmap: str | Colormap = "gray_r",
        titles: str | Sequence[str] | None = "auto",
        figure: Figure | SubFigure | None = None,
    ) -> DigitGridDisplay:
        """Show images with the labels that a classifier predicts.

        Only the images that are shown are predicted.

        Parameters
        ----------
        estimator : classifier or Pipeline that ends in one
            Fitted classifier.
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels)
            Images as `estimator` takes them. Flat ones are shown as square.
        y : array-like of shape (n_samples,), default=None
            True labels.
        show_probabilities : bool, default=False
            Whether to show the probability of the predicted label.
        indices : array-like of int or of bool, default=None
            Which samples to show, as positions or as a mask of all of them.
        n_samples : int, default=None
            Show the first `n_samples`. If None, at most 25 of them.
        image_shape : tuple of int, default=None
            Height, width and, in colour, 3, for flat images that are not square.
        n_columns : int, default=None
            Number of columns. If None, the grid is nearly square.
        cmap : str or matplotlib Colormap, default="gray_r"
            Colour map. The default shows MNIST grey on white.
        titles : {"auto"}, sequence of str or None, default="auto"
            Title of each image; see `from_arrays`.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : DigitGridDisplay
            The display, drawn.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `estimator` is not fitted.
        ValueError
            If the arrays differ in length or the shape of the images is unknown.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from sklearn.datasets import load_digits
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> from skdigits.inspection import DigitGridDisplay
        >>> X, y = load_digits(return_X_y=True)
        >>> classifier = KNeighborsClassifier().fit(X[:1500], y[:1500])
        >>> display = DigitGridDisplay.from_estimator(classifier, X[1500:1502], figure=Figure())
        >>> [axes.get_title() for axes in display.axes_.flat]
        ['1', '7']
        """
        check_consistent_length(X, y)
        chosen = choose_indices(len(X), indices, n_samples)
        X = take_rows(X, chosen)
        return cls.from_arrays(
            X,
            take_values(y, chosen),
            estimator.predict(X),
            y_proba=estimator.predict_proba(X) if show_probabilities else None,
            n_samples=len(chosen),
            image_shape=image_shape,
            n_columns=n_columns,
            cmap=cmap,
            titles=titles,
            figure=figure,
        )

    def plot(
        self,
        *,
        n_columns: int | None = None,
        cmap: str | Colormap = "gray_r",
        titles: str | Sequence[str] | None = "auto",
        figure: Figure | SubFigure | None = None,
    ) -> DigitGridDisplay:
        """Draw the grid.

        Parameters
        ----------
        n_columns : int, default=None
            Number of columns. If None, the grid is nearly square.
        cmap : str or matplotlib Colormap, default="gray_r"
            Colour map. The default shows MNIST grey on white.
        titles : {"auto"}, sequence of str or None, default="auto"
            Title of each image; see `from_arrays`.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : DigitGridDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there is not one title, label, prediction or probability for each image.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import DigitGridDisplay
        >>> DigitGridDisplay(np.zeros((6, 8, 8))).plot(n_columns=6, figure=Figure()).axes_.shape
        (1, 6)
        """
        check_consistent_length(self.images, self.labels, self.predictions, self.probabilities)
        automatic = make_titles(self.labels, self.predictions, self.probabilities)
        self.figure_, self.axes_ = draw_grid(
            np.asarray(self.images),
            choose_titles(titles, automatic, len(self.images)),
            n_columns=choose_n_columns(len(self.images), n_columns),
            cmap=cmap,
            figure=figure,
        )
        return self
