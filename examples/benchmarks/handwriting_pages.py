"""Pages with several digits, rendered from MNIST's images with a fixed seed.

Rules run through the digits, tables and outlines surround them, and pages lie on their side or
far away. Paper, pens, light and camera are those of ``handwriting.py``, and so is the rule for
use: reported results use the test images, every choice is made with ``subset="train"``.
"""

from __future__ import annotations

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
    make_sheet,
    on_paper,
    paste,
    photographed,
    strokes,
    warp,
)
from PIL import Image, ImageDraw

#: Colours of printed lines: pale and dark, of a pen's hue and of others.
RULES = [
    (0.45, 0.6, 0.85),
    (0.3, 0.35, 0.4),
    (0.65, 0.45, 0.35),
    (0.75, 0.4, 0.45),
    (0.1, 0.1, 0.12),
    (0.7, 0.75, 0.8),
]


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


def far_away(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw photographs of one small number somewhere on a large sheet or board in bad light."""
    return draw_all(n, subset, seed, _far_away)


def turned(n: int, turns: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw pages of numbers and turn them counterclockwise by so many right angles."""

    def draw(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
        lines = [rng.randint(3, 8) for _ in range(rng.randint(1, 4))]
        size = rng.uniform(45, 75)
        ink, label = _lines_of_digits(digits, rng, size, lines)
        scene = on_paper(warp(ink, rng, angle=rng.uniform(-3, 3), jitter=0.01), rng)
        return np.rot90(photographed(scene, rng, size), turns).copy(), label

    return draw_all(n, subset, seed, draw)


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
    scene = on_paper(ink, rng, lines, RULES[rng.randint(len(RULES))])[:keep]
    return photographed(scene, rng, size), label


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
    scene = on_paper(ink, rng, lines, RULES[rng.randint(len(RULES))])
    return photographed(scene, rng, size), label


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
    scene = on_paper(ink, rng, lines, RULES[rng.randint(len(RULES))])
    return photographed(scene, rng, size), "\n".join(row for row in rows if row)


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
    scene = on_paper(warp(ink, rng, angle=rng.uniform(-4, 4), jitter=0.01), rng)
    return photographed(scene, rng, size), label


# Far away


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
