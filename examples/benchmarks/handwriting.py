"""Images of handwriting, rendered from MNIST's images with a fixed seed.

There are three kinds: a digit in dark ink in the middle of a sheet, photographs of a digit that
are hard to read, and photographs of several numbers. Each digit is enlarged to smooth strokes of
ink, written on paper and lit; a simulated camera blurs it, adds noise and saves it as JPEG.

Reported results use images rendered from the test images. Make no choice on these images:
use ``subset="train"`` to render others from the training images.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from skdigits import load_mnist

#: Colours of pens and papers, from 0 to 1.
PENS = {"black": (0.1, 0.1, 0.12), "blue": (0.12, 0.18, 0.5), "red": (0.65, 0.1, 0.12)}
PENCIL = (0.38, 0.38, 0.4)
PAPERS = [(0.97, 0.97, 0.96), (0.95, 0.91, 0.8), (0.74, 0.75, 0.76), (0.83, 0.9, 0.95)]
BOARDS = [(0.1, 0.13, 0.12), (0.08, 0.2, 0.14)]
CHALK = (0.88, 0.88, 0.84)


class Handwriting(NamedTuple):
    """Images of shape (height, width, 3), uint8, and the digits that each shows.

    `rows` lists the rows of the MNIST images that were used, in order.
    """

    pictures: list[np.ndarray]
    labels: list[str]
    rows: list[int]


def ink_on_paper(n: int, *, subset: str = "test", seed: int = 0) -> Handwriting:
    """Draw single digits in dark ink in the middle of evenly lit, lightly tinted paper."""
    return draw_all(n, subset, seed, _centred)


def photographs(n: int, *, subset: str = "test", seed: int = 0, scale: float = 1.0) -> Handwriting:
    """Draw hard photographs: uneven light, lines, rotation, perspective, thick and thin pens."""
    return draw_all(n, subset, seed, lambda digits, rng: _photograph(digits, rng, scale))


def numbers(n: int, *, subset: str = "test", seed: int = 0, scale: float = 1.0) -> Handwriting:
    """Draw photographs of one to three lines of digits that do not touch.

    A label has the lines in reading order, with newlines between.
    """
    return draw_all(n, subset, seed, lambda digits, rng: _page(digits, rng, scale))


class Digits:
    """MNIST's images in a random order, starting again when all are used."""

    def __init__(self, subset: str, rng: np.random.RandomState) -> None:
        mnist = load_mnist(subset=subset)
        self._images, self._target = mnist.images, mnist.target
        self._order = rng.permutation(len(self._target)).tolist()
        self.taken: list[int] = []

    def take(self) -> tuple[np.ndarray, str]:
        row = self._order[len(self.taken) % len(self._order)]
        self.taken.append(row)
        return self._images[row], str(self._target[row])


def draw_all(n: int, subset: str, seed: int, draw: Callable) -> Handwriting:
    rng = np.random.RandomState(seed)
    digits = Digits(subset, rng)
    drawn = [draw(digits, rng) for _ in range(n)]
    return Handwriting(
        [picture for picture, _ in drawn], [label for _, label in drawn], digits.taken
    )


# What is on the picture


def _centred(digits: Digits, rng: np.random.RandomState) -> tuple[np.ndarray, str]:
    image, label = digits.take()
    side = rng.randint(120, 320)
    ink = np.zeros((side, side), np.float32)
    write(ink, strokes(image, side * rng.uniform(0.5, 0.7)), (0.5, 0.5))
    pen = PENS[rng.choice(["black", "blue"])]
    scene = blend(make_sheet(ink.shape, rng, PAPERS[rng.randint(len(PAPERS))]), pen, ink, 0.95)
    return camera(scene, rng, blur=0.5, noise=0.006, quality=90), label


def _photograph(
    digits: Digits, rng: np.random.RandomState, scale: float
) -> tuple[np.ndarray, str]:
    image, label = digits.take()
    shape = tuple(int(n * scale) for n in rng.randint(240, 520, 2))
    height = min(shape) * rng.uniform(0.3, 0.65)
    ink = np.zeros(shape, np.float32)
    drawn = strokes(image, height, thickness=rng.choice([0.4, 0.6, 1.0, 1.4]))
    write(ink, drawn, rng.uniform(0.38, 0.62, 2))
    ink = warp(ink, rng, angle=rng.uniform(-10, 10), jitter=0.04)
    return seen_by_phone(ink, rng, height), label


def _page(digits: Digits, rng: np.random.RandomState, scale: float) -> tuple[np.ndarray, str]:
    size = rng.uniform(45, 75) * scale
    rows = [rng.randint(2, 8) for _ in range(rng.randint(1, 4))]
    shape = (int(size * (2.0 * len(rows) + 1.8)), int(size * (1.35 * max(rows) + 3)))
    ink = np.zeros(shape, np.float32)
    thickness = rng.choice([0.5, 0.7, 1.0])
    lines = []
    for line, length in enumerate(rows):
        left, label = size * rng.uniform(1.2, 1.8), ""
        middle = size * (2.0 * line + 1.9)
        for _ in range(length):
            image, digit = digits.take()
            drawn = strokes(image, size * rng.uniform(0.85, 1.15), thickness=thickness)
            top = int(middle + size * rng.uniform(-0.08, 0.08) - drawn.shape[0] / 2)
            paste(ink, drawn, top, int(left))
            left += drawn.shape[1] + size * rng.uniform(0.12, 0.45)
            label += digit
        lines.append(label)
    ink = warp(ink, rng, angle=rng.uniform(-5, 5), jitter=0.015)
    return seen_by_phone(ink, rng, size), "\n".join(lines)


# Ink


def strokes(image: np.ndarray, height: float, thickness: float = 1.0) -> np.ndarray:
    """Enlarge a digit of MNIST to smooth strokes of this height, from 0 to 1, cropped tightly."""
    rows, columns = np.nonzero(image)
    tight = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    factor = max(height / max(tight.shape), 1.0)
    padded = np.pad(tight, 4).astype(np.float32) / 255
    size = tuple(round(n * factor) for n in padded.shape)
    large = np.asarray(Image.fromarray(padded).resize(size[::-1], Image.Resampling.BICUBIC))
    inside = large > 0.4
    outwards = ndimage.distance_transform_edt(~inside) - ndimage.distance_transform_edt(inside)
    perimeter = np.hypot(*np.gradient(inside.astype(float))).sum()
    # Strokes that get thinner by as much as they are wide would vanish.
    growth = max((thickness - 1) * inside.sum() / perimeter, 0.8 - inside.sum() / perimeter)
    ink = np.clip(0.5 + growth - outwards, 0, 1).astype(np.float32)
    rows, columns = np.nonzero(ink > 0.02)
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def write(ink: np.ndarray, drawn: np.ndarray, centre: tuple[float, float]) -> None:
    """Write a digit around a point, given as shares of the picture's sides."""
    top, left = (
        int(c * n - d / 2) for c, n, d in zip(centre, ink.shape, drawn.shape, strict=True)
    )
    paste(ink, drawn, top, left)


def paste(ink: np.ndarray, drawn: np.ndarray, top: int, left: int) -> None:
    window = ink[top : top + drawn.shape[0], left : left + drawn.shape[1]]
    np.maximum(window, drawn[: window.shape[0], : window.shape[1]], out=window)


def warp(
    ink: np.ndarray, rng: np.random.RandomState, *, angle: float, jitter: float
) -> np.ndarray:
    """Rotate the sheet and tilt it: every corner moves by a fraction `jitter`."""
    height, width = ink.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    centre, turn = np.array([width / 2, height / 2]), np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = (corners - centre) @ rotation.T + centre
    moved += rng.uniform(-jitter, jitter, (4, 2)) * min(height, width)
    # Eight equations for where each corner of the output is read from.
    rows = [[*to, 1, 0, 0, 0, *(-to * at[0])] for to, at in zip(corners, moved, strict=True)]
    rows += [[0, 0, 0, *to, 1, *(-to * at[1])] for to, at in zip(corners, moved, strict=True)]
    coefficients = np.linalg.solve(np.array(rows), moved.T.ravel())
    image = Image.fromarray(ink).transform(
        (width, height), Image.Transform.PERSPECTIVE, tuple(coefficients), Image.Resampling.BICUBIC
    )
    return np.clip(np.asarray(image), 0, 1)


# Paper, light, camera


def seen_by_phone(ink: np.ndarray, rng: np.random.RandomState, size: float) -> np.ndarray:
    if rng.rand() < 0.12:
        sheet, pen, density = make_sheet(ink.shape, rng, BOARDS[rng.randint(2)]), CHALK, 0.9
    else:
        sheet = make_sheet(ink.shape, rng, PAPERS[rng.randint(len(PAPERS))])
        if rng.rand() < 0.35:
            _rule(sheet, rng, size)
        names = [*PENS, "pencil"]
        name = names[rng.randint(4)]
        pen, density = PENS.get(name, PENCIL), rng.uniform(0.8, 0.97)
    scene = blend(sheet, pen, ink, density) * light_up(ink.shape, rng)[..., None]
    return camera(
        scene,
        rng,
        blur=rng.uniform(0.4, 0.02 * size),
        noise=rng.uniform(0.008, 0.025),
        quality=int(rng.randint(45, 90)),
    )


def on_paper(
    ink: np.ndarray,
    rng: np.random.RandomState,
    lines: np.ndarray | None = None,
    printed: tuple = PENCIL,
) -> np.ndarray:
    """Blend printed lines and a pen onto a sheet."""
    scene = make_sheet(ink.shape, rng, PAPERS[rng.randint(len(PAPERS))])
    if lines is not None:
        scene = blend(scene, printed, lines, rng.uniform(0.6, 0.95))
    pen = [*PENS.values(), PENCIL][rng.randint(len(PENS) + 1)]
    return blend(scene, pen, ink, rng.uniform(0.8, 0.97))


def photographed(scene: np.ndarray, rng: np.random.RandomState, size: float) -> np.ndarray:
    """Take a photograph of a scene with writing of a size, in uneven light."""
    scene = scene * light_up(scene.shape[:2], rng)[..., None]
    blur, noise = rng.uniform(0.4, 0.4 + 0.015 * size), rng.uniform(0.005, 0.02)
    return camera(scene, rng, blur=blur, noise=noise, quality=int(rng.randint(60, 92)))


def make_sheet(shape: tuple[int, ...], rng: np.random.RandomState, tint: tuple) -> np.ndarray:
    """Make a sheet of a colour with grain."""
    grain = ndimage.gaussian_filter(rng.normal(size=shape), 1.0) * 0.02
    return np.clip(np.asarray(tint) + grain[..., None], 0, 1)


def _rule(sheet: np.ndarray, rng: np.random.RandomState, size: float) -> None:
    """Draw pale horizontal lines on a sheet, and in half of the cases vertical ones."""
    distance = max(int(size * rng.uniform(0.4, 0.9)), 8)
    thickness = max(int(size / 50), 1)
    colour = np.array([0.72, 0.8, 0.92])
    for start in range(thickness):
        sheet[start::distance] *= colour
        if rng.rand() < 0.5:
            sheet[:, start::distance] *= colour


def blend(sheet: np.ndarray, pen: tuple, ink: np.ndarray, density: float) -> np.ndarray:
    share = (ink * density)[..., None]
    return sheet * (1 - share) + np.asarray(pen) * share


def light_up(shape: tuple[int, ...], rng: np.random.RandomState) -> np.ndarray:
    """Make uneven light: brighter on one side, dark corners, in half of the cases a shadow."""
    height, width = shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    across = np.cos(angle) * x + np.sin(angle) * y
    light = 1 + rng.uniform(0, 0.3) * across - rng.uniform(0, 0.15) * (x**2 + y**2)
    if rng.rand() < 0.5:
        turn = angle + rng.uniform(-1, 1)
        edge = np.cos(turn) * x + np.sin(turn) * y - rng.uniform(-0.4, 0.6)
        light *= 1 - rng.uniform(0.15, 0.4) / (1 + np.exp(edge / rng.uniform(0.04, 0.2)))
    return light / light.max() * rng.uniform(0.75, 1.0)


def camera(
    scene: np.ndarray, rng: np.random.RandomState, *, blur: float, noise: float, quality: int
) -> np.ndarray:
    """Blur a scene, add noise, and save it as JPEG."""
    seen = ndimage.gaussian_filter(scene, (blur, blur, 0))
    seen += rng.normal(scale=noise, size=seen.shape)
    file = io.BytesIO()
    Image.fromarray((np.clip(seen, 0, 1) * 255).astype(np.uint8)).save(
        file, "JPEG", quality=quality
    )
    return np.asarray(Image.open(file))
