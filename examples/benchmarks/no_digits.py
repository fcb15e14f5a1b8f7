"""What is no digit, made without anybody's data, so that a network can learn to refuse it.

Each kind is a function of `Sources` and a random generator that gives one piece of ink: letters,
signs and icons of fonts, words and tables, scribbles, parts of digits, several digits at once,
turned digits, borders of cells and other lines, filled shapes, and noise. What looks like a digit
in anybody's hand (O, l, S, a circle, an upright line) is left out as far as it is known
beforehand; ``training_images.py`` leaves out the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import fonts as typefaces
import made_up_digits as digits
import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

#: Longer side in pixels of what is drawn here.
SIDE = 80
#: Latin letters and signs that nobody writes like a digit.
LATIN = "ACEFHKLMNPRTUVWXcdefhkmnprtuvwx@#%+=-_~^{}"
#: Ink that a kind returns if what it has drawn may be a digit.
NOTHING = np.zeros((0, 0), np.uint8)
#: Words in the Unicode names of other letters that are like digits, most of all like 0, 1, and 3.
_LIKE_DIGITS = re.compile(
    r"\b(O|OMICRON|OMEGA|THETA|PHI|IOTA|SIGMA|BETA|ZETA|XI|KOPPA|SAN|SCHWA|ETH|THORN|SHARP|I|J|Q|D"
    r"|B|G|S|Z|Y|A|L|JE|DZE|PALOCHKA|ZE|E|BE|CHE|VE|YERU|YU|SOFT|HARD|VAV|NUN|SAMEKH|FINAL|ZAYIN"
    r"|RESH|DALET|ALEF|HEH|TEH|LAM|WAW|QAF|FEH|MEEM|ANUSVARA|VISARGA|VOWEL|WA|NGA|TTHA|THA|OH"
    r"|DIGIT|TWO|SEH|CHEH|ZHE|JEH|TSA|YI|IEUNG|KIYEOK)\b"
)


class Sources(NamedTuple):
    """What no-digits are made of.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28)
        Images of MNIST.
    labels : ndarray of shape (n,)
        The digit on each.
    fonts : list of Font
        Fonts of all kinds.
    """

    images: np.ndarray
    labels: np.ndarray
    fonts: list[typefaces.Font]

    def font(self, rng: np.random.Generator, *kinds: str) -> typefaces.Font:
        """Draw a font of one of these kinds, or of any if there is none."""
        found = typefaces.of_kinds(self.fonts, *kinds) or self.fonts
        return found[rng.integers(len(found))]

    def digit(self, rng: np.random.Generator) -> tuple[np.ndarray, int]:
        """Draw a digit of MNIST, or of a font, or a written one."""
        way = rng.random()
        if way < 0.7:
            row = int(rng.integers(len(self.images)))
            label = int(self.labels[row])
            return digits.enlarged(self.images[row]), label
        label = int(rng.integers(10))
        if way < 0.85:
            return digits.written_digit(label, rng), label
        return typefaces.draw(self.font(rng, "handwriting", "print"), str(label)), label


def letter(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Draw a Latin letter or a sign."""
    font = sources.font(rng, "handwriting", "print")
    return typefaces.draw(font, LATIN[rng.integers(len(LATIN))])


def foreign_letter(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Draw a letter of another script."""
    font = sources.font(rng, "letters")
    found = typefaces.characters(font)
    character = found[rng.integers(len(found))]
    return NOTHING if _is_like_a_digit(character) else typefaces.draw(font, character)


def icon(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Draw a character of a font with symbols."""
    font = sources.font(rng, "symbols")
    found = typefaces.characters(font)
    character = found[rng.integers(len(found))]
    return NOTHING if _is_like_a_digit(character) else typefaces.draw(font, character)


def _is_like_a_digit(character: str) -> bool:
    """Say whether a character may be taken for a digit, by its name."""
    name = unicodedata.name(character, "").split(" WITH ")[0]
    if name.startswith("LATIN"):
        return character not in LATIN
    return _LIKE_DIGITS.search(name) is not None


def words(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Draw a word, some lines of text, a long number, or a table of digits."""
    font = sources.font(rng, "handwriting", "print")
    n_lines = int(rng.integers(1, 6)) if rng.random() < 0.5 else 1
    alphabet = (
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        if rng.random() < 0.6
        else "0123456789"
    )
    least = 2 if n_lines == 1 else 1
    lengths = rng.integers(least, 9, n_lines)
    spaced = " " if rng.random() < 0.2 else ""
    text = "\n".join(spaced.join(rng.choice(list(alphabet), length)) for length in lengths)
    return typefaces.draw(font, text, 32)


def scribble(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Draw one to four lines through random points."""
    paths = []
    for _ in range(rng.integers(1, 5)):
        points = rng.uniform(0, 1, (rng.integers(2, 10), 2))
        paths.append(digits.smooth_path(points) if rng.random() < 0.7 else points)
    return digits.drawn(paths, rng.uniform(0.03, 0.15))


def part_of_digit(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Cut a part off a digit, along a line that is upright, level or slanted."""
    ink, label = sources.digit(rng)
    if label == 1:
        return NOTHING
    height, width = ink.shape
    rows, columns = np.indices(ink.shape)
    if rng.random() < 0.75:
        place = (columns - width / 2 + rng.uniform(-0.3, 0.3) * (rows - height / 2)) / width
    else:
        place = (rows - height / 2 + rng.uniform(-0.3, 0.3) * (columns - width / 2)) / height
    if rng.random() < 0.5:
        place = -place
    kept = np.where(place < rng.uniform(-0.2, 0.1), ink, 0)
    return typefaces.crop(kept) if 0.15 < kept.sum() / ink.sum() < 0.5 else kept[:0, :0]


def several_digits(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Set two digits or parts of three side by side, mostly touching."""
    inks = [sources.digit(rng)[0] for _ in range(2 if rng.random() < 0.7 else 3)]
    row, spans = _side_by_side(inks, rng)
    start, end = 0, row.shape[1]
    # Large parts of the neighbours of one digit.
    if len(inks) == 3 or rng.random() < 0.25:
        left, right = spans[-1]
        end = left + int(rng.uniform(0.35, 0.9) * (right - left))
    if len(inks) == 3 or (end == row.shape[1] and rng.random() < 0.3):
        left, right = spans[0]
        start = left + int(rng.uniform(0.1, 0.65) * (right - left))
    return typefaces.crop(row[:, start:end])


def turned_digit(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Lay a digit on its side, or turn it upside down, unless it is one then too."""
    ink, label = sources.digit(rng)
    turns = int(rng.integers(1, 4))
    if label in (0, 1) or (turns == 2 and label in (2, 5, 6, 8, 9)):
        return NOTHING
    return np.ascontiguousarray(np.rot90(ink, turns))


def lines(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Draw what lines make: bars, an angle, a cross, borders of a cell, a box, a grid."""
    side = SIDE - 1
    width, height = rng.uniform(0.5, 1, 2) * side
    left, top, right, bottom = (
        ((0, 0), (0, height)),
        ((0, 0), (width, 0)),
        ((width, 0), (width, height)),
        ((0, height), (width, height)),
    )
    x, y = rng.uniform(0.2, 0.8, 2) * (width, height)
    square = side * rng.uniform(0.9, 1)
    columns, rows = (np.linspace(0, each, rng.integers(2, 6)) for each in (width, height))
    # Not an upright bar, which is a 1; an upper right angle is a 7 unless its arms are equal.
    figures = (
        [top],
        [top, bottom],
        [left, top],
        [left, bottom],
        [right, bottom],
        [((0, 0), (square, 0), (square, side))],
        [((0, 0), (square, 0), (square, side))],
        [((0, y), (width, y)), ((x, 0), (x, height))],
        [((0, 0), (width, height)), ((0, height), (width, 0))],
        [(left, top, right, bottom)[i] for i in rng.permutation(4)[:3]],
        [((0, 0), (square, 0), (square, side), (0, side), (0, 0))],
        [((0, 0), (square, 0), (square, side), (0, side), (0, 0))],
        [*(((x, 0), (x, height)) for x in columns), *(((0, y), (width, y)) for y in rows)],
        [*(((x, 0), (x, height)) for x in columns), *(((0, y), (width, y)) for y in rows)],
    )
    figure = figures[rng.integers(len(figures))]
    ink = digits.drawn([np.array(line) / SIDE for line in figure], rng.uniform(0.01, 0.14))
    if rng.random() < 0.3:
        # Scans in 1 bit break lines, and leave specks.
        coarse = rng.random((12, 12)) < 0.25
        height, width = ink.shape
        rows, columns = np.indices(ink.shape)
        ink = np.where(coarse[rows * 12 // height, columns * 12 // width], 0, ink)
        for row, column in rng.integers(0, SIDE, (rng.integers(0, 5), 2)):
            ink[row : row + 3, column : column + 3] = 255
    return typefaces.crop(ink)


def shape(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Fill a shape: a disc, a box, a polygon, a star, or a blob."""
    kind = rng.integers(4)
    image = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(image)
    width, height = rng.uniform(0.45, 1, 2) * (SIDE - 1)
    if kind == 0:
        draw.ellipse((0, 0, width, height), 255)
    elif kind == 1:
        draw.rectangle((0, 0, width, height), 255)
    elif kind == 2:
        n = int(rng.integers(3, 11))
        angles = np.sort(rng.uniform(0, 2 * np.pi, n))
        radii = rng.uniform(0.3, 1, n) * (SIDE / 2 - 1)
        points = np.stack([np.cos(angles), np.sin(angles)], 1) * radii[:, None] + SIDE / 2
        outline = int(rng.integers(3, 10)) if n <= 4 and rng.random() < 0.4 else 0
        fill = None if outline else 255
        draw.polygon([tuple(point) for point in points], fill, 255, max(outline, 1))
    else:
        noise = ndimage.gaussian_filter(rng.normal(0, 1, (SIDE, SIDE)), rng.uniform(4, 14))
        return typefaces.crop(
            np.where(noise > np.quantile(noise, rng.uniform(0.4, 0.9)), 255, 0).astype(np.uint8)
        )
    return typefaces.crop(np.asarray(image))


def noise(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Draw specks, grain, stripes, or a pattern."""
    kind = rng.integers(4)
    if kind == 0:
        ink = np.zeros((SIDE, SIDE), np.uint8)
        for row, column in rng.integers(0, SIDE - 8, (rng.integers(2, 14), 2)):
            size = rng.integers(2, 9, 2)
            ink[row : row + size[0], column : column + size[1]] = rng.integers(100, 256)
        return typefaces.crop(ink)
    if kind == 1:
        coarse = int(rng.integers(7, 29))
        values = rng.random((coarse, coarse)) ** rng.uniform(0.7, 6)
        return typefaces.crop(
            np.asarray(
                Image.fromarray((values * 255).astype(np.uint8)).resize(
                    (SIDE, SIDE), Image.Resampling.NEAREST
                )
            )
        )
    rows, columns = np.indices((SIDE, SIDE)) / SIDE
    angle, waves = rng.uniform(0.25, np.pi - 0.25), rng.uniform(2.5, 8)
    wave = np.sin(2 * np.pi * waves * (np.sin(angle) * rows + np.cos(angle) * columns))
    if kind == 3:
        other = angle + rng.uniform(0.7, 2.4)
        wave = wave * np.sin(2 * np.pi * waves * (np.sin(other) * rows + np.cos(other) * columns))
    return typefaces.crop(np.where(wave > rng.uniform(-0.2, 0.6), 255, 0).astype(np.uint8))


def texture(sources: Sources, rng: np.random.Generator) -> np.ndarray:
    """Set several pieces of other kinds beside and above each other."""
    ink, n_pieces = np.zeros((2 * SIDE, 2 * SIDE), np.uint8), 0
    for _ in range(rng.integers(2, 7)):
        kind = PLAIN[rng.integers(len(PLAIN))]
        piece = kind(sources, rng) if rng.random() < 0.6 else sources.digit(rng)[0]
        if not piece.size:
            continue
        side = int(rng.integers(SIDE // 3, SIDE))
        small = scaled(piece, side / max(piece.shape))
        row, column = rng.integers(0, 2 * SIDE - side, 2)
        part = ink[row : row + small.shape[0], column : column + small.shape[1]]
        np.maximum(part, small, out=part)
        n_pieces += 1
    return typefaces.crop(ink) if n_pieces > 1 else NOTHING


def scaled(ink: np.ndarray, factor: float) -> np.ndarray:
    """Enlarge or reduce ink."""
    height, width = (max(round(side * factor), 1) for side in ink.shape)
    return np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BOX))


def _side_by_side(
    inks: list[np.ndarray], rng: np.random.Generator
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Set pieces of ink beside each other, and say which columns each covers."""
    placed = []
    for ink in inks:
        # A stroke that lies on its side keeps its size.
        scale = SIDE * rng.uniform(0.75, 1.1) / ink.shape[0] if ink.shape[0] > 0.4 * SIDE else 1
        placed.append((scaled(ink, scale), int(rng.integers(0, SIDE // 6))))
    size = max(top + len(ink) for ink, top in placed), sum(ink.shape[1] for ink, _ in placed)
    sheet = np.zeros((size[0], size[1] + SIDE), np.uint8)
    spans: list[tuple[int, int]] = []
    for ink, top in placed:
        height, width = ink.shape
        column = 0
        if spans:
            # They touch in the rows that come nearest; a few pixels less, and they overlap.
            before = sheet[top : top + height] > 0
            ends = before.shape[1] - before[:, ::-1].argmax(axis=1)
            gaps = np.where(before.any(axis=1), ends, 0) - (ink > 0).argmax(axis=1)
            column = max(int(gaps.max()) + int(rng.integers(-5, 5)), spans[-1][0])
        part = sheet[top : top + height, column : column + width]
        np.maximum(part, ink, out=part)
        spans.append((column, column + width))
    return typefaces.crop(sheet), spans


Kind = Callable[[Sources, np.random.Generator], np.ndarray]
#: Of these, `texture` sets several beside each other.
PLAIN: tuple[Kind, ...] = (letter, foreign_letter, icon, words, scribble, lines, shape)
#: How often each kind is made, relative to the others.
KINDS: dict[str, tuple[Kind, float]] = {
    "letters": (letter, 4),
    "letters of other scripts": (foreign_letter, 3),
    "icons": (icon, 1.5),
    "words": (words, 1),
    "scribbles": (scribble, 1.5),
    "parts of digits": (part_of_digit, 3),
    "several digits": (several_digits, 5),
    "turned digits": (turned_digit, 1.5),
    "lines": (lines, 2),
    "shapes": (shape, 1),
    "noise": (noise, 1),
    "several pieces": (texture, 1),
}
