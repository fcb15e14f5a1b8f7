"""A folder with one sub-folder of picture files for each label."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from skdigits._typing import AnyArray
from skdigits.exceptions import DatasetFormatError
from skdigits.images._read import is_picture_file, read_image

from ._framing import Framing
from ._source import Labelled, Source, check_size

#: Names of the folders of the two parts, in lower case; the first that exists is taken.
_PARTS = {
    "train": ("train", "training"),
    "test": ("test", "testing", "val", "valid", "validation"),
}
_LAYOUT = (
    "one sub-folder for each label with the picture files of this label in it, such as "
    "letters/A/1.png"
)


class ImageFolder(Source):
    """A folder with one sub-folder for each label, or one with such folders named train and test.

    Parameters
    ----------
    path : pathlib.Path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts = _find_parts(path)
        self.parts = list(self._parts)

    def read(self, part: str, framing: Framing, max_bytes: int) -> Labelled:
        """Read the pictures of a part, which become images of one size."""
        files = self._list_files(part)
        stack = _Stack(len(files), max_bytes, self._path)
        for file, _ in files:
            image = read_image(file)
            stack.add(framing.frame(image, str(file)), file)
        return Labelled(stack.images, np.array([label for _, label in files]))

    def read_each(self, part: str) -> Iterator[tuple[AnyArray, str]]:
        """Read the pictures of a part one by one, each in its own size, with their labels."""
        for file, label in self._list_files(part):
            yield read_image(file), label

    def _list_files(self, part: str) -> list[tuple[Path, str]]:
        """List the picture files of a part with their labels, sorted by name."""
        folder = self._parts[part]
        return [
            (file, label.name) for label in _sub_folders(folder) for file in _list_pictures(label)
        ]


def _find_parts(path: Path) -> dict[str, Path]:
    """Find the folders of the parts, or take the folder as a whole."""
    folders = _sub_folders(path)
    if not folders:
        names = [each.name for each in path.iterdir() if not each.name.startswith(".")]
        found = "files but no sub-folder" if names else "an empty folder"
        raise DatasetFormatError(
            f"{path}: expected {_LAYOUT}, found {found}. Sort the pictures into one folder for "
            "each label"
        )
    named = {folder.name.lower(): folder for folder in folders}
    parts = {
        part: next((named[name] for name in names if name in named), None)
        for part, names in _PARTS.items()
    }
    train = parts["train"]
    if train is None or not _sub_folders(train):
        return {"": path}
    return {part: folder for part, folder in parts.items() if folder is not None}


def _sub_folders(path: Path) -> list[Path]:
    """List the visible folders in a folder, sorted by name."""
    return [
        each for each in sorted(path.iterdir()) if each.is_dir() and not each.name.startswith(".")
    ]


def _list_pictures(label: Path) -> list[Path]:
    """List the picture files of a label, sorted by name; other files are left out."""
    visible = [each for each in sorted(label.iterdir()) if not each.name.startswith(".")]
    pictures = [each for each in visible if is_picture_file(each)]
    if not pictures:
        found = "only other files or folders" if visible else "an empty folder"
        raise DatasetFormatError(
            f"{label}: expected picture files, such as PNG or JPEG, found {found}. Remove this "
            "folder, or put the pictures of its label into it"
        )
    return pictures


class _Stack:
    """One array for all pictures, grey until one of them is in colour."""

    def __init__(self, n_images: int, max_bytes: int, path: Path) -> None:
        self._n_images, self._max_bytes, self._path = n_images, max_bytes, path
        self._n_added = 0
        self._first: Path | None = None
        self.images: AnyArray = np.empty(0, np.uint8)

    def add(self, image: AnyArray, file: Path) -> None:
        """Copy a picture into the array."""
        if image.ndim == 3 and (image == image[..., :1]).all():
            image = image[..., 0]
        if self._first is None:
            self._first = file
            self.images = self._allocate(image.shape)
        if image.shape[:2] != self.images.shape[1:3]:
            raise self._refuse(image.shape, file)
        if image.ndim == 3 and self.images.ndim == 3:
            grey = self.images
            self.images = self._allocate(image.shape)
            self.images[: self._n_added] = grey[: self._n_added, ..., np.newaxis]
        self.images[self._n_added] = (
            image if image.ndim == self.images.ndim - 1 else image[..., None]
        )
        self._n_added += 1

    def _allocate(self, shape: tuple[int, ...]) -> AnyArray:
        """Make the array for all pictures, if it is not too large."""
        check_size(self._n_images * math.prod(shape), self._max_bytes, str(self._path))
        return np.empty((self._n_images, *shape), np.uint8)

    def _refuse(self, shape: tuple[int, ...], file: Path) -> DatasetFormatError:
        """Make the error about pictures of several sizes."""
        (height, width), (n_rows, n_columns) = self.images.shape[1:3], shape[:2]
        return DatasetFormatError(
            f"{self._path}: expected pictures of one size, found {height} x {width} pixels in "
            f"{self._first} and {n_rows} x {n_columns} in {file}. Resize all of them with "
            'resize=(28, 28) ("--resize 28x28" on the command line), frame single characters '
            'like MNIST with normalize=True ("--normalize"), or save them in one size first'
        )
