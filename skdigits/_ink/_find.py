"""The ink of grey images: bright, on a ground of exactly 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ._connected import SOLID, label
from ._contrast import has_flat_ground, rescale
from ._evidence import (
    measure_contrast,
    measure_full_ink,
    measure_noise,
    measure_sharpness,
    without_shadows,
)
from ._ground import estimate_ground, follow_ground

if TYPE_CHECKING:
    from .._typing import AnyArray, FloatArray

#: A ground this dark, from 0 to 1, is not lightened further: only noise would be seen.
_DARKEST = 0.3
#: Noise reaches this many standard deviations, and ink must reach that many.
_NOISE, _INK = 4.0, 6.0
#: Ink fainter than this share of full ink cannot be told from the grain of the paper.
_FAINT = 0.12
#: At the outline of ink, brightness changes by at least the first share per pixel, or the second
#: if the outline is sharp: if the third share of the whole change happens within a pixel.
_LEAST_SLOPE, _LEAST_SHARP, _SHARP = 0.03, 0.02, 0.15
#: With noise of more than this share of the whole range, and no ink, an image shows nothing but
#: noise or is full of ink: then pixels differ, on average, by at most so much from two values.
_MUCH_NOISE, _GREY = 0.1, 0.18
#: In smaller images, as in MNIST, grey is not pale ink but the border of a stroke.
_ENLARGED = 32
#: In larger ones, one in so many inked pixels may be a speck darker than the pen.
_OUTLIERS = 10
#: With fewer pixels the ground is too small to tell its noise from ink.
_LEAST_PIXELS = 100
#: Lower or narrower images show too little ground: it is assumed to have one value.
_LEAST_SIDE = 8


def find_ink(grey: FloatArray, dark_ink: AnyArray) -> FloatArray:
    """Find the ink of images, and remove the ground.

    Parameters
    ----------
    grey : ndarray of shape (n, height, width)
        Images on any scale.
    dark_ink : ndarray of bool of shape (n,)
        Whether the ink of each is darker than its ground.

    Returns
    -------
    ink : ndarray of shape (n, height, width)
        From 0, where there is no ink, to 1, in float32. All 0 where no ink is found.

    Notes
    -----
    An image with an edge of exactly one value has a ground of that value, and its other
    pixels are ink. In large images up to a tenth of them may be specks, which are ignored
    when full ink is measured: otherwise pencil would look pale. In any other image the
    ground is estimated, first as a smooth surface and then closely around the ink that was
    found above that surface.
    """
    bright = rescale(grey)
    blank = ~bright.any(axis=(1, 2))
    bright[dark_ink] = 1 - bright[dark_ink]
    bright[blank] = 0
    uneven = ~has_flat_ground(bright, 0)
    if not uneven.all() and max(grey.shape[1:]) >= _ENLARGED:
        bright[~uneven] = _without_outliers(bright[~uneven])
    if uneven.any() and min(grey.shape[1:]) >= _LEAST_SIDE:
        bright[uneven] = _remove_ground(bright[uneven], grey[uneven], dark_ink[uneven])
    return bright


def _without_outliers(bright: FloatArray) -> FloatArray:
    """Measure full ink on most of the ink of an image, not on its darkest pixel."""
    ordered = np.sort(bright.reshape(len(bright), -1), axis=1)
    n_darker = np.count_nonzero(ordered, axis=1) // _OUTLIERS
    full = ordered[np.arange(len(ordered)), -1 - n_darker]
    rest: FloatArray = np.minimum(bright / np.maximum(full, _FAINT)[:, np.newaxis, np.newaxis], 1)
    return rest


def _remove_ground(bright: FloatArray, grey: FloatArray, dark_ink: AnyArray) -> FloatArray:
    """Find the ink of images whose ground is noisy or unevenly lit."""
    rest = _above(bright, estimate_ground(bright))
    # What is left of shadows counts as noise here, so nothing is blank yet.
    least = np.minimum(_NOISE * measure_noise(rest), rest.max(axis=(1, 2)) / 2)
    full = measure_full_ink(rest, least)
    solid = without_shadows(rest, rest > SOLID * full[:, np.newaxis, np.newaxis])
    rest = _above(bright, follow_ground(bright, solid))
    noise = measure_noise(rest, ~solid) * (rest[0].size >= _LEAST_PIXELS)
    full = measure_full_ink(rest, _NOISE * noise)
    blank = full <= _INK * noise
    full[blank] = 1
    ink = np.clip(rest / full[:, np.newaxis, np.newaxis], 0, 1)
    ink[ink < np.maximum(_NOISE * noise / full, _FAINT)[:, np.newaxis, np.newaxis]] = 0
    ink[blank] = 0
    solid = ink > SOLID
    if rest[0].size >= _LEAST_PIXELS:
        sharpness = measure_sharpness(ink, solid)
        slope = measure_contrast(grey, dark_ink, full) * sharpness
        shadow = slope < np.where(sharpness < _SHARP, _LEAST_SLOPE, _LEAST_SHARP)
        solid &= ~shadow[:, np.newaxis, np.newaxis]
    found = _keep_solid(ink, solid)
    for row in np.flatnonzero(blank & (noise > _MUCH_NOISE)):
        # Where ink covers most of an image, it counts as noise itself.
        found[row] = _split(bright[row])
    return found


def _split(bright: FloatArray) -> FloatArray:
    """Find the ink of an image by brightness alone; there is none if much is grey, or soft."""
    solid = bright > SOLID
    low, high = np.median(bright[~solid]), np.median(bright[solid])
    grey = np.abs(bright - np.where(solid, high, low)).mean() / (high - low)
    ink = np.clip((bright - low) / (high - low), 0, 1)
    ink[ink < _FAINT] = 0
    sharpness = measure_sharpness(ink[np.newaxis], solid[np.newaxis])[0]
    found: FloatArray = ink * (grey <= _GREY and sharpness >= _SHARP)
    return found


def _above(bright: FloatArray, ground: FloatArray) -> FloatArray:
    """Measure how far pixels stand out from the ground."""
    # Light falls on ink and ground alike, so their ratio says how much ink there is.
    return (bright - ground) / np.maximum(1 - ground, _DARKEST)


def _keep_solid(ink: FloatArray, solid: AnyArray) -> FloatArray:
    """Keep what is solid, and faint ink that is connected with it."""
    labels, image = label(ink > 0)
    kept = np.zeros(len(image), bool)
    kept[labels[solid]] = True
    return np.where(kept[labels], ink, 0)
