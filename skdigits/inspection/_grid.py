"""Choose samples, view them as images, and draw them in a grid with titles."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import column_or_1d

from .._image import find_image_shape, is_list
from .._plurals import counted
from .._typing import AnyArray, ArrayLike, IntArray

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure

# More images than this on one figure are too small to read.
_DEFAULT_N_SAMPLES = 25
# Vermilion can be told apart from black by all readers.
_RIGHT, _WRONG = "black", "#D55E00"
_FRAME = "0.8"
_MAX_COLUMNS = 10
# In images larger than this, single pixels are not visible.
_LARGE = 100
# In inches: images fill this width, within limits for the side of each.
_WIDTH, _MIN_SIDE, _MAX_SIDE = 6.0, 1.0, 1.8


def choose_indices(n_available: int, indices: ArrayLike | None, n_samples: int | None) -> IntArray:
    """Convert the two ways of choosing samples to positions."""
    if indices is None:
        return np.arange(_check_n_samples(n_available, n_samples))
    if n_samples is not None:
        raise ValueError("Expected indices or n_samples, got both. Pass one of them.")
    chosen = np.asarray(indices)
    if chosen.dtype == bool and chosen.shape == (n_available,):
        chosen = np.flatnonzero(chosen)
    if chosen.ndim != 1 or chosen.size == 0 or chosen.dtype.kind not in "iu":
        raise ValueError(
            "indices must be a non-empty list of integers, or a boolean mask of shape "
            f"({n_available},) that is true somewhere, got {indices!r}."
        )
    if chosen.min() < -n_available or chosen.max() >= n_available:
        raise IndexError(
            f"indices of {counted(n_available, 'sample')} must lie between {-n_available} and "
            f"{n_available - 1}, got indices from {chosen.min()} to {chosen.max()}."
        )
    return chosen


def _check_n_samples(n_available: int, n_samples: int | None) -> int:
    """Find how many of the first samples to take."""
    if n_samples is None:
        n_samples = min(n_available, _DEFAULT_N_SAMPLES)
    if not 1 <= n_samples <= n_available:
        raise ValueError(
            f"n_samples must lie between 1 and the number of samples, {n_available}, "
            f"got {n_samples}."
        )
    return n_samples


def is_mixed(X: ArrayLike) -> bool:
    """Say whether images are in a list and differ in shape."""
    return is_list(X) and len({np.shape(image) for image in X}) > 1


def take_rows(X: ArrayLike, indices: IntArray) -> ArrayLike:
    """Take samples; a data frame remains one, for an estimator that was fitted on one."""
    if hasattr(X, "iloc"):
        return X.iloc[indices]
    if is_mixed(X):
        return [X[index] for index in indices]
    return X[indices] if hasattr(X, "shape") else np.asarray(X)[indices]


def take_values(values: ArrayLike | None, indices: IntArray) -> AnyArray | None:
    """Take the values of the chosen samples, if there are any."""
    return None if values is None else np.asarray(values)[indices]


def to_images(X: ArrayLike, image_shape: tuple[int, ...] | None) -> AnyArray:
    """View samples as images of shape (height, width), or (height, width, 3) in colour.

    Images that differ in shape are returned in an array of objects.
    """
    if is_mixed(X):
        images = np.empty(len(X), dtype=object)
        for row, image in enumerate(X):
            images[row] = to_images(np.asarray(image)[np.newaxis], image_shape)[0]
        return images
    samples = np.asarray(X)
    shape = samples.shape[1:] if image_shape is None else tuple(image_shape)
    if image_shape is None and len(shape) == 1:
        shape = find_image_shape(shape) or shape
    if len(shape) == 3 and shape[2] == 1:
        shape = shape[:2]
    is_image = len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
    if not is_image or math.prod(shape) != math.prod(samples.shape[1:]):
        shown = "" if image_shape is None else f" to show as {shape}"
        raise ValueError(
            "Expected images of shape (height, width), (height, width, 1) or (height, width, 3), "
            f"or flat square ones, got samples of shape {samples.shape[1:]}{shown}. Pass their "
            "height and width: image_shape=(height, width). A single image needs a first axis: "
            "X[np.newaxis]."
        )
    return samples.reshape(len(samples), *shape)


def choose_n_columns(n_images: int, n_columns: int | None) -> int:
    """Check the number of columns, or find the squarest grid with the fewest empty cells."""
    if n_columns is None:
        side = math.isqrt(n_images - 1) + 1
        candidates = range(side, max(side, _MAX_COLUMNS) + 1)
        return min(candidates, key=lambda n: (-n_images % n, n))
    if n_columns < 1:
        raise ValueError(f"n_columns must be a positive integer, got {n_columns}.")
    return n_columns


def choose_titles(
    titles: Any, automatic: list[tuple[str, bool]], n_images: int
) -> list[tuple[str, bool]]:
    """Choose between the titles of `make_titles`, those of the caller and none."""
    if titles is None:
        return []
    if isinstance(titles, str) and titles == "auto":
        return automatic
    if isinstance(titles, str) or len(titles) != n_images:
        raise ValueError(
            f'titles must be "auto", a list of {counted(n_images, "title")} or None, '
            f"got {titles!r}."
        )
    return [(title, False) for title in titles]


def make_titles(
    labels: ArrayLike | None, predictions: ArrayLike | None, probabilities: ArrayLike | None
) -> list[tuple[str, bool]]:
    """Make the title of each image, and say whether its prediction is wrong."""
    # Also a data frame of one column, as in scikit-learn's metrics.
    labels = None if labels is None else column_or_1d(labels)
    if predictions is None:
        return [(f"{label}", False) for label in _or_empty(labels)]
    predictions = column_or_1d(predictions)
    shown = [f"{predicted}" for predicted in predictions]
    if probabilities is not None:
        pairs = zip(shown, probabilities, strict=True)
        shown = [f"{predicted} ({probability:.0%})" for predicted, probability in pairs]
    if labels is None:
        return [(title, False) for title in shown]
    rows = zip(shown, labels, predictions, strict=True)
    # Colour alone is not enough for all readers, so the true label is added.
    return [
        (f"{title}\ntrue {label}", True) if label != predicted else (title, False)
        for title, label, predicted in rows
    ]


def _or_empty(values: ArrayLike | None) -> Iterable[Any]:
    """Replace None by an empty iterable."""
    return () if values is None else values


def draw_grid(
    images: AnyArray,
    titles: list[tuple[str, bool]],
    *,
    n_columns: int,
    cmap: str | Colormap,
    figure: Figure | SubFigure | None,
    limits: tuple[float | None, float | None] | None = None,
) -> tuple[Figure | SubFigure, AnyArray]:
    """Draw images, row by row, and return the figure and its axes.

    ``limits`` are the values at the ends of the colour map.
    """
    n_rows = -(-len(images) // n_columns)
    if figure is None:
        from matplotlib import pyplot

        side = min(max(_MIN_SIDE, _WIDTH / n_columns), _MAX_SIDE)
        size = (side * n_columns, (side + _title_height(titles)) * n_rows)
        figure = pyplot.figure(figsize=size, layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False)
    # One scale for the whole grid, so that a faint digit looks faint, except for images of
    # several sizes, which come from several sources.
    if limits is None:
        is_mixed = images.dtype == object
        limits = (None, None) if is_mixed else (float(images.min()), float(images.max()))
    low, high = limits
    for cell, image in zip(axes.flat, images, strict=False):
        is_large = max(image.shape[:2]) > _LARGE
        interpolation = None if is_large else "nearest"
        cell.imshow(image, cmap=cmap, interpolation=interpolation, vmin=low, vmax=high)
        cell.set(xticks=[], yticks=[])
        cell.spines[:].set_color(_FRAME)
    for cell in axes.flat[len(images) :]:
        cell.set_axis_off()
    for cell, (title, is_wrong) in zip(axes.flat, titles, strict=False):
        color = _WRONG if is_wrong else _RIGHT
        cell.set_title(title, color=color, fontsize="medium", parse_math=False)
    return figure, axes


def _title_height(titles: list[tuple[str, bool]]) -> float:
    """Find the height of the tallest title in inches."""
    n_lines = max((title.count("\n") + 1 for title, _ in titles), default=0)
    return 0.2 * n_lines
