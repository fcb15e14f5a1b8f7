"""Images of digits that are not alone on their paper, rendered from MNIST's with a fixed seed.

Rules run through the digits, tables and outlines surround them, digits touch each other, pens are
thin, pages lie on their side, and some images show letters and no digit at all. Paper, pens,
light and camera are those of ``handwriting.py``, and so is the rule for use: reported results
use the test images, every choice is made with ``subset="train"``.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from handwriting import (
    BOARDS,
    CHALK,
    PAPERS,
    PENCIL,
    PENS,
    Digits,
    Handwriting,
    blend,
    camera,
    draw_all,
    light_up,
    make_sheet,
    paste,
    strokes,
    warp,
)
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from skdigits import predict_digits
from skdigits.exceptions import BlankPictureError

#: Colours of printed lines: pale and dark, of a pen's hue and of others.
RULES = [
    (0.45, 0.6, 0.85),
    (0.3, 0.35, 0.4),
    (0.65, 0.45, 0.35),
    (0.75, 0.4, 0.45),
    (0.1, 0.1, 0.12),
    (0.7, 0.75, 0.8),
]
#: Digits that touch share at most this part of the ink of the one with less.
MOST_SHARED = 0.05
#: Their boxes overlap by at most this share of the narrower one; if they do not touch then, a thin
#: stroke links them.
MOST_OVERLAP = 0.3
#: Letters and signs that nobody takes for a digit.
LETTERS = "ACEFHJKMNPRTUVWXYadefhkmnprtuvwxy%&?#@+=ÄßŧЖДФЩψΩλ"


def ruled_lines(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw small crops of one number on ruled paper.

    A dark or pale rule runs through the feet of the digits or below them, in half of the images
    a margin line too; a dash or the remains of another line may be there.
    """
    return draw_all(n, subset, seed, _ruled_line)


def ruled_pages(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw photographs of ruled or squared pages with several numbers below each other."""
    return draw_all(n, subset, seed, _ruled_page)


def tables(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw tables with one digit, or none, in each cell. A label has a line for each row."""
    return draw_all(n, subset, seed, _table)


def outlined(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw digits scattered on a page, some of them in outlines; an outline may be empty.

    The digits of a label are in no particular order.
    """
    return draw_all(n, subset, seed, _outlined)


def touching(n: int, *, length: int = 2, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw numbers of a given length whose digits all touch their neighbours."""
    return draw_all(n, subset, seed, lambda digits, rng: _touching(digits, rng, length))


def thin_pens(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw single digits with a thin coloured pen, on images of 96 to 800 pixels."""
    return draw_all(n, subset, seed, _thin)


def far_away(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw photographs of one small number somewhere on a large sheet or board in bad light."""
    return draw_all(n, subset, seed, _far_away)


def turned(n: int, turns: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw pages of numbers and turn them counterclockwise by so many right angles."""

    def draw(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
        lines = [rng.randint(3, 8) for _ in range(rng.randint(1, 4))]
        size = rng.uniform(45, 75)
        ink, label = _lines_of_digits(digits, rng, size, lines)
        scene = _on_paper(warp(ink, rng, angle=rng.uniform(-3, 3), jitter=0.01), rng)
        return np.rot90(_photographed(scene, rng, size), turns).copy(), label

    return draw_all(n, subset, seed, draw)


def letters(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw single letters and signs on lightly tinted paper; all labels are empty."""
    return draw_all(n, subset, seed, _letter)


def share_read(model: Any, drawn: Handwriting) -> float:
    """Measure the share of images on which `predict_digits` reads the whole label."""
    return sum(
        read(model, picture) == label
        for picture, label in zip(drawn.pictures, drawn.labels, strict=True)
    ) / len(drawn.labels)


def read(model: Any, picture: np.ndarray) -> str:
    """Read an image, line by line, without what is left out."""
    try:
        digits = predict_digits(model, picture, segment=True)
    except BlankPictureError:
        return ""
    kept = [digit for digit in digits if digit.left_out is None]
    lines = groupby(kept, key=lambda digit: digit.line)
    return "\n".join("".join(str(digit.label) for digit in line) for _, line in lines)


# Digits in lines


def _lines_of_digits(
    digits: Digits,
    rng: np.random.RandomState,
    size: float,
    lengths: list[int],
    *,
    pitch: float = 2.0,
    margin: float = 1.5,
) -> tuple[np.ndarray, str]:
    """Write lines of digits; each stands on a multiple of the pitch, in heights of a digit."""
    shape = (
        int(size * pitch * (len(lengths) + 0.9)),
        int(size * (1.35 * max(lengths) + margin + 1)),
    )
    ink = np.zeros(shape, np.float32)
    thickness = rng.choice([0.5, 0.7, 1.0])
    label = []
    for line, length in enumerate(lengths):
        left, number = size * margin, ""
        for _ in range(length):
            image, digit = digits.take()
            drawn = strokes(image, size * rng.uniform(0.85, 1.1), thickness=thickness)
            foot = size * (pitch * (line + 1) + rng.uniform(-0.08, 0.08))
            paste(ink, drawn, max(int(foot - drawn.shape[0]), 0), int(left))
            left += drawn.shape[1] + size * rng.uniform(0.12, 0.4)
            number += digit
        label.append(number)
    return ink, "\n".join(label)


def _on_paper(
    ink: np.ndarray,
    rng: np.random.RandomState,
    lines: np.ndarray | None = None,
    printed: tuple = RULES[0],
) -> np.ndarray:
    """Blend printed lines and a pen onto a sheet."""
    scene = make_sheet(ink.shape, rng, PAPERS[rng.randint(len(PAPERS))])
    if lines is not None:
        scene = blend(scene, printed, lines, rng.uniform(0.6, 0.95))
    pen = [*PENS.values(), PENCIL][rng.randint(len(PENS) + 1)]
    return blend(scene, pen, ink, rng.uniform(0.8, 0.97))


def _photographed(scene: np.ndarray, rng: np.random.RandomState, size: float) -> np.ndarray:
    scene = scene * light_up(scene.shape[:2], rng)[..., None]
    blur, noise = rng.uniform(0.4, 0.4 + 0.015 * size), rng.uniform(0.005, 0.02)
    return camera(scene, rng, blur=blur, noise=noise, quality=int(rng.randint(60, 92)))


# Printed lines


def _print_lines(
    lines: np.ndarray, rng: np.random.RandomState, places: np.ndarray, width: float, slope: float
) -> None:
    """Draw lines across an image, `places` pixels from its top in the middle of its width."""
    y, x = np.mgrid[: lines.shape[0], : lines.shape[1]]
    bow = rng.uniform(-1, 1) * 0.03 / max(lines.shape[1], 1)
    middle = lines.shape[1] / 2
    level = y - slope * (x - middle) - bow * (x - middle) ** 2
    for place in places:
        np.maximum(lines, np.clip(width / 2 + 0.5 - abs(level - place), 0, 1), out=lines)


def _ruled_line(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
    size = rng.uniform(28, 60)
    length = rng.randint(2, 6)
    ink, label = _lines_of_digits(
        digits, rng, size, [length], pitch=rng.uniform(1.25, 1.5), margin=rng.uniform(0.4, 0.9)
    )
    foot = size * 1.25
    rows, columns = np.nonzero(ink > 0.3)
    ink = np.pad(ink[:, : columns.max() + int(size * rng.uniform(0.15, 0.5))], ((0, 8), (0, 0)))
    if rng.rand() < 0.4:
        dash = np.ones((max(int(size * 0.08), 2), int(size * rng.uniform(0.2, 0.4))), np.float32)
        top = int(rows.max() - size * rng.uniform(0.3, 0.5))
        if rng.rand() < 0.5:
            ink = np.pad(ink, ((0, 0), (0, int(size * 0.7))))
            paste(ink, dash, top, columns.max() + int(size * 0.2))
        else:
            ink = np.pad(ink, ((0, 0), (int(size * 0.3), 0)))
            paste(ink, dash, top, max(int(size * 0.15), columns.min() - dash.shape[1]))
    lines = np.zeros_like(ink)
    foot = rows.max() + size * rng.uniform(-0.12, 0.15)
    width = max(size * rng.uniform(0.03, 0.07), 1.2)
    _print_lines(lines, rng, np.array([foot]), width, rng.uniform(-0.03, 0.03))
    if rng.rand() < 0.5:
        at = max(size * rng.uniform(0.08, 0.25), 3)
        _print_lines(lines.T, rng, np.array([at]), width, rng.uniform(-0.02, 0.02))
    if rng.rand() < 0.4:  # the feet of the line above
        image, _ = digits.take()
        digits.taken.pop()
        rest = strokes(image, size)[-int(size * 0.2) :]
        paste(ink, rest, 0, int(size * rng.uniform(0.5, length)))
    keep = int(min(foot + size * rng.uniform(0.1, 0.35), ink.shape[0]))
    scene = _on_paper(ink, rng, lines, RULES[rng.randint(len(RULES))])[:keep]
    return _photographed(scene, rng, size), label


def _ruled_page(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
    size = rng.uniform(36, 56)
    lengths = [rng.randint(2, 8) for _ in range(rng.randint(3, 8))]
    pitch = rng.uniform(1.2, 1.6)
    ink, label = _lines_of_digits(
        digits, rng, size, lengths, pitch=pitch, margin=rng.uniform(1, 4)
    )
    lines = np.zeros_like(ink)
    rules = size * pitch * np.arange(1, 2 * len(lengths) + 3) + size * rng.uniform(-0.15, 0.1)
    width, slope = max(size * rng.uniform(0.03, 0.06), 1.2), rng.uniform(-0.02, 0.02)
    _print_lines(lines, rng, rules, width, slope)
    if rng.rand() < 0.3:
        across = size * pitch * np.arange(0, ink.shape[1] / size / pitch)
        _print_lines(lines.T, rng, across + 3, width, -slope)
    elif rng.rand() < 0.6:
        _print_lines(lines.T, rng, np.array([size * 0.6]), width, -slope)
    scene = _on_paper(ink, rng, lines, RULES[rng.randint(len(RULES))])
    return _photographed(scene, rng, size), label


def _table(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
    size = rng.uniform(36, 56)
    shape = rng.randint(1, 6), rng.randint(3, 8)
    cell = size * rng.uniform(1.3, 1.8), size * rng.uniform(1.3, 1.8)
    margin = size * rng.uniform(0.2, 1)
    sides = [int(n * each + 2 * margin) for n, each in zip(shape, cell, strict=True)]
    ink, lines = np.zeros((2, *sides), np.float32)
    rows = []
    thickness = rng.choice([0.5, 0.7, 1.0])
    for row in range(shape[0]):
        rows.append("")
        for column in range(shape[1]):
            if rng.rand() < 0.25 and (column or row):
                continue
            image, digit = digits.take()
            drawn = strokes(image, size * rng.uniform(0.85, 1.05), thickness=thickness)
            corner = [
                margin + (at + 0.5) * side - n / 2 + size * rng.uniform(-0.08, 0.08)
                for at, side, n in zip((row, column), cell, drawn.shape, strict=True)
            ]
            paste(ink, drawn, int(corner[0]), int(corner[1]))
            rows[-1] += digit
    width = max(size * rng.uniform(0.03, 0.08), 1.2)
    grid = np.zeros_like(lines)
    for axis, view in enumerate((grid, grid.T)):
        _print_lines(view, rng, margin + cell[axis] * np.arange(shape[axis] + 1), width, 0)
    inner = [slice(int(margin - width), int(n - margin + width)) for n in sides]
    lines[tuple(inner)] = grid[tuple(inner)]
    scene = _on_paper(ink, rng, lines, RULES[rng.randint(len(RULES))])
    return _photographed(scene, rng, size), "\n".join(row for row in rows if row)


# Outlines


def _draw_outline(side: float, width: float, rng: np.random.RandomState) -> np.ndarray:
    """Draw a circle, box, triangle, rhombus or cloud by hand."""
    kind = rng.randint(5)
    n = {0: 60, 1: 4, 2: 3, 3: 4, 4: 60}[kind]
    angle = np.arange(n) * 2 * np.pi / n + {1: np.pi / 4, 2: -np.pi / 2}.get(kind, 0.0)
    away = np.full(n, side / 2 * (1.25 if kind in (1, 3) else 1.5 if kind == 2 else 1.0))
    if kind == 4:
        away *= 1 + 0.12 * np.cos(angle * rng.randint(4, 7))
    away = away * (1 + rng.normal(scale=0.01, size=n))
    stretch = rng.uniform(0.85, 1.2)
    points = np.stack([away * np.cos(angle) * stretch, away * np.sin(angle)], axis=1)
    points -= points.min(axis=0) - width
    size = np.ceil(points.max(axis=0) + width).astype(int) + 1
    image = Image.new("L", tuple(4 * size))
    corners = [tuple(4 * point) for point in points]
    ImageDraw.Draw(image).line(
        [*corners, corners[0], corners[1]], fill=255, width=round(4 * width), joint="curve"
    )
    return np.asarray(image.resize(tuple(size), Image.Resampling.BOX), np.float32) / 255


def _outlined(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
    size = rng.uniform(26, 50)
    n_rows, n_columns = rng.randint(2, 4), rng.randint(2, 5)
    pitch = size * rng.uniform(3.4, 4.5)
    ink = np.zeros((int(pitch * n_rows), int(pitch * n_columns)), np.float32)
    thickness, label = rng.choice([0.5, 0.7, 1.0]), ""
    places = rng.permutation(n_rows * n_columns)
    for number, place in enumerate(places):
        centre = (np.array(divmod(place, n_columns)) + 0.5) * pitch
        centre += rng.uniform(-0.1, 0.1, 2) * size
        if number == 0 or rng.rand() < 0.45:
            width = max(size * rng.uniform(0.05, 0.1), 1.5)
            drawn = _draw_outline(size * rng.uniform(2.1, 3.0), width, rng)
            paste(ink, drawn, *(max(int(each), 0) for each in centre - np.divide(drawn.shape, 2)))
            if number and rng.rand() < 0.2:
                continue
        elif rng.rand() < 0.15:
            continue
        image, digit = digits.take()
        drawn = strokes(image, size * rng.uniform(0.85, 1.1), thickness=thickness)
        paste(ink, drawn, *(int(each) for each in centre - np.divide(drawn.shape, 2)))
        label += digit
    scene = _on_paper(warp(ink, rng, angle=rng.uniform(-4, 4), jitter=0.01), rng)
    return _photographed(scene, rng, size), label


# Touching digits


def join(
    left: np.ndarray, right: np.ndarray, depth: int, drop: int
) -> tuple[np.ndarray, np.ndarray]:
    """Move the right digit to the left until the two touch, and a little more.

    Parameters
    ----------
    left, right : ndarray of shape (height, width)
        Ink from 0 to 1.
    depth : int
        How many pixels the right one moves on from where they first touch, unless the two would
        share more than a little of their ink.
    drop : int
        How many pixels lower than the left one the right one begins.

    Returns
    -------
    left, right : ndarray of shape (height, width)
        Both, on one image.
    """
    tops = max(-drop, 0), max(drop, 0)
    height = max(top + len(each) for top, each in zip(tops, (left, right), strict=True))
    both = np.zeros((2, height, left.shape[1] + right.shape[1]), np.float32)
    both[0, tops[0] : tops[0] + len(left), : left.shape[1]] = left
    alone = np.zeros((height, right.shape[1]), np.float32)
    alone[tops[1] : tops[1] + len(right)] = right
    most = MOST_SHARED * min((left > 0.5).sum(), (right > 0.5).sum())
    nearest = left.shape[1] - int(MOST_OVERLAP * min(left.shape[1], right.shape[1]))
    start = n_deeper = 0
    for start in range(left.shape[1], nearest - 1, -1):
        part = both[0, :, start : start + alone.shape[1]] > 0.5
        shared = (part & (alone > 0.5)[:, : part.shape[1]]).sum()
        if shared > most and n_deeper:
            start += 1
            break
        n_deeper += shared > 0
        if n_deeper > depth:
            break
    both[1, :, start : start + alone.shape[1]] = alone
    if not n_deeper:
        _link(both)
    return both[0], both[1]


def _link(both: np.ndarray) -> None:
    """Draw a stroke from the left digit to where it is nearest to the right one."""
    away, nearest = ndimage.distance_transform_edt(both[0] <= 0.5, return_indices=True)
    away[both[1] <= 0.5] = np.inf
    end = np.array(np.unravel_index(away.argmin(), away.shape))
    start = nearest[:, end[0], end[1]]
    y, x = np.mgrid[: away.shape[0], : away.shape[1]]
    for share in np.linspace(0, 1, 2 * int(away.min()) + 2):
        at = start + share * (end - start)
        np.maximum(both[0], np.clip(2 - np.hypot(y - at[0], x - at[1]), 0, 1), out=both[0])


def _touching(digits: Digits, rng: np.random.RandomState, length: int) -> tuple[np.ndarray, str]:
    size = rng.uniform(40, 80)
    thickness = rng.choice([0.5, 0.7, 1.0])
    whole, label = np.zeros((1, 0), np.float32), ""
    for _ in range(length):
        image, digit = digits.take()
        drawn = strokes(image, size * rng.uniform(0.9, 1.1), thickness=thickness)
        depth, drop = int(size * rng.uniform(0, 0.08)), int(size * rng.uniform(-0.08, 0.08))
        if label:
            both = np.maximum(*join(whole, drawn, depth, drop))
            whole = both[:, : np.flatnonzero((both > 0.02).any(axis=0)).max() + 1]
        else:
            whole = drawn
        label += digit
    margins = [(int(size * rng.uniform(0.5, 1.5)), int(size * rng.uniform(0.5, 1.5)))] * 2
    ink = warp(np.pad(whole, margins), rng, angle=rng.uniform(-4, 4), jitter=0.01)
    return _photographed(_on_paper(ink, rng), rng, size), label


# Single signs


def _thin(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
    image, label = digits.take()
    side = int(np.exp(rng.uniform(np.log(96), np.log(800))))
    drawn = strokes(image, side * rng.uniform(0.35, 0.7), thickness=0.0)
    ink = np.zeros((side, side), np.float32)
    top, left = (int(rng.uniform(0.2, 0.8) * (side - n)) for n in drawn.shape)
    paste(ink, drawn, top, left)
    return _photographed(_on_paper(ink, rng), rng, side / 8), label


@cache
def _font(style: str) -> ImageFont.FreeTypeFont:
    """Load one of the freely licensed fonts that matplotlib contains."""
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"DejaVu{style}.ttf"), 120)


def _far_away(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
    shape = height, width = tuple(int(n) for n in rng.randint(500, 1300, 2))
    size = min(shape) * rng.uniform(0.03, 0.1)
    ink, label = np.zeros(shape, np.float32), ""
    top, left = rng.uniform(0.1, 0.8) * height, rng.uniform(0.05, 0.4) * width
    thickness = rng.choice([0.5, 0.7, 1.0])
    for _ in range(rng.randint(2, 8)):
        image, digit = digits.take()
        paste(ink, strokes(image, size, thickness=thickness), int(top), int(left))
        label += digit
        left += size * rng.uniform(1.0, 1.5)
    if rng.rand() < 0.3:
        scene = blend(make_sheet(shape, rng, BOARDS[rng.randint(len(BOARDS))]), CHALK, ink, 0.9)
    else:
        pen = [*PENS.values(), PENCIL][rng.randint(4)]
        scene = blend(make_sheet(shape, rng, PAPERS[rng.randint(len(PAPERS))]), pen, ink, 0.9)
    scene *= _vignette(shape, rng)[..., None]
    return camera(scene, rng, blur=rng.uniform(0.4, 1.0), noise=0.012, quality=85), label


def _vignette(shape: tuple[int, ...], rng: np.random.RandomState) -> np.ndarray:
    """Make light that is bright in one place, dark far from it, and shaded on one side."""
    height, width = shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    row, column = rng.uniform(-0.8, 0.8, 2)
    away = (y - row) ** 2 + (x - column) ** 2
    light = rng.uniform(0.3, 0.6) + 0.5 * np.exp(-away / (2 * rng.uniform(0.5, 1.5) ** 2))
    angle = rng.uniform(0, 2 * np.pi)
    edge = np.cos(angle) * x + np.sin(angle) * y - rng.uniform(0.3, 0.9)
    light *= 1 - rng.uniform(0.2, 0.6) / (1 + np.exp(-edge / rng.uniform(0.05, 0.3)))
    return light / light.max()


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
    return _photographed(_on_paper(ink, rng), rng, size), ""
