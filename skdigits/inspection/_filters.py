"""What the first layer of a network looks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from .._pipeline import divide_steps
from .._plurals import counted
from .._typing import AnyArray, ArrayLike, FloatArray
from ._grid import (
    choose_indices,
    choose_n_columns,
    choose_titles,
    draw_grid,
    make_titles,
    take_values,
    to_images,
)

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure

#: More filters than this on one figure are too small to see.
_MOST_SHOWN = 64
_FIRST_LAYER = (
    "Expected the first layer with weights to be a dense layer with one weight for each pixel, or "
    "a two-dimensional convolution of one or three channels"
)
_OTHERWISE = "OcclusionDisplay shows what any classifier looks at."


class FiltersDisplay:
    """Grid of the filters of a network's first layer, or of the weights of a linear classifier.

    It is recommended to use `from_estimator` to create a `FiltersDisplay`. All parameters are
    stored as attributes.

    Parameters
    ----------
    filters : ndarray of shape (n_filters, height, width) or (n_filters, height, width, 3)
        The weights by which a layer multiplies the pixels.
    labels : array-like of shape (n_filters,), default=None
        The class that each filter belongs to, in a linear classifier.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure that contains the grid.
    axes_ : ndarray of shape (n_rows, n_columns) of matplotlib Axes
        One for each cell. Cells without a filter are invisible.

    See Also
    --------
    FiltersDisplay.from_estimator : Show the filters of a classifier.
    OcclusionDisplay : Shows what a prediction depends on.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from skdigits.inspection import FiltersDisplay
    >>> filters = np.linspace(-1, 1, 54).reshape(6, 3, 3)
    >>> FiltersDisplay(filters).plot(n_columns=3, figure=Figure()).axes_.shape
    (2, 3)
    """

    figure_: Figure | SubFigure
    axes_: AnyArray

    def __init__(self, filters: FloatArray, *, labels: ArrayLike | None = None) -> None:
        self.filters = filters
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        indices: ArrayLike | None = None,
        n_filters: int | None = None,
        image_shape: tuple[int, ...] | None = None,
        n_columns: int | None = None,
        cmap: str | Colormap = "RdBu_r",
        shared_scale: bool = False,
        colorbar: bool = True,
        titles: str | Sequence[str] | None = "auto",
        figure: Figure | SubFigure | None = None,
    ) -> FiltersDisplay:
        """Show the filters of a classifier.

        Parameters
        ----------
        estimator : classifier or Pipeline that ends in one
            Fitted. A network with ``coefs_``, as those of skdigits and
            `sklearn.neural_network.MLPClassifier` have, or a linear classifier with ``coef_``.
            Convolutions have small filters; those of a dense layer, or of a linear classifier,
            have the size of the image.
        indices : array-like of int or of bool, default=None
            Which filters to show, as positions or as a mask of all of them.
        n_filters : int, default=None
            Show the first `n_filters`. If None, at most 64 of them.
        image_shape : tuple of int, default=None
            Height, width and, in colour, 3, if the classifier was fitted on flat images that
            are not square. Not used for convolutions.
        n_columns : int, default=None
            Number of columns. If None, the grid is nearly square.
        cmap : str or matplotlib Colormap, default="RdBu_r"
            Diverging colour map. With the default, red weights are positive, blue ones negative
            and white ones 0. Filters of colour images are shown in their own colours, with
            weights of 0 in grey.
        shared_scale : bool, default=False
            Whether all filters have the same scale, so that those with small weights look pale.
            If False, each has its own: batch normalisation after a layer scales its outputs, so
            only the pattern of such a filter counts.
        colorbar : bool, default=True
            Whether to add a colour bar. There is none for filters of colour images.
        titles : {"auto"}, sequence of str or None, default="auto"
            Title of each filter. ``"auto"`` is the class in a linear classifier, and nothing
            in a network. None leaves them out.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : FiltersDisplay
            The display, drawn.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `estimator` is not fitted.
        TypeError
            If `estimator` has no such weights.
        ValueError
            If its weights do not form images, or a choice of filters is not valid.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from sklearn.datasets import load_digits
        >>> from sklearn.linear_model import RidgeClassifier
        >>> from skdigits.inspection import FiltersDisplay
        >>> X, y = load_digits(return_X_y=True)
        >>> display = FiltersDisplay.from_estimator(RidgeClassifier().fit(X, y), figure=Figure())
        >>> display.filters.shape
        (10, 8, 8)
        """
        filters, labels = _find_filters(estimator, image_shape)
        if indices is None and n_filters is None:
            n_filters = min(len(filters), _MOST_SHOWN)
        chosen = choose_indices(len(filters), indices, n_filters)
        display = cls(filters[chosen], labels=take_values(labels, chosen))
        return display.plot(
            n_columns=n_columns,
            cmap=cmap,
            shared_scale=shared_scale,
            colorbar=colorbar,
            titles=titles,
            figure=figure,
        )

    def plot(
        self,
        *,
        n_columns: int | None = None,
        cmap: str | Colormap = "RdBu_r",
        shared_scale: bool = False,
        colorbar: bool = True,
        titles: str | Sequence[str] | None = "auto",
        figure: Figure | SubFigure | None = None,
    ) -> FiltersDisplay:
        """Draw the grid.

        Colours are symmetric about weights of 0.

        Parameters
        ----------
        n_columns : int, default=None
            Number of columns. If None, the grid is nearly square.
        cmap : str or matplotlib Colormap, default="RdBu_r"
            Diverging colour map; see `from_estimator`.
        shared_scale : bool, default=False
            Whether all filters have the same scale, so that those with small weights look pale.
            If False, each has its own: batch normalisation after a layer scales its outputs, so
            only the pattern of such a filter counts.
        colorbar : bool, default=True
            Whether to add a colour bar. There is none for filters of colour images.
        titles : {"auto"}, sequence of str or None, default="auto"
            Title of each filter; see `from_estimator`.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a suitable size.

        Returns
        -------
        display : FiltersDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there is not one title or label for each filter.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import FiltersDisplay
        >>> display = FiltersDisplay(np.eye(5)[np.newaxis], labels=["slash"])
        >>> display.plot(figure=Figure()).axes_[0, 0].get_title()
        'slash'
        """
        check_consistent_length(self.filters, self.labels)
        filters = np.asarray(self.filters)
        in_colour = filters.ndim == 4
        axes = None if shared_scale else tuple(range(1, filters.ndim))
        largest = np.abs(filters).max(axis=axes, keepdims=True)
        shares = filters / np.where(largest > 0, largest, 1)
        self.figure_, self.axes_ = draw_grid(
            (1 + shares) / 2 if in_colour else shares,
            choose_titles(titles, make_titles(self.labels, None, None), len(filters)),
            n_columns=choose_n_columns(len(filters), n_columns),
            cmap=cmap,
            limits=(-1, 1),
            figure=figure,
        )
        if colorbar and not in_colour:
            image = self.axes_.flat[0].get_images()[0]
            bar = self.figure_.colorbar(image, ax=self.axes_, aspect=40, fraction=0.05, pad=0.02)
            bar.outline.set_visible(False)
            end = f"{largest.max():.2g}"
            ends = [f"-{end}", f"+{end}"] if shared_scale else ["negative", "positive"]
            bar.set_ticks([-1, 0, 1], labels=[ends[0], "0", ends[1]])
        return self


def _find_filters(
    estimator: Any, image_shape: tuple[int, ...] | None
) -> tuple[FloatArray, AnyArray | None]:
    """Find the filters of a classifier, and the class that each belongs to in a linear one."""
    *steps, classifier = divide_steps(estimator)[1]
    check_is_fitted(classifier)
    labels = None
    if hasattr(classifier, "coefs_"):
        kernel = np.asarray(next(iter(classifier.coefs_), ()))  # a network may have no weights
    elif hasattr(classifier, "coef_"):
        kernel = np.atleast_2d(classifier.coef_).T
        labels = _find_labels(classifier, kernel.shape[-1])
    else:
        raise TypeError(
            "Expected a network with coefs_ or a linear classifier with coef_, found "
            f"{type(classifier).__name__}, which has neither. {_OTHERWISE}"
        )
    # Filters come last in a kernel.
    filters = np.moveaxis(kernel, -1, 0)
    if filters.ndim == 2:
        _refuse_other_features(steps, filters.shape[1])
        known = getattr(classifier, "sample_shape_", (filters.shape[1],))
        if image_shape is None and math.prod(known) != filters.shape[1]:
            raise ValueError(
                f"{_FIRST_LAYER}, found weights of shape {kernel.shape} for samples of shape "
                f"{known}. If they are for the pixels of another image, as after pooling, pass "
                f"its image_shape. {_OTHERWISE}"
            )
        if image_shape is None and len(known) > 1:
            image_shape = known
        return to_images(filters, image_shape), labels
    if filters.ndim != 4 or filters.shape[3] not in (1, 3):
        raise ValueError(f"{_FIRST_LAYER}, found weights of shape {kernel.shape}. {_OTHERWISE}")
    return filters[..., 0] if filters.shape[3] == 1 else filters, labels


def _find_labels(classifier: Any, n_filters: int) -> AnyArray | None:
    """Find the class that each filter of a linear classifier speaks for."""
    classes = np.asarray(classifier.classes_)
    if n_filters == len(classes):
        return classes
    return classes[1:] if (n_filters, len(classes)) == (1, 2) else None


def _refuse_other_features(steps: list[Any], n_features: int) -> None:
    """Refuse weights of features that are not pixels, as after a PCA."""
    for step in reversed(steps):
        n_before = getattr(step, "n_features_in_", n_features)
        if n_before != n_features:
            raise ValueError(
                f"Expected weights of pixels, but {type(step).__name__} makes "
                f"{counted(n_features, 'feature')} of {n_before}. Pass a Pipeline without "
                "this step."
            )
