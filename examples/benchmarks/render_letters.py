"""Write a folder of rendered letters, one sub-folder a label, to try training on one's own images.

The letters are drawn in the fonts of ``fonts.py`` (by default those that come with matplotlib),
slanted, in several sizes and places, with a fixed seed::

    python examples/benchmarks/render_letters.py letters
    time skdigits train fast-cnn --data letters
    time skdigits compare --data letters
"""

from __future__ import annotations

import argparse
import string
from pathlib import Path

import numpy as np
from fonts import Font, draw, find_fonts, of_kinds
from PIL import Image

SIDE = 28
#: Height of the ink in pixels, from the smallest to the largest letter.
HEIGHTS = (14, 22)
#: Largest slant to either side, in pixels sideways per pixel upwards.
SLANT = 0.3
#: A letter is moved from the middle by at most so many pixels along each axis.
SHIFT = 3
#: Ink and paper are this far from white and black at most.
LEAST_CONTRAST = 150


def render_letter(letter: str, font: Font, rng: np.random.RandomState) -> np.ndarray:
    """Draw a letter on an image of SIDE x SIDE pixels, bright on dark."""
    ink = Image.fromarray(np.pad(draw(font, letter), 30))
    slant = rng.uniform(-SLANT, SLANT)
    centre = ink.height / 2
    ink = ink.transform(
        ink.size, Image.Transform.AFFINE, (1, slant, -slant * centre, 0, 1, 0), Image.BILINEAR
    )
    ink = ink.crop(ink.getbbox())
    factor = min(rng.uniform(*HEIGHTS) / ink.height, (SIDE - 2) / ink.width)
    width, height = (max(round(factor * side), 1) for side in ink.size)
    small = np.asarray(ink.resize((width, height), Image.Resampling.BOX), float) / 255
    background = rng.uniform(0, 255 - LEAST_CONTRAST)
    foreground = rng.uniform(background + LEAST_CONTRAST, 255)
    image = np.full((SIDE, SIDE), background)
    top, left = (
        int(np.clip((SIDE - side) // 2 + rng.randint(-SHIFT, SHIFT + 1), 0, SIDE - side))
        for side in (height, width)
    )
    image[top : top + height, left : left + width] += small * (foreground - background)
    return image.round().astype(np.uint8)


def write_letters(
    folder: Path,
    n_images: int,
    *,
    letters: str = string.ascii_uppercase,
    fonts: Path | None = None,
    seed: int = 0,
) -> None:
    """Write as many images of each letter, as nearly as possible."""
    rng = np.random.RandomState(seed)
    choices = of_kinds(find_fonts(fonts), "print", "handwriting")
    for number in range(n_images):
        letter = letters[number % len(letters)]
        target = folder / letter / f"{number:06}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        font = choices[rng.randint(len(choices))]
        Image.fromarray(render_letter(letter, font, rng)).save(target)


def main() -> None:
    """Read the arguments and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=2000, help="(default: %(default)s)")
    parser.add_argument("--letters", default=string.ascii_uppercase, help="(default: A to Z)")
    parser.add_argument("--fonts", type=Path, help="folder of fetch_fonts.py")
    parser.add_argument("--seed", type=int, default=0, help="(default: %(default)s)")
    options = parser.parse_args()
    write_letters(
        options.folder,
        options.images,
        letters=options.letters,
        fonts=options.fonts,
        seed=options.seed,
    )


if __name__ == "__main__":
    main()
