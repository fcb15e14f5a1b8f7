"""Three readers of pictures: skdigits, what a tutorial's reader has, and Tesseract.

Each reads a set of small pictures of one digit, files with one digit, and files with several.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from measure_handwriting import make_network
from picture_scores import Reading
from picture_sets import resize
from PIL import Image, ImageOps
from scipy import ndimage
from sklearn.pipeline import Pipeline

from skdigits import MNISTNormalizer
from skdigits.cli._model_file import load_picture_classifier
from skdigits.exceptions import BlankPictureError
from skdigits.images import DigitPrediction, predict_digits

#: Recipe of the network that a tutorial's reader has.
TUTORIAL_RECIPE = "fast-cnn"
#: Height and width in pixels of the smallest box that a tutorial takes for a digit.
_SMALLEST_BOX = (15, 5)
#: Tutorials resize a box to this side, and pad it on each side.
_BOX_SIDE, _BOX_MARGIN = 18, 5
#: Heights in pixels to which smaller pictures are enlarged for Tesseract, of one digit and of
#: several. On MNIST's training images, it errs more on digits that are higher.
_DIGIT_HEIGHT, _PAGE_HEIGHT = 32, 100
#: The white margin around them.
_TESSERACT_MARGIN = 20
_ONE_CHARACTER, _ONE_BLOCK, _ONLY = "10", "6", "0123456789"


class PictureReader(Protocol):
    """Reads pictures."""

    #: What it is, for the results.
    title: str
    #: It reads at most this many pictures of a set, because it is slow; None: all.
    n_at_most: int | None
    #: Whether its readings have probabilities.
    gives_probabilities: bool

    def read_set(self, pictures: Sequence[np.ndarray], *, dark_ink: bool | None) -> list[Reading]:
        """Read a set of pictures of one digit."""
        ...

    def read_singles(self, images: Iterable[np.ndarray]) -> list[Reading]:
        """Read images of one digit, from files."""
        ...

    def read_pages(self, images: Iterable[np.ndarray]) -> list[list[Reading]]:
        """Read images of several digits, from files."""
        ...


class Skdigits:
    """The included network, or that of a file, which finds out itself how the ink looks."""

    n_at_most = None
    gives_probabilities = True

    def __init__(self, path: Path | None = None) -> None:
        self.title = "skdigits" if path is None else f"skdigits with {path.name}"
        self._model: Any = load_picture_classifier(path)
        steps = [copy.copy(step) for step in _list_steps(self._model)]
        for step in steps:
            if isinstance(step, MNISTNormalizer):
                step.set_params(handle_blank="zeros")
        first = next(i for i, step in enumerate(steps) if isinstance(step, MNISTNormalizer))
        self._framing = Pipeline([(str(i), step) for i, step in enumerate(steps[: first + 1])])
        self._network = Pipeline([(str(i), step) for i, step in enumerate(steps[first + 1 :])])

    def read_set(self, pictures: Sequence[np.ndarray], *, dark_ink: bool | None) -> list[Reading]:
        """Read all in one call, with no regard to what is known of the ink."""
        del dark_ink
        framed = self._framing.transform(pictures)
        shares = self._network.predict_proba(framed)
        labels = self._network[-1].classes_[shares.argmax(axis=1)]
        is_digit = np.ones(len(framed), bool)
        if hasattr(self._network[-1], "outlier_label_"):
            scores = self._network.score_samples(framed)
            is_digit = scores >= self._network[-1].outlier_threshold
        found = zip(labels, shares.max(axis=1), is_digit, framed.any(axis=(1, 2)), strict=True)
        return [
            Reading(str(label), float(probability), bool(digit)) if ink else Reading(None)
            for label, probability, digit, ink in found
        ]

    def read_singles(self, images: Iterable[np.ndarray]) -> list[Reading]:
        """Read one after the other, as the command does."""
        return [(self._predict(image, segment=False) or [Reading(None)])[0] for image in images]

    def read_pages(self, images: Iterable[np.ndarray]) -> list[list[Reading]]:
        """Read one after the other, as the command does with ``--segment``."""
        return [self._predict(image, segment=True) for image in images]

    def _predict(self, image: np.ndarray, *, segment: bool) -> list[Reading]:
        try:
            digits = predict_digits(self._model, image, segment=segment)
        except BlankPictureError:
            return []
        return [_to_reading(digit, segment=segment) for digit in digits]


def _list_steps(model: Pipeline) -> list[Any]:
    """List the steps of a Pipeline, also of those in it."""
    nested = (
        _list_steps(each) if isinstance(each, Pipeline) else [each] for _, each in model.steps
    )
    return [step for steps in nested for step in steps]


def _to_reading(digit: DigitPrediction, *, segment: bool) -> Reading:
    """Convert a prediction; only digits of a number can be left out of it."""
    is_digit, left_out = digit.is_digit, digit.left_out
    return Reading(
        str(digit.label), digit.probability, is_digit, digit.line, left_out if segment else None
    )


class Tutorial:
    """A network trained on MNIST as it is, and the steps of many tutorials before it."""

    n_at_most = None
    gives_probabilities = True

    def __init__(self, *, quick: bool = False) -> None:
        self.title = f"{TUTORIAL_RECIPE} without a normaliser"
        self._network = make_network(TUTORIAL_RECIPE, quick=quick)

    def read_set(self, pictures: Sequence[np.ndarray], *, dark_ink: bool | None) -> list[Reading]:
        """Resize to 28 x 28, and invert what is bright on average."""
        del dark_ink
        return self._predict([resize(_bright_on_dark(picture)) for picture in pictures])

    def read_singles(self, images: Iterable[np.ndarray]) -> list[Reading]:
        """Read them like a set."""
        return self._predict([resize(_bright_on_dark(image)) for image in images])

    def read_pages(self, images: Iterable[np.ndarray]) -> list[list[Reading]]:
        """Read what is connected and large enough, from left to right."""
        return [self._predict([*_cut_boxes(_bright_on_dark(image))]) for image in images]

    def _predict(self, pictures: list[np.ndarray]) -> list[Reading]:
        if not pictures:
            return []
        shares = self._network.predict_proba(np.stack(pictures))
        labels = self._network[-1].classes_[shares.argmax(axis=1)]
        return [
            Reading(str(label), float(probability))
            for label, probability in zip(labels, shares.max(axis=1), strict=True)
        ]


def _bright_on_dark(picture: np.ndarray) -> np.ndarray:
    """Make a picture grey, and invert it if it is bright on average."""
    grey = _to_grey(picture)
    return 255 - grey if grey.mean() > 127.5 else grey


def _to_grey(picture: np.ndarray) -> np.ndarray:
    """Make a picture grey, without regard to transparency."""
    return np.asarray(Image.fromarray(picture).convert("L"))


def _cut_boxes(grey: np.ndarray) -> Iterator[np.ndarray]:
    """Cut connected boxes out of what is brighter than Otsu's threshold, from left to right."""
    ink = grey > otsu_threshold(grey)
    pieces, _ = ndimage.label(ink, np.ones((3, 3)))
    for rows, columns in sorted(ndimage.find_objects(pieces), key=lambda box: box[1].start):
        box = ink[rows, columns]
        if all(side >= least for side, least in zip(box.shape, _SMALLEST_BOX, strict=True)):
            small = Image.fromarray(box.astype(np.uint8) * 255).resize((_BOX_SIDE, _BOX_SIDE))
            yield np.pad(np.asarray(small), _BOX_MARGIN)


def otsu_threshold(grey: np.ndarray) -> int:
    """Find the grey level that divides an image into the two most different classes."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(float)
    below, sums = counts.cumsum(), (counts * np.arange(256)).cumsum()
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return int(np.nan_to_num(between).argmax())


class Tesseract:
    """The program tesseract, told that there are only digits."""

    n_at_most = 300
    gives_probabilities = False

    def __init__(self) -> None:
        version = subprocess.run(
            ["tesseract", "--version"], capture_output=True, text=True, check=True
        )
        self.title = version.stdout.splitlines()[0]

    def read_set(self, pictures: Sequence[np.ndarray], *, dark_ink: bool | None) -> list[Reading]:
        """Read each as one character, dark on white."""
        prepared = (_prepare(picture, dark_ink, _DIGIT_HEIGHT) for picture in pictures)
        return [_join(text) for text in run_tesseract(prepared, _ONE_CHARACTER)]

    def read_singles(self, images: Iterable[np.ndarray]) -> list[Reading]:
        """Read each as one character; the ink of bright images is taken as dark."""
        return self.read_set([*images], dark_ink=None)

    def read_pages(self, images: Iterable[np.ndarray]) -> list[list[Reading]]:
        """Read each as a block of lines."""
        texts = run_tesseract(
            (_prepare(image, None, _PAGE_HEIGHT) for image in images), _ONE_BLOCK
        )
        return [
            [
                Reading(character, line=number)
                for number, line in enumerate(text.splitlines())
                for character in line
                if not character.isspace()
            ]
            for text in texts
        ]


def has_tesseract() -> bool:
    """Say whether the program is installed."""
    return shutil.which("tesseract") is not None


def _join(text: str) -> Reading:
    """Take all that was read on a picture of one digit as its label."""
    return Reading("".join(text.split()) or None)


def _prepare(picture: np.ndarray, dark_ink: bool | None, height: int) -> Image.Image:
    """Make a picture dark on white and large enough for Tesseract, with a margin."""
    grey = Image.fromarray(_to_grey(picture))
    if not (np.asarray(grey).mean() > 127.5 if dark_ink is None else dark_ink):
        grey = ImageOps.invert(grey)
    factor = max(1.0, height / grey.height)
    large = grey.resize((round(grey.width * factor), round(grey.height * factor)))
    return ImageOps.expand(large, _TESSERACT_MARGIN, fill=255)


def run_tesseract(images: Iterable[Image.Image], page_mode: str) -> list[str]:
    """Read images with one call of the program; return the text of each."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, image in enumerate(images):
            paths.append(f"{folder}/{number}.png")
            image.save(paths[-1])
        if not paths:
            return []
        listed = Path(folder, "list.txt")
        listed.write_text("\n".join(paths), encoding="utf-8")
        done = subprocess.run(
            [
                "tesseract",
                listed,
                "-",
                "--psm",
                page_mode,
                "-c",
                f"tessedit_char_whitelist={_ONLY}",
            ],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    texts = done.stdout.split("\f")
    if len(texts) == len(paths) + 1:  # Before version 5 a form feed ends the last page too.
        texts.pop()
    if len(texts) != len(paths):
        raise RuntimeError(f"tesseract read {len(texts)} of {len(paths)} images: {done.stderr}")
    return texts
