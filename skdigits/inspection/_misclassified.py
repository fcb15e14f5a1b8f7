"""Misclassified images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils import check_consistent_length, column_or_1d

from .._plurals import counted
from .._typing import AnyArray, ArrayLike, Classifier, FloatArray, IntArray
from ._digit_grid import DigitGridDisplay
from ._grid import choose_indices, take_rows, take_values, to_images

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure


class MisclassifiedDisplay:
    """Grid of misclassified images, the most confident mistakes first.

    It is recommended to use `from_estimator` or `from_predictions` to create a
    `MisclassifiedDisplay`. All parameters are stored as attributes.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
            (n_samples, height, width, channels), or list of array-like
        All images. Flat ones are treated as square. In a list, images may differ in
        height and width.
    y : array-like of shape (n_samples,)
        True labels.
    predictions : array-like of shape (n_samples,)
        Predicted labels.
    probabilities : array-like of shape (n_samples,), default=None
        Probabilities of the predicted labels, in [0, 1]. If None, the mistakes keep
        their order.
    image_shape : tuple of int, default=None
        Height, width and, in colour, 3, for flat images that are not square.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure that contains the grid.
    axes_ : ndarray of shape (n_rows, n_columns) of matplotlib Axes
        One for each cell. Of shape (0, 0) if there are no mistakes.
    indices_ : ndarray of int, shape (n_shown,)
        Rows of `X` that are shown, in order.
    n_mistakes_ : int
        Number of mistakes, shown or not.

    See Also
    --------
    MisclassifiedDisplay.from_estimator : Show the mistakes of a classifier.
    MisclassifiedDisplay.from_predictions : Show the mistakes among given predictions.
    DigitGridDisplay : Shows any images.
    sklearn.metrics.ConfusionMatrixDisplay : Counts which labels are confused with which.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from skdigits.inspection import MisclassifiedDisplay
    >>> display = MisclassifiedDisplay(
    ...     np.zeros((3, 8, 8)), y=[4, 7, 9], predictions=[9, 7, 4], probabilities=[0.6, 1, 0.8]
    ... )
    >>> display.plot(figure=Figure()).indices_
    array([2, 0])
    """

    figure_: Figure | SubFigure
    axes_: AnyArray
    indices_: IntArray
    n_mistakes_: int

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        predictions: ArrayLike,
        *,
        probabilities: ArrayLike | None = None,
        image_shape: tuple[int, ...] | None = None,
    ) -> None:
        self.X = X
        self.y = y
        self.predictions = predictions
        self.probabilities = probabilities
        self.image_shape = image_shape

    @classmethod
    def from_estimator(
        cls,
        estimator: Classifier,
        X: ArrayLike,
        y: ArrayLike,
        *,
        n_images: int | None = None,
        image_shape: tuple[int, ...] | None = None,
        cmap: str | Colormap = "gray_r",
        figure: Figure | SubFigure | None = None,
    ) -> MisclassifiedDisplay:
        """Show the mistakes of a classifier.

        Parameters
        ----------
        estimator : classifier or Pipeline that ends in one
            Fitted classifier. Without ``predict_proba`` its mistakes keep their order.
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels), or list of array-like
            Images as `estimator` takes them. Flat ones are shown as square.
        y : array-like of shape (n_samples,)
            True labels.
        n_images : int, default=None
            Show the first `n_images` mistakes, or all if there are fewer. If None, at
            most 25 of them.
        image_shape : tuple of int, default=None
            Height, width and, in colour, 3, for flat images that are not square.
        cmap : str or matplotlib Colormap, default="gray_r"
            Colour map of grey images. The default shows MNIST grey on white; ``"gray"``
            shows photographs as they are.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : MisclassifiedDisplay
            The display, drawn.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `estimator` is not fitted.
        ValueError
            If the arrays differ in length, the shape of the images is unknown, or
            `n_images` is not positive.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from sklearn.datasets import load_digits
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> from skdigits.inspection import MisclassifiedDisplay
        >>> X, y = load_digits(return_X_y=True)
        >>> classifier = KNeighborsClassifier().fit(X[:1500], y[:1500])
        >>> display = MisclassifiedDisplay.from_estimator(
        ...     classifier, X[1500:], y[1500:], n_images=4, figure=Figure()
        ... )
        >>> display.n_mistakes_, len(display.indices_)
        (13, 4)
        """
        check_consistent_length(X, y)
        predictions = estimator.predict(X)
        predict_proba = getattr(estimator, "predict_proba", None)
        return cls.from_predictions(
            X,
            y,
            predictions,
            probabilities=None if predict_proba is None else predict_proba(X),
            classes=getattr(estimator, "classes_", None),
            n_images=n_images,
            image_shape=image_shape,
            cmap=cmap,
            figure=figure,
        )

    @classmethod
    def from_predictions(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        predictions: ArrayLike,
        *,
        probabilities: ArrayLike | None = None,
        classes: ArrayLike | None = None,
        n_images: int | None = None,
        image_shape: tuple[int, ...] | None = None,
        cmap: str | Colormap = "gray_r",
        figure: Figure | SubFigure | None = None,
    ) -> MisclassifiedDisplay:
        """Show the mistakes among given predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels), or list of array-like
            Images. Flat ones are treated as square.
        y : array-like of shape (n_samples,)
            True labels.
        predictions : array-like of shape (n_samples,)
            Predicted labels.
        probabilities : array-like of shape (n_samples, n_classes), default=None
            Probabilities of all labels. If None, the mistakes keep their order.
        classes : array-like of shape (n_classes,), default=None
            Labels in the order of `probabilities`. If None, the largest probability
            of an image is assumed to be that of its predicted label.
        n_images : int, default=None
            Show the first `n_images` mistakes, or all if there are fewer. If None, at
            most 25 of them.
        image_shape : tuple of int, default=None
            Height, width and, in colour, 3, for flat images that are not square.
        cmap : str or matplotlib Colormap, default="gray_r"
            Colour map of grey images. The default shows MNIST grey on white; ``"gray"``
            shows photographs as they are.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : MisclassifiedDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the arrays differ in length, `probabilities` and `classes` do not match,
            the shape of the images is unknown, or `n_images` is not positive.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import MisclassifiedDisplay
        >>> display = MisclassifiedDisplay.from_predictions(
        ...     np.zeros((2, 8, 8)),
        ...     y=[4, 7],
        ...     predictions=[9, 7],
        ...     probabilities=[[0.2, 0.0, 0.8], [0.0, 1.0, 0.0]],
        ...     classes=[4, 7, 9],
        ...     figure=Figure(),
        ... )
        >>> display.axes_[0, 0].get_title()
        '9 (80%)\\ntrue 4'
        """
        check_consistent_length(X, y, predictions, probabilities)
        if probabilities is not None:
            probabilities = _find_confidences(predictions, probabilities, classes)
        display = cls(X, y, predictions, probabilities=probabilities, image_shape=image_shape)
        return display.plot(n_images=n_images, cmap=cmap, figure=figure)

    def plot(
        self,
        *,
        n_images: int | None = None,
        cmap: str | Colormap = "gray_r",
        figure: Figure | SubFigure | None = None,
    ) -> MisclassifiedDisplay:
        """Draw the grid, or say that there are no mistakes.

        Parameters
        ----------
        n_images : int, default=None
            Show the first `n_images` mistakes, or all if there are fewer. If None, at
            most 25 of them.
        cmap : str or matplotlib Colormap, default="gray_r"
            Colour map of grey images.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : MisclassifiedDisplay
            The display itself.

        Raises
        ------
        ValueError
            If the arrays differ in length, the shape of the images is unknown, or
            `n_images` is not positive.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import MisclassifiedDisplay
        >>> display = MisclassifiedDisplay(np.zeros((2, 8, 8)), [4, 7], [4, 7])
        >>> display.plot(figure=Figure()).figure_.texts[0].get_text()
        'No mistakes in 2 images.'
        """
        check_consistent_length(self.X, self.y, self.predictions, self.probabilities)
        if n_images is not None and n_images < 1:
            raise ValueError(f"n_images must be a positive integer, got {n_images}.")
        mistakes = self._find_mistakes()
        self.n_mistakes_ = len(mistakes)
        if self.n_mistakes_:
            n_shown = None if n_images is None else min(n_images, self.n_mistakes_)
            self.indices_ = mistakes[choose_indices(self.n_mistakes_, None, n_shown)]
            self._draw_mistakes(cmap, figure)
        else:
            self.indices_ = mistakes
            self._draw_no_mistakes(figure)
        return self

    def _find_mistakes(self) -> IntArray:
        """Find the rows of mistakes, the most confident first."""
        mistakes = np.flatnonzero(column_or_1d(self.y) != column_or_1d(self.predictions))
        probabilities = take_values(self.probabilities, mistakes)
        if probabilities is None:
            return mistakes
        # Stable, so that mistakes of equal probability keep their order.
        return mistakes[np.argsort(-probabilities, kind="stable")]

    def _draw_mistakes(self, cmap: str | Colormap, figure: Figure | SubFigure | None) -> None:
        """Draw the chosen mistakes."""
        grid = DigitGridDisplay(
            to_images(take_rows(self.X, self.indices_), self.image_shape),
            labels=take_values(self.y, self.indices_),
            predictions=take_values(self.predictions, self.indices_),
            probabilities=take_values(self.probabilities, self.indices_),
        ).plot(cmap=cmap, figure=figure)
        self.figure_, self.axes_ = grid.figure_, grid.axes_

    def _draw_no_mistakes(self, figure: Figure | SubFigure | None) -> None:
        """Say that there are no mistakes."""
        if figure is None:
            from matplotlib import pyplot

            figure = pyplot.figure(figsize=(4.5, 1.0))
        text = f"No mistakes in {counted(len(np.asarray(self.y)), 'image')}."
        figure.text(0.5, 0.5, text, ha="center", va="center")
        self.figure_, self.axes_ = figure, np.empty((0, 0), dtype=object)


def _find_confidences(
    predictions: ArrayLike, probabilities: ArrayLike, classes: ArrayLike | None
) -> FloatArray:
    """Find the probability of each predicted label among those of all labels."""
    shares = np.asarray(probabilities)
    if shares.ndim != 2:
        raise ValueError(
            f"probabilities must have the shape (n_samples, n_classes), got {shares.shape}."
        )
    if classes is None:
        largest: FloatArray = shares.max(axis=1)
        return largest
    classes, predictions = np.asarray(classes), column_or_1d(predictions)
    if classes.shape != shares.shape[1:]:
        raise ValueError(
            f"Expected {counted(shares.shape[1], 'class')}, one for each column of probabilities, "
            f"got classes of shape {classes.shape}."
        )
    is_predicted = predictions[:, np.newaxis] == classes
    if not is_predicted.any(axis=1).all():
        unknown = np.setdiff1d(predictions, classes)
        raise ValueError(f"Expected predictions to be among classes, found also {unknown}.")
    # Not the largest: some classifiers, such as SVC, do not predict the most probable label.
    predicted: FloatArray = shares[np.arange(len(predictions)), is_predicted.argmax(axis=1)]
    return predicted
