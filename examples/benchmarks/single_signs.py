"""Single digits in thin pens, and letters and other signs, rendered with a fixed seed.

Paper, pens, light and camera are those of ``handwriting.py``, and so is the rule for use: reported
results use the test images, every choice is made with ``subset="train"``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from handwriting import (
    Digits,
    Handwriting,
    draw_all,
    on_paper,
    paste,
    photographed,
    strokes,
    warp,
)
from PIL import Image, ImageDraw, ImageFont

#: Letters and signs that nobody takes for a digit.
LETTERS = "ACEFHJKMNPRTUVWXYadefhkmnprtuvwxy%&?#@+=ÄßŧЖДФЩψΩλ"


def thin_pens(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw single digits with a thin coloured pen, on images of 96 to 800 pixels."""
    return draw_all(n, subset, seed, _thin)


def letters(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw single letters and signs on lightly tinted paper; all labels are empty."""
    return draw_all(n, subset, seed, _letter)


def _thin(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
    image, label = digits.take()
    side = int(np.exp(rng.uniform(np.log(96), np.log(800))))
    drawn = strokes(image, side * rng.uniform(0.35, 0.7), thickness=0.0)
    ink = np.zeros((side, side), np.float32)
    top, left = (int(rng.uniform(0.2, 0.8) * (side - n)) for n in drawn.shape)
    paste(ink, drawn, top, left)
    return photographed(on_paper(ink, rng), rng, side / 8), label


@cache
def _font(style: str) -> ImageFont.FreeTypeFont:
    """Load one of the freely licensed fonts that matplotlib contains."""
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"DejaVu{style}.ttf"), 120)


def _letter(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
    sign = LETTERS[rng.randint(len(LETTERS))]
    font = _font(("Sans", "Sans-Bold", "Serif", "SansMono-Oblique")[rng.randint(4)])
    left, top, right, bottom = font.getbbox(sign)
    drawn = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(drawn).text((-left, -top), sign, fill=255, font=font)
    size = rng.uniform(60, 160)
    factor = size / max(drawn.size)
    drawn = drawn.resize([max(round(n * factor), 4) for n in drawn.size])
    ink = np.pad(np.asarray(drawn, np.float32) / 255, int(size * rng.uniform(0.3, 0.8)))
    ink = warp(ink, rng, angle=rng.uniform(-8, 8), jitter=0.02)
    return photographed(on_paper(ink, rng), rng, size), ""
