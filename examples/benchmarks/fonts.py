"""The fonts of ``fonts.json``: which there are, how they are divided, and their characters as ink.

``fetch_fonts.py`` puts their files into a folder. A fifth of the families of each kind is held
out: choices are made on what these families draw, and the final training uses all.
"""

from __future__ import annotations

import functools
import hashlib
import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

LIST = Path(__file__).with_name("fonts.json")
#: One in so many families is held out.
HELD_OUT = 5
#: Height in pixels at which characters are drawn, before they are changed and reduced.
SIZE = 80
#: General categories of Unicode of what can be drawn and is not a digit or a space.
_DRAWABLE = (
    "Lu",
    "Ll",
    "Lo",
    "Lt",
    "Pc",
    "Pd",
    "Ps",
    "Pe",
    "Pi",
    "Pf",
    "Po",
    "Sm",
    "Sc",
    "So",
    "Co",
)


class Font(NamedTuple):
    """A file with one font.

    Parameters
    ----------
    family : str
        Files of one family are held out together.
    path : str
        The file.
    kind : {"handwriting", "print", "letters", "symbols"}
        Digits and Latin letters of the first two are used; of the others, only what is no digit.
    """

    family: str
    path: str
    kind: str


def find_fonts(folder: Path | None) -> list[Font]:
    """List the fonts.

    Parameters
    ----------
    folder : Path or None
        Where ``fetch_fonts.py`` has put the files. If None, fonts that come with matplotlib are
        used, which is enough to try the programs.

    Returns
    -------
    fonts : list of Font
        Sorted by kind and file name.
    """
    if folder is None:
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        names = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif")
        return [Font(name, str(fonts / f"{name}.ttf"), "print") for name in names]
    fonts = [
        Font(row["package"], str(folder / row["file"]), row["kind"])
        for row in json.loads(LIST.read_text("utf-8"))
    ]
    missing = [font.path for font in fonts if not Path(font.path).exists()]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(fonts)} fonts are missing in {folder}, such as {missing[0]}. "
            f"Run: python examples/benchmarks/fetch_fonts.py {folder}"
        )
    return fonts


def is_held_out(font: Font) -> bool:
    """Say whether a family is among those on which choices are made."""
    return hashlib.sha256(font.family.encode()).digest()[0] % HELD_OUT == 0


@functools.cache
def characters(font: Font) -> str:
    """List the characters of a font that can be drawn, without digits of any script."""
    with TTFont(font.path, lazy=True) as file:
        codes = sorted(file.getBestCmap())
    return "".join(chr(code) for code in codes if unicodedata.category(chr(code)) in _DRAWABLE)


def draw(font: Font, text: str, size: int = SIZE) -> np.ndarray:
    """Draw text in a font.

    Parameters
    ----------
    font : Font
        A font that has the characters.
    text : str
        One line or several.
    size : int, default=80
        Height of the font in pixels.

    Returns
    -------
    ink : ndarray of shape (height, width)
        Ink from 0 to 255 of dtype uint8, cropped to its box; of shape (0, 0) if there is none.
    """
    loaded = _load(font.path, size)
    box = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), text, font=loaded)
    left, top, right, bottom = (int(side) for side in box)
    image = Image.new("L", (max(right - left, 1) + 4, max(bottom - top, 1) + 4))
    try:
        ImageDraw.Draw(image).multiline_text((2 - left, 2 - top), text, 255, font=loaded)
    except OSError:
        # FreeType refuses to draw some ornaments.
        return np.zeros((0, 0), np.uint8)
    return crop(np.asarray(image))


def crop(ink: np.ndarray) -> np.ndarray:
    """Crop ink to its box."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return np.zeros((0, 0), ink.dtype)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def of_kinds(fonts: Iterable[Font], *kinds: str) -> list[Font]:
    """Select the fonts of some kinds."""
    return [font for font in fonts if font.kind in kinds]


@functools.cache
def _load(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
