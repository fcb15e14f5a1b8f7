"""A folder of pictures that other people made: sets and files, with what is written on them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from picture_sets import CLEAN, DIGITS
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skdigits import load_mnist, read_image

PARTS = ("sets", "singles", "photos", "no_digits")
SEED = 0


class Labelled(NamedTuple):
    """A set of small pictures of one digit; without labels, of none."""

    pictures: np.ndarray
    labels: list[str]
    dark_ink: bool | None


class PictureFile(NamedTuple):
    """A picture in a file, and the digits on it."""

    path: Path
    truth: str
    kind: str

    def read(self) -> np.ndarray:
        """Read the picture."""
        return read_image(self.path)


class PictureFolder:
    """The pictures to measure, of all kinds or of those whose names contain some words.

    Parameters
    ----------
    path : Path
        The folder.
    words : list of str
        Only sets and kinds that contain one of them are read; empty: all.
    n_at_most : int or None
        Read no more of a set or list.
    """

    def __init__(self, path: Path, words: list[str], n_at_most: int | None = None) -> None:
        self._path, self._words, self._n = path, words, n_at_most

    def _is_asked_for(self, name: str) -> bool:
        return not self._words or any(word in name for word in self._words)

    def sets(self) -> Iterator[tuple[str, Labelled]]:
        """Give the sets of digits one by one, first the two that come with libraries."""
        if self._is_asked_for(CLEAN):
            mnist = load_mnist(subset="test")
            yield CLEAN, self._label(mnist.images, mnist.target)
        if self._is_asked_for(DIGITS):
            digits = load_digits()
            bright = np.rint(digits.images * (255 / 16)).astype(np.uint8)
            yield DIGITS, self._label(bright, digits.target)
        for name, stored in self._stored("sets"):
            dark_ink = bool(stored["dark_ink"]) if "dark_ink" in stored else None
            yield name, self._label(stored["pictures"], stored["labels"], dark_ink)

    def no_digits(self) -> Iterator[tuple[str, np.ndarray]]:
        """Give the sets of pictures without a digit."""
        for name, stored in self._stored("no_digits"):
            yield name, stored["pictures"][: self._n]

    def files(self, part: str) -> list[PictureFile]:
        """List the pictures of one digit ("singles") or of several ("photos")."""
        path = self._path / part / "labels.csv"
        if not path.exists():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            found = [
                PictureFile(path.parent / row["file"], row["truth"].strip(), row["kind"])
                for row in csv.DictReader(file)
                if self._is_asked_for(row["kind"])
            ]
        return found[: self._n]

    def digest(self) -> str:
        """Sum up the pictures, so that results of other ones are not mixed with theirs."""
        found = hashlib.sha256(repr((self._words, self._n)).encode())
        for path in sorted(self._path.glob("*/*")):
            if path.parent.name in PARTS:
                found.update(f"{path.parent.name}/{path.name}".encode())
                found.update(path.read_bytes())
        return found.hexdigest()[:16]

    def _label(
        self, pictures: np.ndarray, labels: np.ndarray, dark_ink: bool | None = None
    ) -> Labelled:
        return Labelled(pictures[: self._n], [str(each) for each in labels[: self._n]], dark_ink)

    def _stored(self, part: str) -> Iterator[tuple[str, Any]]:
        for path in sorted((self._path / part).glob("*.npz")):
            if self._is_asked_for(path.stem):
                with np.load(path) as stored:
                    yield path.stem, stored


def sample(pictures: Labelled, n_at_most: int | None) -> Labelled:
    """Take a stratified sample of a large set."""
    if n_at_most is None or len(pictures.labels) <= n_at_most:
        return pictures
    rows, _ = train_test_split(
        np.arange(len(pictures.labels)),
        train_size=n_at_most,
        stratify=pictures.labels,
        random_state=SEED,
    )
    rows.sort()
    labels = [pictures.labels[row] for row in rows]
    return Labelled(pictures.pictures[rows], labels, pictures.dark_ink)


def resize_longest(image: np.ndarray, size: int | None) -> np.ndarray:
    """Give the longer side of an image another length; None leaves it as it is."""
    if size is None:
        return image
    height, width = image.shape[:2]
    factor = size / max(height, width)
    shape = (max(round(width * factor), 1), max(round(height * factor), 1))
    squeezed = image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image
    return np.asarray(Image.fromarray(squeezed).resize(shape, Image.Resampling.LANCZOS))
