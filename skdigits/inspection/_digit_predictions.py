"""An image with the predicted digits."""

from __future__ import annotations

import io
import itertools
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._image import reduction_factor, shrink
from .._typing import AnyArray, ArrayLike
from ._occlusion_display import OcclusionDisplay

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text

# Blue and vermilion can be told apart by all readers; a question mark marks doubt too.
# What is left out is grey, and dashed.
_SURE, _UNSURE, _LEFT_OUT = "#0072B2", "#D55E00", "#595959"
# In inches: the longer and the shorter side of an image, and the height of the title.
_LONG, _SHORT, _TITLE = 8.0, 2.5, 0.5
# Up to this many pixels, an image is shown at half the size, with visible pixels.
_SMALL = 200
# More pixels than this per side would not be visible, and take matplotlib seconds.
_ENOUGH = 1600
# In points: labels fill the width of a box within these limits.
_SMALLEST, _LARGEST = 5.0, 13.0
# Width of a label relative to its font size: "100%" in bold, and a little space.
_LABEL_WIDTH = 3.5
# Font size of the reason why something was left out, relative to that of labels.
_REASON = 0.7
# In characters: a line of the reason why something was left out, as its box may be narrow.
_LINE = 8
# In inches: a digit that is explained, its label, and the colour bar with its labels.
_DIGIT, _LABEL, _BAR = 1.0, 0.25, 0.4
_DPI = 150


class DigitPredictionsDisplay:
    """An image with boxes around its digits, their predicted labels and probabilities.

    It is recommended to use `from_predictions` to create a `DigitPredictionsDisplay`. All
    parameters are stored as attributes.

    Parameters
    ----------
    image : array-like of shape (height, width) or (height, width, 3)
        The image. Grey ones may have any range; colour ones are integers in [0, 255] or
        floats in [0, 1].
    predictions : sequence of DigitPrediction
        One for each digit. Any object with these attributes: ``label``,
        ``probability``, ``runner_up``, ``runner_up_probability``, ``box``, ``line``,
        ``left_out`` and ``digit_probability``.

    Attributes
    ----------
    figure_ : matplotlib Figure
        Figure that contains the axes.
    ax_ : matplotlib Axes
        Axes that are drawn on.
    boxes_ : list of matplotlib Rectangle
        Around each digit that has a box; grey and dashed around what was left out.
    labels_ : list of matplotlib Text
        For each digit, above its box or above the image.

    See Also
    --------
    DigitPredictionsDisplay.from_predictions : Show predictions.
    skdigits.images.predict_digits : Makes the predictions.
    DigitGridDisplay : Shows many images of one digit each.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from skdigits.inspection import DigitPredictionsDisplay
    >>> image = np.full((60, 80), 250, dtype=np.uint8)
    >>> image[10:50, 30:34] = 20
    >>> one = SimpleNamespace(
    ...     label=1, probability=0.75, runner_up=7, runner_up_probability=0.2,
    ...     box=(10, 30, 50, 34), line=0, left_out=None, digit_probability=None,
    ... )
    >>> display = DigitPredictionsDisplay(image, [one]).plot(ax=Figure().subplots())
    >>> display.labels_[0].get_text()
    '1?\\n75%'
    """

    figure_: Figure | SubFigure
    ax_: Axes
    boxes_: list[Rectangle]
    labels_: list[Text]

    def __init__(self, image: ArrayLike, predictions: Sequence[Any]) -> None:
        self.image = image
        self.predictions = predictions

    @classmethod
    def from_predictions(
        cls,
        image: ArrayLike,
        predictions: Sequence[Any],
        *,
        sure_from: float = 0.9,
        ax: Axes | None = None,
    ) -> DigitPredictionsDisplay:
        """Show an image with predictions.

        Parameters
        ----------
        image : array-like of shape (height, width) or (height, width, 3)
            The image, as returned by `skdigits.images.read_image`.
        predictions : sequence of DigitPrediction
            As returned by `skdigits.images.predict_digits`.
        sure_from : float, default=0.9
            Digits of a lower probability are marked by a colour and a question mark.
        ax : matplotlib Axes, default=None
            Axes to draw on. If None, those of a new figure of a suitable size.

        Returns
        -------
        display : DigitPredictionsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If `image` does not have the shape of an image.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import DigitPredictionsDisplay
        >>> seven = SimpleNamespace(
        ...     label=7, probability=0.98, runner_up=1, runner_up_probability=0.01,
        ...     box=None, line=0, left_out=None, digit_probability=None,
        ... )
        >>> display = DigitPredictionsDisplay.from_predictions(
        ...     np.zeros((28, 28)), [seven], ax=Figure().subplots()
        ... )
        >>> display.ax_.get_title()
        '7 (98.0%)\\n1 (1.0%)'
        """
        return cls(image, predictions).plot(sure_from=sure_from, ax=ax)

    def plot(self, *, sure_from: float = 0.9, ax: Axes | None = None) -> DigitPredictionsDisplay:
        """Draw the image, the boxes and the labels.

        Parameters
        ----------
        sure_from : float, default=0.9
            Digits of a lower probability are marked by a colour and a question mark.
        ax : matplotlib Axes, default=None
            Axes to draw on. If None, those of a new figure of a suitable size.

        Returns
        -------
        display : DigitPredictionsDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `image` does not have the shape of an image.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skdigits.inspection import DigitPredictionsDisplay
        >>> display = DigitPredictionsDisplay(np.zeros((28, 28)), [])
        >>> display.plot(ax=Figure().subplots()).ax_.get_title()
        'no digit'
        """
        image = _check_image(self.image)
        if ax is None:
            from matplotlib import pyplot

            size = _find_size(image, self.predictions)
            _, ax = pyplot.subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        _draw_image(ax, image)
        self.boxes_, self.labels_ = [], []
        if not self.predictions:
            ax.set_title("no digit")
        font_size = self._find_font_size(ax, image)
        for digit in self.predictions:
            if digit.box is not None:
                self._draw_box(ax, digit, sure_from, font_size)
            elif digit.left_out is None:
                self._draw_title(ax, digit, sure_from)
            else:
                self._draw_title_of_no_digit(ax, digit)
        return self

    def _find_font_size(self, ax: Axes, image: AnyArray) -> float:
        """Find the font size at which the labels of neighbours do not touch."""
        kept = [each for each in self.predictions if each.left_out is None]
        boxes = [(each.line, *each.box) for each in kept if each.box is not None]
        middles = sorted((line, (left + right) / 2) for line, _, left, _, right in boxes)
        pairs = itertools.pairwise(middles)
        gaps = [second[1] - first[1] for first, second in pairs if first[0] == second[0]]
        extent = ax.get_window_extent()
        pixel = min(extent.width / image.shape[1], extent.height / image.shape[0])
        points = min(gaps, default=np.inf) * pixel * 72 / ax.figure.dpi
        return float(np.clip(points / _LABEL_WIDTH, _SMALLEST, _LARGEST))

    def _draw_title(self, ax: Axes, digit: Any, sure_from: float) -> None:
        """Draw the predicted label above the image, and what it may be instead."""
        color, mark = _color_and_mark(digit, sure_from)
        title = f"{digit.label}{mark} ({digit.probability:.1%})"
        other, share = digit.runner_up, digit.runner_up_probability
        if digit.digit_probability is not None and 1 - digit.digit_probability > share:
            other, share = "no digit", 1 - digit.digit_probability
        if other is not None:
            title += f"\n{other} ({share:.1%})"
        self.labels_.append(ax.set_title(title, color=color, parse_math=False))

    def _draw_title_of_no_digit(self, ax: Axes, digit: Any) -> None:
        """Draw above the image that it is no digit, and its most probable class."""
        title, share = digit.left_out, digit.digit_probability
        if share is not None:
            title += f" ({1 - share:.1%})\n{digit.label} ({digit.probability:.1%})"
        self.labels_.append(ax.set_title(title, color=_LEFT_OUT, parse_math=False))

    def _draw_box(self, ax: Axes, digit: Any, sure_from: float, font_size: float) -> None:
        """Draw a box with its label, or with the reason why it was left out."""
        from matplotlib.patches import Rectangle
        from matplotlib.patheffects import withStroke

        is_kept = digit.left_out is None
        color, mark = _color_and_mark(digit, sure_from)
        # Digits and their labels are drawn over what was left out.
        zorder = 2 if is_kept else 1
        top, left, bottom, right = digit.box
        box = Rectangle(
            # The middle of the first pixel is at 0.
            (left - 0.5, top - 0.5),
            right - left,
            bottom - top,
            fill=False,
            edgecolor=color,
            linewidth=1.2,
            linestyle="solid" if is_kept else "dashed",
            zorder=zorder,
            # Visible on dark and on bright parts.
            path_effects=[withStroke(linewidth=2.6, foreground="white")],
        )
        label = ax.annotate(
            f"{digit.label}{mark}\n{digit.probability:.0%}"
            if is_kept
            else textwrap.fill(digit.left_out, _LINE),
            ((left + right) / 2, top),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=color,
            fontsize=font_size if is_kept else max(_SMALLEST, _REASON * font_size),
            fontweight="bold" if is_kept else "normal",
            linespacing=1.0,
            parse_math=False,
            zorder=zorder + 0.5,
            bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.8},
        )
        ax.add_patch(box)
        self.boxes_.append(box)
        self.labels_.append(label)


def _color_and_mark(digit: Any, sure_from: float) -> tuple[str, str]:
    """Find the colour of a digit, and the question mark of one that is unsure."""
    if digit.left_out is not None:
        return _LEFT_OUT, ""
    return (_SURE, "") if digit.probability >= sure_from else (_UNSURE, "?")


def render_predictions(
    image: ArrayLike,
    predictions: Sequence[Any],
    *,
    sure_from: float,
    file_format: str,
    explained_by: Any = None,
) -> bytes:
    """Draw an image with predictions, and return the bytes of a file in a format of matplotlib.

    ``explained_by`` is the model, if the digits are to be drawn below the image with what their
    predictions depend on.
    """
    import matplotlib.style
    from matplotlib.figure import Figure

    explained = [] if explained_by is None else [each for each in predictions if _is_kept(each)]
    content = io.BytesIO()
    with matplotlib.style.context("default"):
        width, height = _find_size(_check_image(image), predictions)
        figure = upper = Figure(dpi=_DPI, layout="constrained")
        if explained:
            n_columns = min(len(explained), max(int(width / _DIGIT), 1))
            rows = -(-len(explained) // n_columns)
            below = rows * (_DIGIT + _LABEL) + _BAR
            figure.set_size_inches(width, height + below)
            parts: Any = figure.subfigures(2, 1, height_ratios=(height, below))
            upper, lower = parts
            OcclusionDisplay.from_predictions(
                explained_by, explained, n_columns=n_columns, figure=lower
            )
        else:
            figure.set_size_inches(width, height)
        DigitPredictionsDisplay(image, predictions).plot(sure_from=sure_from, ax=upper.subplots())
        figure.savefig(content, format=file_format)
    return content.getvalue()


def _is_kept(digit: Any) -> bool:
    """Say whether a prediction is part of a number, and of an image that was framed."""
    return digit.left_out is None and digit.framed is not None


def _check_image(image: ArrayLike) -> AnyArray:
    """Refuse arrays that are not images."""
    values = np.asarray(image)
    channels = values.shape[2:] or (3,)
    if values.size == 0 or values.ndim < 2 or channels != (3,):
        raise ValueError(
            "Expected an image of shape (height, width) or (height, width, 3), got shape "
            f"{values.shape}. Pass one image."
        )
    return values


def _draw_image(ax: Axes, image: AnyArray) -> None:
    """Draw an image, or a smaller copy of a large one, in the coordinates of its pixels."""
    factor = reduction_factor(image.shape, _ENOUGH, at_least=True)
    height, width = (n // factor * factor for n in image.shape[:2])
    ax.imshow(
        shrink(image, factor).astype(image.dtype) if factor > 1 else image,
        cmap="gray",
        interpolation="nearest" if max(image.shape[:2]) < _SMALL else None,
        # The middle of the first pixel is at 0.
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
    )
    ax.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    ax.set_axis_off()


def _find_size(image: AnyArray, predictions: Sequence[Any]) -> tuple[float, float]:
    """Find the size of a figure in which the image is large enough."""
    height, width = image.shape[:2]
    scale = _LONG / max(height, width)
    if max(height, width) < _SMALL:
        scale /= 2
    is_titled = not predictions or any(digit.box is None for digit in predictions)
    return max(scale * width, _SHORT), max(scale * height, _SHORT) + _TITLE * is_titled
