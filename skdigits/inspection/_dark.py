"""Figures for a dark page, made of those for white paper."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

# What becomes of white and of black: the dark page's background and text, by channel.
_PAPER, _INK = (0.106, 0.122, 0.141), (0.91, 0.92, 0.93)
_PROPERTIES = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def darken(figure: Figure) -> None:
    """Swap light and dark in a figure, and keep the hues.

    Displays name some colours outright, such as black titles, which no style sheet
    reaches: hence every artist is changed after it was drawn.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure, drawn.
    """
    # Ticks and their labels are made at the first drawing only.
    figure.draw_without_rendering()
    for artist in figure.findobj():
        # Figures and axes hand on the colours of their patch, which comes by itself.
        if not hasattr(artist, "patch"):
            _darken_artist(artist)


def swap_lightness(color: Any) -> tuple[float, ...]:
    """Make a light colour dark, and a dark one light, of the same hue.

    Parameters
    ----------
    color : matplotlib color
        The colour.

    Returns
    -------
    swapped : tuple of float
        Red, green, blue and the unchanged alpha.
    """
    from matplotlib.colors import to_rgba

    red, green, blue, alpha = to_rgba(color)
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    swapped = colorsys.hls_to_rgb(hue, 1 - lightness, saturation)
    channels = zip(_PAPER, _INK, swapped, strict=True)
    return (*(low + (high - low) * value for low, high, value in channels), alpha)


def _darken_artist(artist: Artist) -> None:
    """Swap light and dark in whatever colours an artist has."""
    from matplotlib.colors import ListedColormap

    # All are read before any is set: some follow others until they are set themselves.
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
