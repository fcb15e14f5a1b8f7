"""Figures as the bytes of a file, for white paper or for a dark page."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._dark import darken

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A style of its own, so that neither the user's settings nor the time of day change a byte.
_STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.labelcolor": "0.2",
    "axes.edgecolor": "0.5",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "legend.frameon": False,
    "svg.hashsalt": "skdigits",
    "xtick.color": "0.3",
    "ytick.color": "0.3",
}
_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}
# A PNG is shown at 96 dots an inch, but has twice as many for sharp screens.
_DPI = {"svg": 72, "png": 192}


def render_figure(
    draw: Callable[[Figure], object],
    size: tuple[float, float],
    *,
    file_format: str = "svg",
    dark: bool = False,
) -> bytes:
    """Draw a figure and return it as the bytes of a file.

    The same drawing gives the same bytes, whatever the user's matplotlib settings.

    Parameters
    ----------
    draw : callable
        Draws into the figure that it is given, in colours for white paper.
    size : tuple of float
        Width and height in inches.
    file_format : {"svg", "png"}, default="svg"
        Format of the file.
    dark : bool, default=False
        Whether to turn it into a figure for a dark page.

    Returns
    -------
    content : bytes
        The file.
    """
    import matplotlib.style
    from matplotlib.figure import Figure

    content = io.BytesIO()
    with matplotlib.style.context(["default", _STYLE]):
        figure = Figure(figsize=size, dpi=_DPI[file_format], layout="constrained")
        draw(figure)
        if dark:
            darken(figure)
        figure.savefig(content, format=file_format, dpi="figure", metadata=_METADATA[file_format])
    return content.getvalue()
