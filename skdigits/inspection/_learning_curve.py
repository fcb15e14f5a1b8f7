"""Loss and accuracy of every epoch of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from .._typing import AnyArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

# Blue and vermilion can be told apart by all readers, and dashes in print too.
_SERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("", {"label": "training", "color": "#0072B2", "linestyle": "-", "marker": "o"}),
    ("val_", {"label": "validation", "color": "#D55E00", "linestyle": "--", "marker": "s"}),
)
# Beyond this many epochs the markers touch each other.
_MAX_MARKERS = 30


class LearningCurveDisplay:
    """Loss and accuracy against the epoch, on training and validation data.

    It is recommended to use `from_estimator` or `from_history` to create a
    `LearningCurveDisplay`. All parameters are stored as attributes.

    Parameters
    ----------
    history : dict of str to list of float
        One number per epoch for each name, such as the ``history_`` of a Keras
        classifier: ``"loss"``, ``"accuracy"`` and, with validation data,
        ``"val_loss"`` and ``"val_accuracy"``.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure that contains the curves.
    axes_ : ndarray of shape (n_metrics,) of matplotlib Axes
        One for each metric.
    lines_ : dict of str to matplotlib Line2D
        The curves, under their names in `history`.

    See Also
    --------
    LearningCurveDisplay.from_estimator : Draw the training of a fitted classifier.
    LearningCurveDisplay.from_history : Draw a dict of lists.
    sklearn.model_selection.LearningCurveDisplay : Shows the score against the number of
        training samples, where this one shows it against the epoch.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skdigits.inspection import LearningCurveDisplay
    >>> history = {"loss": [0.7, 0.2], "accuracy": [0.8, 0.9], "val_loss": [0.5, 0.3]}
    >>> display = LearningCurveDisplay(history).plot(figure=Figure())
    >>> list(display.lines_)
    ['loss', 'val_loss', 'accuracy']
    """

    figure_: Figure | SubFigure
    axes_: AnyArray
    lines_: dict[str, Line2D]

    def __init__(self, history: Mapping[str, Sequence[float]]) -> None:
        self.history = history

    @classmethod
    def from_history(
        cls,
        history: Mapping[str, Sequence[float]],
        *,
        metrics: Sequence[str] | None = None,
        figure: Figure | SubFigure | None = None,
    ) -> LearningCurveDisplay:
        """Draw the history of training.

        Parameters
        ----------
        history : dict of str to list of float
            One number per epoch for each name.
        metrics : sequence of str, default=None
            Names in `history` to draw, each on axes of its own and together with
            the name that has ``"val_"`` before it, if there is one. If None,
            ``"loss"`` and ``"accuracy"``, if `history` contains them.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one.

        Returns
        -------
        display : LearningCurveDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If `history` is not a dict of lists.
        ValueError
            If a metric is missing, there are no epochs, or lists differ in length.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import LearningCurveDisplay
        >>> history = {"loss": [0.7, 0.2], "learning_rate": [0.01, 0.001]}
        >>> display = LearningCurveDisplay.from_history(
        ...     history, metrics=["loss", "learning_rate"], figure=Figure()
        ... )
        >>> [axes.get_ylabel() for axes in display.axes_]
        ['Loss', 'Learning rate']
        """
        return cls(history).plot(metrics=metrics, figure=figure)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        metrics: Sequence[str] | None = None,
        figure: Figure | SubFigure | None = None,
    ) -> LearningCurveDisplay:
        """Draw the training of a fitted Keras classifier.

        Parameters
        ----------
        estimator : Keras classifier or Pipeline that ends in one
            Fitted classifier, with its history in ``history_``.
        metrics : sequence of str, default=None
            Names in ``history_`` to draw, such as one of the classifier's ``metrics``,
            ``"learning_rate"`` or ``"seconds"``; see `from_history`.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one.

        Returns
        -------
        display : LearningCurveDisplay
            The display, drawn.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        TypeError
            If the classifier does not train in epochs.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import LearningCurveDisplay
        >>> fitted = SimpleNamespace(history_={"loss": [0.7, 0.2], "accuracy": [0.8, 0.9]})
        >>> display = LearningCurveDisplay.from_estimator(fitted, figure=Figure())
        >>> [axes.get_ylabel() for axes in display.axes_]
        ['Loss', 'Accuracy']
        """
        return cls.from_history(_find_history(estimator), metrics=metrics, figure=figure)

    def plot(
        self,
        *,
        metrics: Sequence[str] | None = None,
        figure: Figure | SubFigure | None = None,
    ) -> LearningCurveDisplay:
        """Draw the curves.

        Parameters
        ----------
        metrics : sequence of str, default=None
            Names in `history` to draw; see `from_history`.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one.

        Returns
        -------
        display : LearningCurveDisplay
            The display itself.

        Raises
        ------
        TypeError
            If `history` is not a dict of lists.
        ValueError
            If a metric is missing, there are no epochs, or lists differ in length.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import LearningCurveDisplay
        >>> display = LearningCurveDisplay({"loss": [0.7], "accuracy": [0.8]})
        >>> display.plot(figure=Figure()).axes_.shape
        (2,)
        """
        names = _find_metrics(self.history, metrics)
        n_epochs = _count_epochs(self.history, names)
        if figure is None:
            from matplotlib import pyplot

            figure = pyplot.figure(figsize=(4.5 * len(names), 3.4), layout="constrained")
        self.figure_ = figure
        self.axes_ = figure.subplots(1, len(names), squeeze=False, gridspec_kw={"wspace": 0.1})[0]
        self.lines_ = {}
        for name, axes in zip(names, self.axes_, strict=True):
            self._draw_metric(axes, name, n_epochs)
        return self

    def _draw_metric(self, axes: Axes, name: str, n_epochs: int) -> None:
        """Draw a metric on the training and on the validation data."""
        from matplotlib import ticker

        epochs = range(1, n_epochs + 1)
        for prefix, style in _SERIES:
            if prefix + name in self.history:
                (line,) = axes.plot(epochs, self.history[prefix + name], markersize=4, **style)
                if n_epochs > _MAX_MARKERS:
                    line.set_marker("none")
                self.lines_[prefix + name] = line
        label = name.replace("_", " ").capitalize()
        # The limits keep 0 off the axis and give a single epoch some space.
        axes.set(xlabel="Epoch", ylabel=label, xlim=(0.5, n_epochs + 0.5))
        axes.xaxis.set_major_locator(
            ticker.MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10])
        )
        axes.grid(color="0.9")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)


def _find_history(estimator: Any) -> Mapping[str, Sequence[float]]:
    """Get the history of a classifier, or of the last step of a Pipeline."""
    final = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    if hasattr(final, "history_"):
        history: Mapping[str, Sequence[float]] = final.history_
        return history
    # None of scikit-learn's estimators has a parameter of this name.
    if isinstance(final, BaseEstimator) and "epochs" in final.get_params(deep=False):
        raise NotFittedError(
            f"This {type(final).__name__} has no history_ yet. Call fit before drawing its "
            "learning curve."
        )
    raise TypeError(
        "Expected a Keras classifier with history_, or a Pipeline that ends in one, got "
        f"{type(final).__name__}. For a search, pass its best_estimator_."
    )


def _find_metrics(history: Any, metrics: Sequence[str] | None) -> list[str]:
    """Choose the metrics to draw and check that the history has them."""
    if not isinstance(history, Mapping):
        raise TypeError(
            "history must be a dict of lists, such as the history_ of a fitted Keras "
            f"classifier, got {type(history).__name__}."
        )
    if not history:
        raise ValueError(
            "history is empty. A classifier that was made by from_keras has none before it is "
            "trained: call fit or partial_fit."
        )
    if metrics is None:
        names = [name for name in ("loss", "accuracy") if name in history]
    else:
        names = [metrics] if isinstance(metrics, str) else list(metrics)
    missing = [name for name in names if name not in history]
    if missing or not names:
        raise ValueError(
            f"Expected history to have {missing or ['loss']}, found only {sorted(history)}. "
            "Pass metrics=[...] with names from this list."
        )
    return names


def _count_epochs(history: Mapping[str, Sequence[float]], names: list[str]) -> int:
    """Count the epochs, which must be the same for everything that is drawn."""
    lengths = {
        prefix + name: len(history[prefix + name])
        for name in names
        for prefix, _ in _SERIES
        if prefix + name in history
    }
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise ValueError(
            "Expected one number per epoch for each metric, found these numbers of epochs: "
            f"{lengths}. Fit again, or pass metrics=[...] with metrics of one length."
        )
    return next(iter(lengths.values()))
