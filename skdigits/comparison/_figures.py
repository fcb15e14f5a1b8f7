"""The figures of a report: their contents and sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import AnyArray
from ..inspection import ComparisonDisplay, MisclassifiedDisplay
from ..inspection._confusion_matrix import MAX_COUNTED, draw_confusion_matrix
from ..inspection._grid import choose_n_columns, to_images
from ..inspection._rendering import render_figure
from ._captions import (
    describe_confusion,
    describe_costs,
    describe_curves,
    describe_errors,
    describe_mistakes,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ._findings import Findings, WinnerPredictions

# Widths in inches of a full page, half a page, and a phone.
_WIDE, _HALF, _NARROW = 10.8, 5.0, 3.9
_MAX_MISTAKES = 20
# Colours that everyone can tell apart; in print the line styles differ too.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_LINES = ("-", "--", "-.", ":")


@dataclass(frozen=True)
class ReportFigure:
    """A figure of a report, drawn on demand.

    Parameters
    ----------
    title : str
        Its heading.
    caption : str
        Its caption.
    alt : str
        Its alternative text, which includes the numbers.
    draw : callable
        Draws into a figure; its second argument says whether the figure is narrow.
    size, narrow_size : tuple of float
        Width and height in inches, on a wide page and on a phone.
    extension : {"svg", "png"}
        Suffix of its file.
    """

    title: str
    caption: str
    alt: str
    draw: Callable[[Figure, bool], object]
    size: tuple[float, float]
    narrow_size: tuple[float, float]
    extension: str = "svg"

    @property
    def is_half(self) -> bool:
        """Whether two such figures fit side by side on a wide page."""
        return self.size[0] <= _HALF

    def render(self, *, dark: bool = False, narrow: bool = False) -> bytes:
        """Render the figure to a file.

        Parameters
        ----------
        dark : bool, default=False
            Whether the page is dark.
        narrow : bool, default=False
            Whether the page is narrow, as on a phone.

        Returns
        -------
        content : bytes
            A file of the type that `extension` names.
        """
        return render_figure(
            lambda figure: self.draw(figure, narrow),
            self.narrow_size if narrow else self.size,
            file_format=self.extension,
            dark=dark,
        )


def draw_figures(report: Findings) -> dict[str, ReportFigure]:
    """Make the figures of a report; those without data are left out.

    Parameters
    ----------
    report : Findings
        The report.

    Returns
    -------
    figures : dict of str to ReportFigure
        In the order of the page: ``"error"``, ``"cost"``, ``"learning_curves"`` of the
        networks, and of the winner on the test samples ``"confusion_matrix"`` and
        ``"mistakes"``.
    """
    figures = {"error": _make_errors(report), "cost": _make_costs(report)}
    if report.histories:
        figures["learning_curves"] = _make_curves(report)
    predictions = report.winner_predictions
    if predictions is not None:
        winner = report.results[0].model
        figures["confusion_matrix"] = _make_confusion(winner, predictions)
        if np.any(predictions.y != predictions.predicted) and _are_images(predictions.X):
            figures["mistakes"] = _make_mistakes(winner, predictions)
    return figures


def _make_errors(report: Findings) -> ReportFigure:
    """Make the figure of the errors with their intervals."""

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        display = ComparisonDisplay(report.results).plot("error", ax=axes)
        if narrow:
            # Next to each other, the entries would be cut off.
            entries = [*display.artists_.values()]
            axes.legend(handles=entries, loc="lower left", bbox_to_anchor=(0, 1), fontsize="small")

    height = 1.1 + 0.33 * len(report.results)
    return ReportFigure(
        "Errors", *describe_errors(report), draw, (_WIDE, height), (_NARROW, height)
    )


def _make_costs(report: Findings) -> ReportFigure:
    """Make the figure of the errors against the time to train and, if known, to predict."""
    kinds = ["fit_time"]
    if all(result.predict_time is not None for result in report.results):
        kinds.append("predict_time")

    def draw(figure: Figure, narrow: bool) -> None:
        panels = _make_panels(figure, len(kinds), narrow)
        # The first pass determines the sizes of the panels, the second places the names.
        for _ in range(2):
            for kind, axes in zip(kinds, panels, strict=True):
                axes.clear()
                ComparisonDisplay(report.results).plot(kind, ax=axes)
            figure.draw_without_rendering()
            figure.set_layout_engine("none")

    return ReportFigure(
        "Errors against time",
        *describe_costs(report, kinds),
        draw,
        (_WIDE, 4.2),
        # A narrow figure needs more height for the names.
        (_NARROW, (2.9 + 0.15 * len(report.results)) * len(kinds)),
    )


def _make_curves(report: Findings) -> ReportFigure:
    """Make the figure of the networks' training."""

    def draw(figure: Figure, narrow: bool) -> None:
        panels = _make_panels(figure, 2, narrow)
        for metric, axes in zip(("loss", "accuracy"), panels, strict=True):
            axes.set_prop_cycle(color=_COLORS, linestyle=_LINES)
            for model, history in report.histories.items():
                values = history[metric]
                axes.plot(range(1, len(values) + 1), values, "o", ls=None, ms=3, label=model)
            axes.set(xlabel="Epoch", ylabel=f"Training {metric}")
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(alpha=0.3)
            axes.spines[["top", "right"]].set_visible(False)
        figure.align_ylabels()
        panels[0].legend()
        panels[1].yaxis.set_major_formatter("{x:.2f}")

    return ReportFigure(
        "Training of the networks", *describe_curves(report), draw, (_WIDE, 3.6), (_NARROW, 5.6)
    )


def _make_panels(figure: Figure, n_panels: int, narrow: bool) -> Any:
    """Make axes side by side, or one below the other in a narrow figure."""
    shape = (n_panels, 1) if narrow else (1, n_panels)
    return figure.subplots(*shape, squeeze=False).ravel()


def _make_confusion(winner: str, predictions: WinnerPredictions) -> ReportFigure:
    """Make the winner's confusion matrix."""

    def draw(figure: Figure, narrow: bool) -> None:
        draw_confusion_matrix(
            predictions.y, predictions.predicted, predictions.classes, figure=figure
        )

    return ReportFigure(
        "Confusion matrix of the winner",
        *describe_confusion(winner, predictions),
        draw,
        (_HALF, 4.8) if len(predictions.classes) <= MAX_COUNTED else (_WIDE, _WIDE),
        (_NARROW, _NARROW),
    )


def _are_images(X: AnyArray) -> bool:
    """Say whether samples are images of a known shape."""
    try:
        to_images(X[:1], None)
    except ValueError:
        return False
    return True


def _make_mistakes(winner: str, predictions: WinnerPredictions) -> ReportFigure:
    """Make the figure of the images that the winner gets wrong."""
    n_mistakes = int(np.sum(predictions.y != predictions.predicted))
    n_shown = min(n_mistakes, _MAX_MISTAKES)

    def draw(figure: Figure, narrow: bool) -> None:
        MisclassifiedDisplay.from_predictions(
            predictions.X,
            predictions.y,
            predictions.predicted,
            probabilities=predictions.probabilities,
            classes=predictions.classes,
            n_images=n_shown,
            figure=figure,
        )

    n_columns = choose_n_columns(n_shown, None)
    n_rows = -(-n_shown // n_columns)
    # A cell is as wide as its image, with two lines of text above it.
    sides = [min(width / n_columns, 1.2) for width in (_HALF, _NARROW)]
    size, narrow_size = ((n_columns * side, n_rows * (side + 0.42)) for side in sides)
    return ReportFigure(
        "Mistakes of the winner",
        *describe_mistakes(winner, predictions, n_shown),
        draw,
        size,
        narrow_size,
        extension="png",
    )
