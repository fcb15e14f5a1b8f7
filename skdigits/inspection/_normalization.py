"""The steps by which an image is framed like MNIST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._pipeline import leaf_steps
from .._typing import AnyArray, ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

# Titles of steps whose names say too little.
_TITLES = {"ink": "all ink", "digit": "the digit alone", "framed": "framed"}
# Steps that show the ink, drawn dark on white like MNIST.
_INK = ("ink", "digit", "framed")
_MARK, _FRAME = "#D55E00", "0.8"
# The height of the images in inches, and how wide they may be relative to their height.
_HEIGHT, _NARROWEST, _WIDEST = 1.9, 0.6, 1.8
_TITLE = 0.55


class NormalizationDisplay:
    """Row of images that shows how an image of a digit is framed like MNIST.

    It is recommended to use `from_estimator` to create a `NormalizationDisplay`. All
    parameters are stored as attributes.

    Parameters
    ----------
    steps : dict of str to ndarray
        An image after each step, of shape (height, width) or (height, width, channels),
        as returned by `skdigits.preprocessing.MNISTNormalizer.trace`.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure that contains the axes.
    axes_ : ndarray of shape (n_steps,) of matplotlib Axes
        One for each step. On the last one, a frame marks the box of the ink and a cross
        its centre of mass.

    See Also
    --------
    NormalizationDisplay.from_estimator : Show what a normaliser does to an image.
    skdigits.preprocessing.MNISTNormalizer : Describes the steps.
    DigitPredictionsDisplay : Shows what is predicted for an image.

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
        """Show what a normaliser does to an image.

        Parameters
        ----------
        estimator : MNISTNormalizer or Pipeline with such a step
            The normaliser.
        picture : array-like of shape (height, width), (height, width, channels) or (n_features,)
            One image. It may be blank.
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
        shapes = [np.shape(image) for image in self.steps.values()]
        widths = [float(np.clip(shape[1] / shape[0], _NARROWEST, _WIDEST)) for shape in shapes]
        if figure is None:
            from matplotlib import pyplot

            size = (_HEIGHT * sum(widths), _HEIGHT + _TITLE)
            figure = pyplot.figure(figsize=size, layout="constrained")
        axes = figure.subplots(1, len(shapes), squeeze=False, width_ratios=widths)[0]
        for cell, (step, image) in zip(axes, self.steps.items(), strict=True):
            _draw_step(cell, step, np.asarray(image))
        self.figure_, self.axes_ = figure, axes
        return self


def _find_normalizer(estimator: Any) -> Any:
    """Find the normaliser, also in a Pipeline."""
    for step in leaf_steps(estimator):
        if hasattr(step, "trace"):
            return step
    raise TypeError(
        "Expected an MNISTNormalizer or a Pipeline with such a step, got "
        f"{type(estimator).__name__} without one. Pass MNISTNormalizer()."
    )


def _draw_step(ax: Axes, step: str, image: AnyArray) -> None:
    """Draw an image with its name and size."""
    is_ink = step in _INK
    if is_ink:
        # Ink ranges from 0 to 1, or to 255 if it is framed, however faint the image is.
        full = 255 if image.dtype.kind == "u" else 1
        ax.imshow(image, cmap="gray_r", interpolation="nearest", vmin=0, vmax=full)
    else:
        shown = _to_shown(image)
        # An image of one value is drawn as grey, neither black nor white.
        margin = float(shown.max() == shown.min())
        low, high = float(shown.min()) - margin, float(shown.max()) + margin
        ax.imshow(shown, cmap="gray", vmin=low, vmax=high)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_color(_FRAME)
    height, width = image.shape[:2]
    title = _TITLES.get(step, step)
    if is_ink and not image.any():
        title += ": none"
    elif step == "framed":
        _draw_frame(ax, image)
    ax.set_title(f"{title}\n{width} x {height}", fontsize="medium")


def _to_shown(image: AnyArray) -> AnyArray:
    """Select the channels that can be shown, on a scale that can be shown."""
    if image.ndim == 3 and image.shape[2] == 2:
        return image[..., 0]
    if image.ndim == 3 and image.dtype != np.uint8:
        return image / max(float(image.max(initial=0)), 1.0)
    return image


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
