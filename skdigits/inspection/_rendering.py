"""Figures as the bytes of a file, for a light or a dark page."""

from __future__ import annotations

import colorsys
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

# A style of its own, so that neither the user's settings nor the date change a byte.
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
# A page has 96 dots per inch; twice as many are sharp on a phone, and measure text well.
_DPI = 192
# Enough shades for grey images and coloured text, in a third of the bytes.
_N_PNG_COLORS = 128
# Red, green and blue of the background and the text of a dark page.
_PAPER, _INK = (0.106, 0.122, 0.141), (0.91, 0.92, 0.93)
_PROPERTIES = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")
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
        Draws into the given figure, in colours for a light page.
    size : tuple of float
        Width and height in inches.
    file_format : {"svg", "png"}, default="svg"
        Format of the file.
    dark : bool, default=False
        Whether to convert it to a figure for a dark page.

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
    """Remove comments and indentation."""
    return _SVG_COMMENTS_AND_INDENTS.sub(b"", content)


_SHRINK = {"png": _shrink_png, "svg": _shrink_svg}


def darken(figure: Figure) -> None:
    """Swap light and dark in a figure, and keep the hues.

    Displays set some colours explicitly, such as black titles, which no style sheet
    changes: therefore every artist is changed after it was drawn.
    """
    # Ticks and their labels are only made when a figure is drawn.
    figure.draw_without_rendering()
    for artist in figure.findobj():
        # Figures and axes have the colours of their patch, which is changed on its own.
        if not hasattr(artist, "patch"):
            _darken_artist(artist)


def swap_lightness(color: Any) -> tuple[float, ...]:
    """Make a light colour dark, or a dark one light, with the same hue and alpha."""
    from matplotlib.colors import to_rgba

    red, green, blue, alpha = to_rgba(color)
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    swapped = colorsys.hls_to_rgb(hue, 1 - lightness, saturation)
    channels = zip(_PAPER, _INK, swapped, strict=True)
    return (*(low + (high - low) * value for low, high, value in channels), alpha)


def _darken_artist(artist: Artist) -> None:
    """Swap light and dark in all colours of an artist."""
    from matplotlib.colors import ListedColormap

    # All are read before any is set: some depend on others until they are set.
    colors = {
        name: getattr(artist, f"get_{name}")()
        for name in _PROPERTIES
        if hasattr(artist, f"get_{name}") and hasattr(artist, f"set_{name}")
    }
    artist.set(**{name: _swap(color) for name, color in colors.items()})
    if hasattr(artist, "get_cmap") and hasattr(artist, "set_cmap"):
        cmap = artist.get_cmap()
        steps = cmap(np.linspace(0, 1, cmap.N))
        artist.set_cmap(ListedColormap([swap_lightness(step) for step in steps]))


def _swap(color: Any) -> Any:
    """Swap one colour, or each of an array of them."""
    if np.ndim(color) == 2:
        return np.array([swap_lightness(row) for row in color]).reshape(-1, 4)
    return swap_lightness(color)
