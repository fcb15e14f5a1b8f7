"""A confusion matrix that shows the mistakes of a good classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay

from .._typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# White, and an orange light enough for black counts.
_COLORS = ("#FFFFFF", "#F2995A")
#: With more labels than this, the counts would not fit into their cells.
MAX_COUNTED = 20
# In points: the size of the counts if there is space, and the width of a digit of size 1.
_FONT_SIZE, _DIGIT_WIDTH = 10.0, 0.65
# In points: the smallest size of a label that can be read, and the space between two labels.
_LEAST_SIZE, _SPACE = 6.0, 1.0
# Labels of more characters than this are written upwards below their column.
_LONG_LABEL = 2


def draw_confusion_matrix(
    y: ArrayLike, predictions: ArrayLike, classes: ArrayLike, *, figure: Figure
) -> ConfusionMatrixDisplay:
    """Draw which labels are confused with which.

    Only the mistakes are coloured: next to a thousand correct predictions on the diagonal,
    ten mistakes and none would look the same. Cells of no sample stay empty.

    Parameters
    ----------
    y, predictions : array-like of shape (n_samples,)
        True and predicted labels.
    classes : array-like of shape (n_classes,)
        All labels, in the order of the rows.
    figure : matplotlib Figure
        Figure to draw into.

    Returns
    -------
    display : sklearn.metrics.ConfusionMatrixDisplay
        The display, drawn.
    """
    from matplotlib.colors import LinearSegmentedColormap

    axes = figure.subplots()
    display = ConfusionMatrixDisplay.from_predictions(
        y,
        predictions,
        labels=classes,
        include_values=len(classes) <= MAX_COUNTED,
        colorbar=False,
        cmap=LinearSegmentedColormap.from_list("mistakes", _COLORS),
        ax=axes,
    )
    _label_axes(display, figure)
    counts = display.confusion_matrix
    mistakes = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    display.im_.set(data=mistakes, clim=(0, max(mistakes.max(), 1)))
    if display.text_ is not None:
        # The matrix takes about four fifths of the figure, and a count nine tenths of its cell.
        width = 72 * 0.8 * 0.9 * figure.get_figwidth() / len(counts)
        font_size = min(_FONT_SIZE, width / (_DIGIT_WIDTH * len(str(counts.max()))))
        for (row, column), text in np.ndenumerate(display.text_):
            text.set(text=f"{counts[row, column] or ''}", size=font_size)
            text.set_color("0.4" if row == column else "black")
    return display


def _label_axes(display: ConfusionMatrixDisplay, figure: Figure) -> None:
    """Make the labels of many classes small enough, or write only some of them."""
    labels = [str(label) for label in display.display_labels]
    available = 72 * 0.8 * figure.get_figwidth() / len(labels) - _SPACE
    step = 1
    while step * (available + _SPACE) - _SPACE < _LEAST_SIZE:
        step += 1
    size = min(_FONT_SIZE, max(available, _LEAST_SIZE))
    rotation = 90 if max(map(len, labels)) > _LONG_LABEL else 0
    places = range(0, len(labels), step)
    # A label such as "$" is no formula.
    display.ax_.set_xticks(places, labels[::step], size=size, rotation=rotation, parse_math=False)
    display.ax_.set_yticks(places, labels[::step], size=size, parse_math=False)
