"""Pairs of IDX files, one with the images and one with their labels, as MNIST has them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from skdigits._typing import AnyArray
from skdigits.exceptions import DatasetFormatError

from ._framing import Framing
from ._idx import DECOMPRESSION_ERRORS, DTYPES, decompressed_pieces, read_idx
from ._source import Labelled, Source

#: What tells the file of the images from that of the labels, and the same in other words.
_KIND = re.compile(r"images|labels|idx\d|ubyte|\.(gz|xz)$", re.IGNORECASE)
#: What tells the part for training from the one for testing.
_TRAIN, _TEST = re.compile("train", re.IGNORECASE), re.compile("test|t10k", re.IGNORECASE)
#: A folder may also hold one part alone.
_ALONE = ([""], ["train"], ["test"])
_MOST_AXES = 4
#: What the name of EMNIST's file of characters has in place of the part and the kind, and at most
#: how many bytes are read of it.
_MAPPING, _MOST_OF_A_MAPPING = "mapping.txt", 1 << 16


class _Pair(NamedTuple):
    """The two files of a part."""

    images: Path
    labels: Path | None


def count_axes(path: Path) -> int:
    """Count the axes of the array in an IDX file; 0 if it is none."""
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        try:
            start = next(decompressed_pieces(file), b"")[:4]
        except DECOMPRESSION_ERRORS:
            return 0
    is_idx = len(start) == 4 and start[:2] == b"\0\0" and start[2] in DTYPES
    return start[3] if is_idx and start[3] <= _MOST_AXES else 0


class IdxPair(Source):
    """IDX files with images and labels, for training and perhaps for testing.

    Parameters
    ----------
    path : pathlib.Path
        The file of the images or of the labels, or a folder with the files of one data set.
    """

    def __init__(self, path: Path) -> None:
        pairs = _find_pairs(path if path.is_dir() else path.parent)
        if not path.is_dir():
            name = _KIND.sub("", path.name)
            pairs = {"": pairs[name]} if name in pairs else {}
        self._pairs = {_part_of(name): pair for name, pair in pairs.items()}
        self.parts = sorted(self._pairs, reverse=True)
        if len(pairs) != len(self.parts) or self.parts not in (["train", "test"], *_ALONE):
            shown = f"{len(pairs)} pairs of files" if pairs else "no file with images"
            raise DatasetFormatError(
                f"{path}: expected IDX files of one data set, such as train-images-idx3-ubyte.gz "
                f"and train-labels-idx1-ubyte.gz, found {shown}. Pass the file of the images"
            )

    def read(self, part: str, framing: Framing, max_bytes: int) -> Labelled:
        """Read the two files of a part."""
        pair = self._pairs[part]
        images = read_idx(pair.images, max_bytes=max_bytes)
        if pair.labels is None:
            return Labelled(images, None)
        labels = read_idx(pair.labels)
        name = pair.images.name
        found = _TRAIN.search(name) or _TEST.search(name)
        mapping = pair.images.with_name(f"{name[: found.start()] if found else name}{_MAPPING}")
        return Labelled(images, _to_characters(labels, mapping) if mapping.is_file() else labels)


def _find_pairs(folder: Path) -> dict[str, _Pair]:
    """Find the images and labels that belong together, by what their names have in common."""
    images: dict[str, Path] = {}
    labels: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if not file.name.startswith("."):
            n_axes = count_axes(file)
            if n_axes:
                (labels if n_axes == 1 else images).setdefault(_KIND.sub("", file.name), file)
    return {name: _Pair(file, labels.get(name)) for name, file in images.items()}


def _part_of(name: str) -> str:
    """Say of which part a file is by its name."""
    return "train" if _TRAIN.search(name) else "test" if _TEST.search(name) else ""


def _to_characters(labels: AnyArray, mapping: Path) -> AnyArray:
    """Replace numbers by the characters that they stand for, as EMNIST's mapping says."""
    with mapping.open("rb") as file:
        lines = file.read(_MOST_OF_A_MAPPING).splitlines()
    try:
        # A label, and the codes of its character: of a letter perhaps both forms.
        rows = [[int(number) for number in line.split()] for line in lines if line.strip()]
        characters = {row[0]: chr(row[1]) for row in rows}
    except (ValueError, OverflowError, IndexError) as error:
        raise DatasetFormatError(
            f"{mapping}: expected lines with a label and the code of its character, such as "
            f"1 65, found something else ({error}). Correct the file, or move it away to keep the "
            "numbers as labels"
        ) from error
    unknown = np.setdiff1d(labels, list(characters))
    if len(unknown):
        raise DatasetFormatError(
            f"{mapping}: expected a line for each label, found none for {unknown[0]}. Correct the "
            "file, or move it away to keep the numbers as labels"
        )
    known = np.array(sorted(characters))
    return np.array([characters[label] for label in known])[np.searchsorted(known, labels)]
