"""Errors of several models, with their intervals or against their cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import FloatArray
from ._point_labels import label_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

# Blue and mid-grey can be told apart by all readers, on white and on black.
_COLOR, _FAINT = "#0072B2", "0.5"
# The axis label of each cost, and how many of its units make a second.
_COSTS: dict[str, tuple[str, float]] = {
    "fit_time": ("Time to fit (s)", 1),
    "predict_time": ("Time to predict 1,000 samples (ms)", 1000),
}
_KINDS = ("error", *_COSTS)
# Beyond this ratio, a linear axis crowds the small values together.
_LOG_RATIO = 10


class ComparisonDisplay:
    """Errors of several models, with their intervals or against their cost.

    `ComparisonReport.plot` creates and draws one. All parameters are stored as
    attributes.

    Parameters
    ----------
    results : sequence of ModelResult
        One for each model, best first. Any object with these attributes:
        ``model``, ``cv_mean``, ``cv_std``, ``test_error``, ``test_error_low``,
        ``test_error_high``, ``fit_time`` and ``predict_time``.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure that contains the axes.
    ax_ : matplotlib Axes
        Axes that are drawn on.
    artists_ : dict of str to object
        What is drawn. Errors: under ``"error"`` an ErrorbarContainer and, with test
        samples, under ``"cross-validation"`` a Line2D. Errors against a cost: under
        ``"frontier"`` and ``"others"`` a Line2D each, and under ``"labels"`` a list of
        an Annotation for each model.
    frontier_ : list of str
        Names of the models on the frontier, cheapest first. Only against a cost.

    See Also
    --------
    skdigits.comparison.compare : Makes the report that holds the results.
    MisclassifiedDisplay : Shows the misclassified images.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from matplotlib.figure import Figure
    >>> from skdigits.inspection import ComparisonDisplay
    >>> results = [
    ...     SimpleNamespace(model="cnn", cv_mean=0.99, fit_time=60.0, test_error=None),
    ...     SimpleNamespace(model="mlp", cv_mean=0.97, fit_time=90.0, test_error=None),
    ...     SimpleNamespace(model="knn", cv_mean=0.96, fit_time=0.02, test_error=None),
    ... ]
    >>> display = ComparisonDisplay(results).plot("fit_time", ax=Figure().subplots())
    >>> display.frontier_
    ['knn', 'cnn']
    """

    figure_: Figure | SubFigure
    ax_: Axes
    artists_: dict[str, Any]
    frontier_: list[str]

    def __init__(self, results: Sequence[Any]) -> None:
        self.results = results

    def plot(self, kind: str = "error", *, ax: Axes | None = None) -> ComparisonDisplay:
        """Draw the errors.

        Without test samples, these are the cross-validated errors.

        Parameters
        ----------
        kind : {"error", "fit_time", "predict_time"}, default="error"
            ``"error"`` for a row per model, best on top: the test error with its 95%
            interval and, fainter, the cross-validated error; without test samples the
            cross-validated error with its standard deviation. Otherwise the errors against
            that cost, with the frontier: the models that no other beats, being as good
            in both and better in one.
        ax : matplotlib Axes, default=None
            Axes to draw on. If None, those of a new figure.

        Returns
        -------
        display : ComparisonDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there are no results, if the kind is unknown, or if `kind` is ``"predict_time"``
            and nothing was predicted because there were no test samples.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import ComparisonDisplay
        >>> result = SimpleNamespace(
        ...     model="knn", cv_mean=0.97, cv_std=0.01, fit_time=0.02,
        ...     test_error=0.03, test_error_low=0.02, test_error_high=0.05, predict_time=0.1,
        ... )
        >>> display = ComparisonDisplay([result]).plot(ax=Figure().subplots())
        >>> display.ax_.get_xlabel()
        'Test error (%)'
        """
        self._check(kind)
        if ax is None:
            from matplotlib import pyplot

            n_rows = len(self.results) if kind == "error" else 8
            _, ax = pyplot.subplots(figsize=(6.4, 1.2 + 0.36 * n_rows), layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        ax.spines[["top", "right"]].set_visible(False)
        # A share of the colour of the style, which differs between light and dark.
        ax.grid(axis="x" if kind == "error" else "both", alpha=0.3)
        ax.set_axisbelow(True)
        if kind == "error":
            self._draw_errors(ax)
        else:
            self._draw_costs(ax, kind)
        return self

    def _check(self, kind: str) -> None:
        """Check that this kind can be drawn."""
        if kind not in _KINDS:
            raise ValueError(f"kind must be one of {', '.join(_KINDS)}, got {kind!r}.")
        if not self.results:
            raise ValueError("Expected results of at least one model, found none.")
        if kind != "error" and any(getattr(result, kind) is None for result in self.results):
            raise ValueError(
                f"Expected a {kind} for each model, found models without one, because there were "
                "no test samples. Pass X_test and y_test to compare, or draw "
                '"error" or "fit_time".'
            )

    @property
    def _is_tested(self) -> bool:
        """Whether all models were tested, so that their errors can be compared."""
        return all(result.test_error is not None for result in self.results)

    def _get_percent(self, name: str) -> FloatArray:
        """Get a share for every model as a percentage."""
        return 100 * np.array([getattr(result, name) for result in self.results], dtype=float)

    def _get_errors(self) -> tuple[FloatArray, str]:
        """Get the error of every model in percent, and its name."""
        if self._is_tested:
            return self._get_percent("test_error"), "Test error (%)"
        return 100 - self._get_percent("cv_mean"), "Cross-validated error (%)"

    def _draw_errors(self, ax: Axes) -> None:
        """Draw a row per model."""
        errors, name = self._get_errors()
        shown, rows = errors, np.arange(len(errors))
        if self._is_tested:
            low, high = self._get_percent("test_error_low"), self._get_percent("test_error_high")
            legend = "test, 95% interval"
        else:
            spread = self._get_percent("cv_std")
            low, high = np.maximum(errors - spread, 0), errors + spread
            legend = "cross-validated, ± one standard deviation"
        # Rounding may put the end of an interval on the wrong side of an error of 0.
        lengths = np.maximum([errors - low, high - errors], 0)
        bars = ax.errorbar(
            errors,
            rows,
            xerr=lengths,
            fmt="o",
            color=_COLOR,
            elinewidth=2,
            markersize=6,
            label=legend,
        )
        self.artists_ = {"error": bars}
        if self._is_tested:
            validated = 100 - self._get_percent("cv_mean")
            shown = np.concatenate([errors, validated])
            # Thin and upright, so that it is visible in front of an equal error.
            (self.artists_["cross-validation"],) = ax.plot(
                validated, rows, "|", color=_FAINT, markersize=13, label="cross-validated"
            )
        ax.set(xlabel=name, ylim=(len(rows) - 0.5, -0.5))
        ax.set_yticks(rows, [result.model for result in self.results])
        ax.tick_params(axis="y", length=0)
        # An error of 0 has no place on a logarithmic axis.
        if _LOG_RATIO < _spans(shown) < np.inf:
            _use_log_scale(ax, "x")
            # An interval that nearly reaches 0 would leave too little space for the others.
            left = max(min(low.min(), shown.min()), shown.min() / 3)
            ax.set_xlim(0.85 * left, 1.15 * max(high.max(), shown.max()))
            _choose_log_ticks(ax, "x")
        _draw_legend(ax, list(self.artists_.values()))

    def _draw_costs(self, ax: Axes, kind: str) -> None:
        """Draw the error of every model against a cost."""
        (errors, name), (cost_name, factor) = self._get_errors(), _COSTS[kind]
        costs = factor * np.array([getattr(result, kind) for result in self.results], dtype=float)
        best = find_frontier(costs, errors)
        rest = [i for i in range(len(errors)) if i not in best]
        self.frontier_ = [self.results[i].model for i in best]
        (others,) = ax.plot(
            costs[rest], errors[rest], "o", color=_FAINT, markerfacecolor="none", markersize=6
        )
        (frontier,) = ax.plot(
            costs[best],
            errors[best],
            "o-",
            color=_COLOR,
            drawstyle="steps-post",
            markersize=8,
            label="frontier: no other model is both faster and better",
        )
        ax.set(xlabel=cost_name, ylabel=name)
        # Space for the labels.
        ax.margins(x=0.18, y=0.12)
        for axis, values in (("x", costs), ("y", errors)):
            if _spans(values) < np.inf:
                _use_log_scale(ax, axis)
                _choose_log_ticks(ax, axis)
        _draw_legend(ax, [frontier])
        names = [result.model for result in self.results]
        labels = label_points(ax, np.column_stack([costs, errors]), names, best)
        self.artists_ = {"frontier": frontier, "others": others, "labels": labels}


def find_frontier(costs: FloatArray, errors: FloatArray) -> list[int]:
    """Find the points that no other point beats, cheapest first; equals do not beat each other."""
    points = list(zip(costs.tolist(), errors.tolist(), strict=True))
    frontier: list[int] = []
    for i in sorted(range(len(points)), key=points.__getitem__):
        # Of the cheaper ones, the last on the frontier has the smallest error.
        last = points[frontier[-1]] if frontier else (np.inf, np.inf)
        if points[i][1] < last[1] or points[i] == last:
            frontier.append(i)
    return frontier


def _spans(values: FloatArray) -> float:
    """Divide the largest value by the smallest one; infinite if that is 0."""
    return float(values.max() / values.min()) if values.min() > 0 else np.inf


def _use_log_scale(ax: Axes, axis: str) -> None:
    """Give the x or y axis a logarithmic scale."""
    ax.set_xscale("log") if axis == "x" else ax.set_yscale("log")


def _choose_log_ticks(ax: Axes, axis: str) -> None:
    """Put plain numbers on a logarithmic axis, more of them if it spans little."""
    from matplotlib import ticker

    low, high = sorted(ax.get_xlim() if axis == "x" else ax.get_ylim())
    steps = (1.0, 2.0, 5.0) if high / low < 2000 else (1.0,)
    drawn = ax.xaxis if axis == "x" else ax.yaxis
    drawn.set_major_locator(ticker.LogLocator(subs=steps, numticks=12))
    drawn.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
    drawn.set_minor_locator(ticker.NullLocator())


def _draw_legend(ax: Axes, artists: list[Any]) -> None:
    """Draw the legend above the axes, where it hides nothing."""
    ax.legend(
        handles=artists,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.2,
        ncols=2,
        frameon=False,
        fontsize="small",
    )
