"""Pictures of ink as real sets of digits have them: small, in 1 bit, up to the very edge.

Strokes are thin, thick, slanted, narrow or broken; pictures are pale, noisy, blurred or saved as
JPEG. All depends on the generator that is passed alone.
"""

from __future__ import annotations

import io

import numpy as np
from fonts import crop
from PIL import Image, ImageFilter
from scipy import ndimage

#: Longer sides in pixels of the ink on pictures: of tiny and small images, and of larger ones.
SMALL_SIDES, LARGE_SIDES = (8, 8, 12, 16, 16, 20, 24, 28), (32, 40, 48, 64)
#: Share of small images. The normaliser treats them differently.
SMALL = 0.55


def reshaped(
    ink: np.ndarray,
    rng: np.random.Generator,
    *,
    turn: float = 8,
    slant: float = 0.25,
    stretch: float = 0.25,
    pen: bool = True,
) -> np.ndarray:
    """Turn, slant, stretch, thicken and thin ink at random.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 255 of dtype uint8.
    rng : numpy.random.Generator
        Draws the changes.
    turn, slant, stretch : float
        Largest turn in degrees, shift to the side per row, and change of the width, as the
        logarithm of the ratio.
    pen : bool, default=True
        Whether a third of the strokes become thicker or thinner.

    Returns
    -------
    ink : ndarray of shape (height, width)
        Ink from 0 to 255 of dtype uint8, cropped to its box.
    """
    angle, lean = np.radians(rng.uniform(-turn, turn)), rng.uniform(-slant, slant)
    wider = np.exp(rng.uniform(-stretch, stretch))
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    change = turned @ np.array([[wider, -lean], [0, 1]])
    height, width = ink.shape
    corners = change @ np.array([[0, width, 0, width], [0, 0, height, height]])
    low = corners.min(axis=1) - 1
    size = np.ceil(corners.max(axis=1) + 1 - low).astype(int)
    back = np.linalg.inv(change)
    offset = back @ low
    data = (*back[0], offset[0], *back[1], offset[1])
    image = Image.fromarray(ink).transform(
        (int(size[0]), int(size[1])), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR
    )
    if pen and rng.random() < 0.35:
        if rng.random() < 0.65:
            reach = 2 * round(max(size) * rng.uniform(0.012, 0.04)) + 1
            image = Image.fromarray(np.pad(np.asarray(image), reach))
            image = image.filter(ImageFilter.MaxFilter(max(reach, 3)))
        else:
            thin = image.filter(ImageFilter.MinFilter(3))
            # What is thinner than that would vanish.
            if np.asarray(thin, int).sum() > 0.4 * np.asarray(image, int).sum():
                image = thin
    return crop(np.asarray(image))


def as_picture(
    ink: np.ndarray,
    rng: np.random.Generator,
    *,
    fill: float = 0.2,
    one_bit: float = 0.3,
    least: int = 0,
) -> np.ndarray:
    """Make a picture of ink, as real sets of digits have them.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        Ink from 0 to 255 of dtype uint8, cropped to its box.
    rng : numpy.random.Generator
        Draws the size, the margins, the noise and the rest.
    fill : float, default=0.2
        Share of the pictures whose ink is stretched towards a square, as in some sets.
    one_bit : float, default=0.3
        Share of the pictures, but for the tiniest, that are black and white.
    least : int, default=0
        Least longer side of the ink in pixels.

    Returns
    -------
    picture : ndarray of shape (height, width)
        Bright ink on a dark background, of dtype uint8.
    """
    small = rng.random() < SMALL
    side = max(int(rng.choice(SMALL_SIDES if small else LARGE_SIDES)), least)
    height, width = ink.shape
    scale = side / max(height, width)
    rows, columns = height * scale, width * scale
    if rng.random() < fill:
        # A stroke alone would become a block.
        most = min(2.2, side / min(rows, columns))
        grown = most ** rng.uniform(0.4, 1)
        rows, columns = (rows, columns * grown) if rows > columns else (rows * grown, columns)
    size = (max(round(columns), 1), max(round(rows), 1))
    in_one_bit = side >= 16 and rng.random() < one_bit
    level = rng.uniform(70, 150)
    picture = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX), np.float32)
    if in_one_bit:
        thinned = np.where(picture > level, 255, 0).astype(np.float32)
        picture = thinned if thinned.any() else picture
    elif side <= 12 and rng.random() < 0.5:
        picture = np.rint(picture / 255 * 16) / 16 * 255
    picture = picture * (255 / max(picture.max(), 1))
    if rng.random() < 0.1:
        _break(picture, rng)
    if rng.random() < 0.65 or picture.size < 64:
        margins = np.rint(rng.uniform(0.02, 0.35, 4) * side).astype(int) + 1
        picture = np.pad(picture, (tuple(margins[:2]), tuple(margins[2:])))
    return picture.astype(np.uint8) if in_one_bit else _noisy(picture, side, rng)


def _noisy(picture: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    """Make ink paler and uneven, blur it, and add noise and what JPEG does to it."""
    if rng.random() < 0.3:
        grain = ndimage.gaussian_filter(rng.normal(0, 1, picture.shape), max(side / 28, 0.4))
        grain *= 1 / max(float(np.abs(grain).max()), 1e-6)
        picture = picture * np.clip(1 - rng.uniform(0, 0.6) * np.abs(grain), 0.2, 1)
    if side >= 20 and rng.random() < 0.2:
        picture = ndimage.gaussian_filter(picture, rng.uniform(0.3, 0.03 * side))
    picture = picture * rng.uniform(0.45, 1)
    if rng.random() < 0.2:
        picture = picture + rng.normal(0, rng.uniform(1, 8), picture.shape)
    grey = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    if side >= 16 and rng.random() < 0.15:
        stream = io.BytesIO()
        Image.fromarray(grey).save(stream, "JPEG", quality=int(rng.integers(40, 95)))
        grey = np.asarray(Image.open(stream))
    return grey


def _break(picture: np.ndarray, rng: np.random.Generator) -> None:
    """Leave little ink in one or two narrow bands, as a dry pen does."""
    for _ in range(rng.integers(1, 3)):
        axis = rng.integers(2)
        length = picture.shape[axis]
        start, end = int(rng.integers(length)), max(length // 18, 1)
        if axis:
            picture[:, start : start + end] *= rng.uniform(0.1, 0.5)
        else:
            picture[start : start + end] *= rng.uniform(0.1, 0.5)
