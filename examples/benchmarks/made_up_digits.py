"""Digits that MNIST lacks, made without anybody's data: of other hands.

MNIST's own images are given what other schools write: a 1 with a flag and a foot, a 7 with a bar,
a 2 with a loop, a crossed 0, a 9 with a curl. And digits are written along curves whose points are
drawn at random, in the ways in which schools teach them. All depends on the generator that is
passed alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import fonts as typefaces
import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.interpolate import make_interp_spline

#: Longer side of written ink in pixels, and how much larger it is drawn before that.
SIDE, FINER = 80, 2
#: MNIST's images are enlarged by this factor before they are changed.
ENLARGED = 4

Stroke = Sequence[tuple[float, float]]

# Each way of writing a digit is a list of strokes; each stroke goes through its points, in a
# square with the origin at the upper left. A list bends at its points, a tuple is smooth.
_BOW = ((0.1, 0.25), (0.45, 0.0), (0.85, 0.25), (0.6, 0.6), (0.1, 1.0))
_BELLY = ((0.15, 0.42), (0.55, 0.35), (0.85, 0.65), (0.5, 1.0), (0.05, 0.9))
_RING = ((0.5, 0.0), (0.15, 0.3), (0.1, 0.7), (0.45, 1.0), (0.8, 0.75), (0.85, 0.3), (0.5, 0.0))
_NINE = ((0.8, 0.15), (0.45, 0.0), (0.12, 0.25), (0.4, 0.5), (0.8, 0.2))
WAYS: dict[int, list[list[Stroke]]] = {
    0: [
        [_RING],
        [(*_RING, (0.3, 0.1))],
        [_RING, [(0.95, 0.0), (0.05, 1.0)]],
        [(*_RING, (0.28, 0.2), (0.3, 0.6), (0.45, 0.75))],
        [((0.6, 0.05), (0.15, 0.3), (0.1, 0.7), (0.45, 1.0), (0.85, 0.7), (0.8, 0.25),
          (0.35, 0.1))],
    ],
    1: [
        [[(0.1, 0.45), (0.6, 0.0), (0.55, 1.0)]],
        [[(0.3, 0.2), (0.6, 0.0), (0.55, 1.0)]],
        [[(0.0, 0.7), (0.5, 0.0), (0.55, 1.0)]],
        [[(0.15, 0.35), (0.55, 0.0), (0.55, 1.0)], [(0.2, 1.0), (0.9, 1.0)]],
        [((0.1, 0.35), (0.4, 0.25), (0.6, 0.0)), [(0.6, 0.0), (0.5, 1.0)]],
        [[(0.5, 0.0), (0.5, 1.0)], [(0.2, 1.0), (0.8, 1.0)]],
        [[(0.5, 0.0), (0.5, 1.0)]],
        [[(0.0, 0.5), (0.6, 0.0), (0.5, 1.0)], [(0.0, 1.0), (1.0, 0.97)]],
        [[(0.1, 0.4), (0.5, 0.0), (0.45, 1.0)], [(0.45, 1.0), (0.9, 0.95)]],
        [[(-0.15, 1.0), (0.5, 0.0), (0.55, 1.0)]],
        [[(0.6, 0.0), (0.6, 1.0)], [(-0.1, 1.0), (0.6, 0.2)]],
        [[(0.6, 0.0), (0.6, 1.0)], [(-0.1, 0.95), (0.3, 0.65), (0.6, 0.4)]],
        [[(0.2, 0.3), (0.55, 0.0), (0.5, 0.9)],
         [(0.0, 0.95), (0.95, 0.9), (0.1, 1.0), (0.9, 1.0)]],
    ],
    2: [
        [_BOW, [(0.1, 1.0), (0.9, 1.0)]],
        [((0.1, 0.25), (0.45, 0.0), (0.8, 0.25), (0.6, 0.6), (0.2, 0.95), (0.08, 0.85),
          (0.25, 0.8), (0.6, 0.95), (0.95, 0.9))],
        [(*_BOW[:-1], (0.05, 0.97)), ((0.05, 0.97), (0.3, 0.88), (0.6, 1.0), (0.95, 0.93))],
        [((0.45, 0.35), (0.15, 0.3), (0.35, 0.0), (0.8, 0.2), (0.55, 0.7), (0.15, 0.98),
          (0.05, 0.8), (0.4, 0.75), (0.75, 1.0), (1.0, 0.8))],
    ],
    3: [
        [((0.1, 0.12), (0.5, 0.0), (0.8, 0.22), (0.4, 0.48)),
         ((0.4, 0.48), (0.85, 0.72), (0.5, 1.0), (0.05, 0.88))],
        [[(0.1, 0.0), (0.85, 0.0), (0.4, 0.4)],
         ((0.4, 0.4), (0.9, 0.65), (0.5, 1.0), (0.05, 0.9))],
        [[(0.1, 0.15), (0.8, 0.0), (0.35, 0.42), (0.8, 0.5), (0.45, 1.0)]],
    ],
    4: [
        [[(0.25, 0.0), (0.05, 0.6), (0.95, 0.6)], [(0.65, 0.3), (0.6, 1.0)]],
        [((0.15, 0.0), (0.1, 0.4), (0.3, 0.55), (0.8, 0.5)), [(0.8, 0.05), (0.7, 1.0)]],
        [[(0.65, 1.0), (0.65, 0.0), (0.05, 0.65), (0.95, 0.65)]],
        [[(0.55, 0.0), (0.0, 0.7), (0.9, 0.65)], [(0.65, 0.45), (0.65, 1.0)]],
        [[(0.5, 0.0), (0.05, 0.55), (0.85, 0.45)], [(0.6, 0.25), (0.4, 1.0)]],
        [[(0.5, 0.0), (0.1, 0.55), (0.75, 0.45), (0.45, 1.0)]],
        [((0.45, 0.0), (0.15, 0.35), (0.15, 0.55), (0.75, 0.4)), [(0.75, 0.4), (0.5, 1.0)]],
        [[(0.7, 0.0), (0.0, 0.75), (0.8, 0.7)], [(0.95, 0.35), (0.6, 1.0)]],
        [((0.35, 0.0), (0.05, 0.6), (0.2, 0.8), (0.8, 0.7)), [(0.9, 0.35), (0.75, 1.1)]],
    ],
    5: [
        [[(0.25, 0.0), (0.15, 0.42)], _BELLY, [(0.25, 0.0), (0.85, 0.0)]],
        [[(0.25, 0.05), (0.15, 0.42)], _BELLY, [(0.32, -0.03), (0.9, -0.06)]],
        [((0.85, 0.02), (0.3, 0.05), (0.2, 0.4), (0.6, 0.4), (0.85, 0.7), (0.5, 1.0),
          (0.1, 0.9))],
    ],
    6: [
        [((0.75, 0.0), (0.3, 0.3), (0.1, 0.7), (0.45, 1.0), (0.8, 0.75), (0.5, 0.52),
          (0.15, 0.7))],
        [((0.5, 0.0), (0.15, 0.5), (0.2, 0.9), (0.55, 0.98), (0.75, 0.72), (0.4, 0.6),
          (0.15, 0.8))],
        [((0.7, 0.25), (0.8, 0.05), (0.5, 0.0), (0.2, 0.4), (0.15, 0.85), (0.5, 1.0),
          (0.8, 0.75), (0.5, 0.55), (0.2, 0.7))],
        [((0.8, 0.05), (0.3, 0.1), (0.05, 0.6), (0.4, 1.0), (0.85, 0.9), (0.9, 0.6),
          (0.45, 0.55))],
    ],
    7: [
        [[(0.05, 0.0), (0.9, 0.0), (0.35, 1.0)], [(0.2, 0.5), (0.9, 0.5)]],
        [[(0.05, 0.15), (0.05, 0.0), (0.9, 0.0), (0.4, 1.0)]],
        [[(0.05, 0.2), (0.1, 0.0), (0.9, 0.0), (0.4, 1.0)], [(0.25, 0.5), (0.85, 0.45)]],
        [((0.05, 0.1), (0.3, 0.0), (0.6, 0.06), (0.9, 0.0)), ((0.9, 0.0), (0.55, 0.5),
          (0.45, 1.0)), [(0.3, 0.55), (0.85, 0.5)]],
        [[(0.05, 0.0), (0.9, 0.0), (0.35, 1.0)]],
        [[(0.0, 0.2), (0.1, 0.02), (0.9, 0.05), (0.3, 1.0)], [(0.15, 0.55), (0.85, 0.4)]],
        [((0.0, 0.15), (0.2, 0.0), (0.6, 0.08), (1.0, 0.0)), [(1.0, 0.0), (0.35, 1.0)],
         [(0.3, 0.4), (0.95, 0.5)]],
        [((0.05, 0.05), (0.12, 0.35), (0.4, 0.3), (0.7, 0.0)), [(0.7, 0.0), (0.35, 1.0)],
         [(0.1, 0.75), (0.8, 0.65)]],
        [[(0.1, 0.05), (0.15, 0.35), (0.75, 0.0), (0.4, 1.0)], [(0.1, 0.75), (0.85, 0.7)]],
        [((0.0, 0.1), (0.3, 0.35), (0.75, 0.25), (0.8, 0.0), (0.6, 0.05), (0.5, 0.4),
          (0.45, 1.0)), [(0.1, 0.7), (0.85, 0.65)]],
        [((0.0, 0.2), (0.1, 0.02), (0.4, 0.2), (0.8, 0.0)), ((0.8, 0.0), (0.5, 0.5), (0.4, 1.0)),
         [(0.2, 0.6), (0.8, 0.55)]],
    ],
    8: [
        [((0.75, 0.12), (0.45, 0.0), (0.2, 0.22), (0.5, 0.47), (0.85, 0.75), (0.5, 1.0),
          (0.12, 0.75), (0.5, 0.47), (0.8, 0.22), (0.7, 0.05))],
        [((0.5, 0.0), (0.22, 0.22), (0.5, 0.45), (0.78, 0.22), (0.5, 0.0)),
         ((0.5, 0.45), (0.12, 0.72), (0.5, 1.0), (0.88, 0.72), (0.5, 0.45))],
        [((0.8, 0.1), (0.4, 0.0), (0.2, 0.25), (0.55, 0.5), (0.85, 0.78), (0.45, 1.0),
          (0.12, 0.75), (0.4, 0.5), (0.7, 0.28))],
    ],
    9: [
        [_NINE, [(0.8, 0.15), (0.75, 1.0)]],
        [_NINE, ((0.8, 0.15), (0.82, 0.7), (0.5, 1.0), (0.1, 0.9))],
        [_NINE, ((0.8, 0.15), (0.75, 0.55), (0.45, 1.0))],
        [_NINE, ((0.8, 0.15), (0.8, 0.6), (0.6, 0.95), (0.2, 1.0), (-0.1, 0.85))],
        [_NINE, ((0.8, 0.15), (0.75, 0.8), (0.45, 1.0), (-0.1, 1.0))],
        [_NINE, ((0.8, 0.15), (0.6, 0.55), (0.85, 0.82), (0.6, 1.0), (-0.1, 0.95))],
        [_NINE, ((0.6, 0.4), (0.55, 0.6), (0.8, 0.85), (0.5, 1.0), (-0.2, 1.0))],
        [((0.7, 0.1), (0.4, 0.0), (0.15, 0.18), (0.4, 0.38), (0.72, 0.15)),
         ((0.72, 0.15), (0.85, 0.55), (0.55, 0.98), (0.0, 0.9))],
    ],
}  # fmt: skip


def written_digit(digit: int, rng: np.random.Generator) -> np.ndarray:
    """Write a digit in one of the ways that schools teach.

    Parameters
    ----------
    digit : int
        From 0 to 9.
    rng : numpy.random.Generator
        Draws the way, the points and the pen.

    Returns
    -------
    ink : ndarray of shape (height, width)
        Ink from 0 to 255 of dtype uint8, cropped to its box.
    """
    ways = WAYS[digit]
    strokes = ways[rng.integers(len(ways))]
    offsets: dict[tuple[float, float], np.ndarray] = {}
    moved: list[np.ndarray] = []
    smooth = []
    for stroke in strokes:
        for point in stroke:
            # Strokes that meet at a point still do, nearly.
            offsets.setdefault(point, rng.normal(0, 0.035, 2))
        moved.append(np.array([point + offsets[point] for point in stroke]))
        moved[-1] += rng.normal(0, 0.012, 2)
        smooth.append(isinstance(stroke, tuple))
    width = rng.uniform(0.4, 1.1)
    paths = [_path(points, bent) for points, bent in zip(moved, smooth, strict=True)]
    return drawn([path * (width, 1) for path in paths], rng.uniform(0.05, 0.19))


def drawn(paths: Sequence[np.ndarray], pen: float) -> np.ndarray:
    """Draw lines with a round pen.

    Parameters
    ----------
    paths : sequence of ndarray of shape (n_points, 2)
        Columns and rows of the points of each line, in heights of the digit.
    pen : float
        Width of the pen, in heights of the digit.

    Returns
    -------
    ink : ndarray of shape (height, width)
        Ink from 0 to 255 of dtype uint8, cropped to its box.
    """
    scale = SIDE * FINER
    radius = max(pen * scale / 2, 1)
    every = np.concatenate(paths) * scale
    low = every.min(axis=0) - radius - 2
    size = np.ceil(every.max(axis=0) + radius + 2 - low).astype(int)
    image = Image.new("L", tuple(int(side) for side in size))
    draw = ImageDraw.Draw(image)
    for path in paths:
        points = path * scale - low
        draw.line([tuple(point) for point in points], 255, round(2 * radius), "curve")
        for x, y in points[[0, -1]]:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return typefaces.crop(np.asarray(image.reduce(FINER)))


def smooth_path(points: np.ndarray) -> np.ndarray:
    """Lay a smooth line through points of shape (n, 2)."""
    at = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T) + 1e-3)])
    spline = make_interp_spline(at, points, k=min(3, len(points) - 1))
    path: np.ndarray = spline(np.linspace(0, at[-1], 12 * len(points)))
    return path


def _path(points: np.ndarray, smooth: bool) -> np.ndarray:
    return smooth_path(points) if smooth else points


def enlarged(image: np.ndarray) -> np.ndarray:
    """Enlarge an image of MNIST, and crop it to its ink."""
    image = typefaces.crop(image)
    height, width = image.shape
    size = (width * ENLARGED, height * ENLARGED)
    large = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC), np.float32)
    return np.clip((large - 127.5) * 2 + 127.5, 0, 255).astype(np.uint8)


def other_hand(ink: np.ndarray, digit: int, rng: np.random.Generator) -> np.ndarray:
    """Add to a digit of MNIST what other schools write.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        An enlarged image.
    digit : int
        The digit on it: 0 is crossed out, 1 gets a flag and a foot, 2 a loop, 7 a bar or a
        serif, 9 a curl. Others are returned unchanged.
    rng : numpy.random.Generator
        Draws what is added.

    Returns
    -------
    ink : ndarray of shape (height, width)
        Ink from 0 to 255 of dtype uint8.
    """
    height, width = ink.shape
    pen = max(float(np.median(ndimage.distance_transform_edt(ink > 127)[ink > 127])) * 3, 3.0)
    top, foot = _middle_of_rows(ink, 0, 0.12), _middle_of_rows(ink, 0.88, 1)
    lines: list[list[tuple[float, float]]] = []
    if digit == 0:
        reach = rng.uniform(-0.05, 0.12)
        lines.append([(width * (1 + reach), -height * reach / 2),
                      (-width * reach, height * (1 + reach / 2))])  # fmt: skip
    elif digit == 1:
        has_flag = rng.random() < 0.85
        if has_flag:
            # Some reach down to the line, and some begin below the top.
            length, angle = height * rng.uniform(0.2, 1.1), np.radians(rng.uniform(18, 60))
            start = rng.uniform(0.1, 0.3) if rng.random() < 0.2 else 0.0
            x, y = _middle_of_rows(ink, start, start + 0.12) if start else top
            length = min(length, (height - y) / np.cos(angle))
            lines.append([(x, y), (x - length * np.sin(angle), y + length * np.cos(angle))])
        if not has_flag or rng.random() < 0.35:
            left, right = height * rng.uniform(0.1, 0.5, 2)
            tilt = height * rng.uniform(-0.05, 0.05)
            lines.append([(foot[0] - left, foot[1] + tilt), (foot[0] + right, foot[1] - tilt)])
    elif digit == 2:
        radius = height * rng.uniform(0.06, 0.13)
        x, y = min(foot[0], width * 0.3), height * 0.9
        turns = np.linspace(0, 2 * np.pi, 16)
        squash = rng.uniform(0.5, 1)
        lines.append([(x + radius * np.cos(t), y + squash * radius * np.sin(t)) for t in turns])
    elif digit == 7:
        start = rng.uniform(0.35, 0.55)
        x, y = _middle_of_rows(ink, start, start + 0.12)
        left, right = height * rng.uniform(0.12, 0.45, 2)
        tilt = height * rng.uniform(-0.06, 0.12)
        if rng.random() < 0.85:
            lines.append([(x - left, y + tilt), (x + right, y - tilt)])
        else:
            columns = np.flatnonzero(ink[: max(height // 4, 1)].max(axis=0) > 127)
            x, y = float(columns[0] if len(columns) else 0), height * 0.08
            lines.append([(x, y), (x - height * rng.uniform(-0.02, 0.08), y + height * 0.2)])
    elif digit == 9:
        x, y = foot
        reach, rise = height * rng.uniform(0.3, 0.95), height * rng.uniform(-0.05, 0.2)
        points = [foot, (x - 0.3 * reach, y + 0.1 * height), (x - reach, y - rise)]
        lines.append([tuple(point) for point in smooth_path(np.array(points))])
    return _with_lines(ink, lines, pen) if lines else ink


def _middle_of_rows(ink: np.ndarray, start: float, end: float) -> tuple[float, float]:
    """Find the middle of the ink in a band of rows, whose ends are shares of the height."""
    first = int(start * len(ink))
    band = ink[first : max(int(end * len(ink)), first + 1)] > 127
    rows, columns = np.nonzero(band)
    if not len(rows):
        return ink.shape[1] / 2, (start + end) / 2 * len(ink)
    return float(columns.mean()), float(first + rows.mean())


def _with_lines(ink: np.ndarray, lines: list[list[tuple[float, float]]], pen: float) -> np.ndarray:
    """Draw lines onto ink, on a larger sheet if they need one."""
    margin = ink.shape[0]
    image = Image.fromarray(np.pad(ink, margin))
    draw = ImageDraw.Draw(image)
    radius = pen / 2
    for line in lines:
        moved = [(x + margin, y + margin) for x, y in line]
        draw.line(moved, 255, round(pen), "curve")
        for x, y in (moved[0], moved[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return typefaces.crop(np.asarray(image))
