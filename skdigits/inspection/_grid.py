"""Drawing of a grid of titled pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sklearn.utils import column_or_1d

from .._typing import AnyArray, ArrayLike

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure

# Vermilion stands out from black for every kind of colour vision.
_RIGHT, _WRONG = "black", "#D55E00"
_FRAME = "0.8"
_MAX_COLUMNS = 10
# In pictures larger than this, single pixels would not be seen.
_LARGE = 100
# In inches: pictures fill this width, but get neither too small nor too large to look at.
_WIDTH, _MIN_SIDE, _MAX_SIDE = 6.0, 1.0, 1.8


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
    titles: Any, worded: list[tuple[str, bool]], n_images: int
) -> list[tuple[str, bool]]:
    """Choose between the titles that `make_titles` worded, those of the caller and none."""
    if titles is None:
        return []
    if isinstance(titles, str) and titles == "auto":
        return worded
    if isinstance(titles, str) or len(titles) != n_images:
        raise ValueError(
            f'titles must be "auto", a list of {n_images} titles or None, got {titles!r}.'
        )
    return [(title, False) for title in titles]


def make_titles(
    labels: ArrayLike | None, predictions: ArrayLike | None, probabilities: ArrayLike | None
) -> list[tuple[str, bool]]:
    """Word the title of each picture, and say whether its prediction is wrong."""
    # A frame of one column too, as scikit-learn's metrics take it.
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
    # Colour alone is not enough for every reader: the true label says it too.
    return [
        (f"{title}\ntrue {label}", True) if label != predicted else (title, False)
        for title, label, predicted in rows
    ]


def _or_empty(values: ArrayLike | None) -> Iterable[Any]:
    """Give an iterable for what may be None."""
    return () if values is None else values


def draw_grid(
    images: AnyArray,
    titles: list[tuple[str, bool]],
    *,
    n_columns: int,
    cmap: str | Colormap,
    figure: Figure | SubFigure | None,
) -> tuple[Figure | SubFigure, AnyArray]:
    """Draw pictures, row by row; gives the figure and its axes."""
    n_rows = -(-len(images) // n_columns)
    if figure is None:
        from matplotlib import pyplot

        side = min(max(_MIN_SIDE, _WIDTH / n_columns), _MAX_SIDE)
        size = (side * n_columns, (side + _title_height(titles)) * n_rows)
        figure = pyplot.figure(figsize=size, layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False)
    # One scale for the whole grid, so that a faint digit looks faint; but not for pictures of
    # several sizes, which are from several sources.
    is_mixed = images.dtype == object
    low, high = (None, None) if is_mixed else (float(images.min()), float(images.max()))
    for cell, image in zip(axes.flat, images, strict=False):
        is_large = max(image.shape[:2]) > _LARGE
        interpolation = None if is_large else "nearest"
        cell.imshow(image, cmap=cmap, interpolation=interpolation, vmin=low, vmax=high)
        cell.set(xticks=[], yticks=[])
        cell.spines[:].set_color(_FRAME)
    for cell in axes.flat[len(images) :]:
        cell.set_axis_off()
    for cell, (title, is_wrong) in zip(axes.flat, titles, strict=False):
        cell.set_title(title, color=_WRONG if is_wrong else _RIGHT, fontsize="medium")
    return figure, axes


def _title_height(titles: list[tuple[str, bool]]) -> float:
    """Find the height in inches that the tallest title needs."""
    n_lines = max((title.count("\n") + 1 for title, _ in titles), default=0)
    return 0.2 * n_lines
