"""A confusion matrix that shows the mistakes of a good classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay

from .._typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# With more labels than this, the counts would not fit their cells.
_MAX_COUNTED = 20


def draw_confusion_matrix(
    y: ArrayLike, predictions: ArrayLike, classes: ArrayLike, *, figure: Figure
) -> ConfusionMatrixDisplay:
    """Draw which labels are taken for which.

    Only the mistakes are coloured: beside a thousand right answers on the diagonal,
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
    axes = figure.subplots()
    display = ConfusionMatrixDisplay.from_predictions(
        y,
        predictions,
        labels=classes,
        include_values=len(classes) <= _MAX_COUNTED,
        colorbar=False,
        cmap="Oranges",
        ax=axes,
    )
    counts = display.confusion_matrix
    mistakes = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    most = max(mistakes.max(), 1)
    display.im_.set(data=mistakes, clim=(0, most))
    axes.spines[:].set_visible(True)
    if display.text_ is not None:
        for (row, column), text in np.ndenumerate(display.text_):
            text.set_text(f"{counts[row, column] or ''}")
            text.set_color("white" if mistakes[row, column] > most / 2 else "black")
            if row == column:
                text.set(color="0.4", weight="bold")
    return display
