"""Figures as the bytes of a file, for white paper or for a dark page."""

from __future__ import annotations

import io
import re
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
# A page has 96 dots an inch; twice as many are sharp on a phone, and measure text well.
_DPI = 192
# More shades than grey pictures and one colour of text need, in a third of the bytes.
_N_PNG_COLORS = 128
_SVG_COMMENTS_AND_INDENTS = re.compile(rb"<!--.*?-->|(?<=\n)\s+", re.DOTALL)


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
        figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
        draw(figure)
        if dark:
            darken(figure)
        figure.savefig(content, format=file_format, dpi="figure", metadata=_METADATA[file_format])
    return _SHRINK[file_format](content.getvalue())


def _shrink_png(content: bytes) -> bytes:
    """Keep only as many colours as are needed."""
    from PIL import Image

    shrunk = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        image.convert("RGB").quantize(_N_PNG_COLORS).save(shrunk, "PNG", optimize=True)
    return shrunk.getvalue()


def _shrink_svg(content: bytes) -> bytes:
    """Take out what is not drawn."""
    return _SVG_COMMENTS_AND_INDENTS.sub(b"", content)


_SHRINK = {"png": _shrink_png, "svg": _shrink_svg}
