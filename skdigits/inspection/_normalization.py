"""What becomes of a picture on the way to MNIST's frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import Pipeline

from .._typing import AnyArray, ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

# What each step of the normaliser is called, where its name says too little.
_TITLES = {"ink": "all ink", "digit": "the digit alone", "framed": "framed"}
# Steps that show how much ink there is, drawn dark on white as MNIST is in this room.
_INK = ("ink", "digit", "framed")
_MARK, _FRAME = "#D55E00", "0.8"
# In inches: the height of the pictures; and how wide, beside their height, they may get.
_HEIGHT, _NARROWEST, _WIDEST = 1.9, 0.6, 1.8
_TITLE = 0.55


class NormalizationDisplay:
    """Row of pictures that shows how a picture of a digit gets MNIST's frame.

    It is recommended to use `from_estimator` to create a `NormalizationDisplay`. All
    parameters are stored as attributes.

    Parameters
    ----------
    steps : dict of str to ndarray
        A picture after each step, of shape (height, width) or (height, width, channels),
        as `skdigits.preprocessing.MNISTNormalizer.trace` gives them.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure that contains the axes.
    axes_ : ndarray of shape (n_steps,) of matplotlib Axes
        One for each step. On the last one a frame shows the box of the ink, and a cross
        its centre of mass.

    See Also
    --------
    NormalizationDisplay.from_estimator : Show what a normaliser does to a picture.
    skdigits.preprocessing.MNISTNormalizer : Describes the steps.
    DigitPredictionsDisplay : Shows what is predicted for a picture.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from skdigits.inspection import NormalizationDisplay
    >>> steps = {"picture": np.eye(40), "framed": np.eye(28)}
    >>> display = NormalizationDisplay(steps).plot(figure=Figure())
    >>> [axes.get_title() for axes in display.axes_]
    ['picture\\n40 x 40', 'framed\\n28 x 28']
    """

    figure_: Figure | SubFigure
    axes_: AnyArray

    def __init__(self, steps: Mapping[str, AnyArray]) -> None:
        self.steps = steps

    @classmethod
    def from_estimator(
        cls, estimator: Any, picture: ArrayLike, *, figure: Figure | SubFigure | None = None
    ) -> NormalizationDisplay:
        """Show what a normaliser does to a picture.

        Parameters
        ----------
        estimator : MNISTNormalizer or Pipeline with such a step
            What takes the steps.
        picture : array-like of shape (height, width), (height, width, channels) or (n_features,)
            One picture. It may be blank: that is shown, too.
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a fitting size.

        Returns
        -------
        display : NormalizationDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If `estimator` has no such step.
        ValueError
            If `picture` is not valid.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits import MNISTNormalizer
        >>> from skdigits.inspection import NormalizationDisplay
        >>> image = np.full((300, 400), 250, dtype=np.uint8)
        >>> image[20:220, 90:110] = 20
        >>> display = NormalizationDisplay.from_estimator(
        ...     MNISTNormalizer(), image, figure=Figure()
        ... )
        >>> list(display.steps)
        ['picture', 'grey', 'ink', 'digit', 'framed']
        """
        return cls(_find_normalizer(estimator).trace(picture)).plot(figure=figure)

    def plot(self, *, figure: Figure | SubFigure | None = None) -> NormalizationDisplay:
        """Draw the row.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, default=None
            Figure to draw into. If None, a new one of a fitting size.

        Returns
        -------
        display : NormalizationDisplay
            The display itself.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import NormalizationDisplay
        >>> display = NormalizationDisplay({"ink": np.zeros((8, 8))}).plot(figure=Figure())
        >>> display.axes_[0].get_title()
        'all ink: none\\n8 x 8'
        """
        shapes = [np.shape(picture) for picture in self.steps.values()]
        widths = [float(np.clip(shape[1] / shape[0], _NARROWEST, _WIDEST)) for shape in shapes]
        if figure is None:
            from matplotlib import pyplot

            size = (_HEIGHT * sum(widths), _HEIGHT + _TITLE)
            figure = pyplot.figure(figsize=size, layout="constrained")
        axes = figure.subplots(1, len(shapes), squeeze=False, width_ratios=widths)[0]
        for cell, (step, picture) in zip(axes, self.steps.items(), strict=True):
            _draw_step(cell, step, np.asarray(picture))
        self.figure_, self.axes_ = figure, axes
        return self


def _find_normalizer(estimator: Any) -> Any:
    """Find what can take the steps, in a Pipeline too."""
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps:
            if isinstance(step, Pipeline) or hasattr(step, "trace"):
                return _find_normalizer(step)
    if not hasattr(estimator, "trace"):
        raise TypeError(
            "Expected an MNISTNormalizer or a Pipeline with such a step, got "
            f"{type(estimator).__name__} without one. Pass MNISTNormalizer()."
        )
    return estimator


def _draw_step(ax: Axes, step: str, picture: AnyArray) -> None:
    """Draw a picture with its name and size."""
    is_ink = step in _INK
    if is_ink:
        # Ink goes from 0 to 1, or to 255 when it is framed, however faint the picture is.
        full = 255 if picture.dtype.kind == "u" else 1
        ax.imshow(picture, cmap="gray_r", interpolation="nearest", vmin=0, vmax=full)
    else:
        shown = _to_shown(picture)
        # A picture of one value is in the middle of its range, and neither black nor white.
        margin = float(shown.max() == shown.min())
        low, high = float(shown.min()) - margin, float(shown.max()) + margin
        ax.imshow(shown, cmap="gray", vmin=low, vmax=high)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_color(_FRAME)
    height, width = picture.shape[:2]
    title = _TITLES.get(step, step)
    if is_ink and not picture.any():
        title += ": none"
    elif step == "framed":
        _draw_frame(ax, picture)
    ax.set_title(f"{title}\n{width} x {height}", fontsize="medium")


def _to_shown(picture: AnyArray) -> AnyArray:
    """Give the channels that can be shown, on a scale for which they can."""
    if picture.ndim == 3 and picture.shape[2] == 2:
        return picture[..., 0]
    if picture.ndim == 3 and picture.dtype != np.uint8:
        return picture / max(float(picture.max(initial=0)), 1.0)
    return picture


def _draw_frame(ax: Axes, framed: AnyArray) -> None:
    """Mark the box of the ink and its centre of mass."""
    from matplotlib.patches import Rectangle

    rows, columns = np.nonzero(framed)
    mass = framed[rows, columns].astype(float)
    corner = columns.min() - 0.5, rows.min() - 0.5
    width, height = float(np.ptp(columns) + 1), float(np.ptp(rows) + 1)
    ax.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=_MARK, linestyle=":"))
    centre = np.average(columns, weights=mass), np.average(rows, weights=mass)
    ax.plot(*centre, "+", color=_MARK, markersize=9)
