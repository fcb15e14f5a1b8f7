"""Pictures named on the command line: which ones to read, and where to save annotated copies."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ._arguments import writable_folder

STANDARD_INPUT = "-"
#: Formats in which a figure can be saved.
_FORMATS = (".png", ".jpg", ".jpeg", ".webp", ".svg", ".pdf")
_ANNOTATED = "-digits.png"


class PictureSource(NamedTuple):
    """Where a picture is read from.

    Parameters
    ----------
    name : str
        As the user named it, or as found in a folder that the user named.
    path : pathlib.Path or None
        The file; None for standard input.
    """

    name: str
    path: Path | None


class FoundPictures(NamedTuple):
    """The pictures that some names stand for.

    Parameters
    ----------
    sources : list of PictureSource
        In the order of the names. Those of a folder are sorted.
    notes : list of str
        What was skipped.
    errors : list of str
        Folders without a picture, or that cannot be read.
    """

    sources: list[PictureSource]
    notes: list[str]
    errors: list[str]


def find_pictures(names: Sequence[str]) -> FoundPictures:
    """Find the pictures that the user named.

    Parameters
    ----------
    names : sequence of str
        Files, folders, and ``-`` for standard input. A file does not have to exist.

    Returns
    -------
    found : FoundPictures
        The pictures, what was skipped, and what is wrong.
    """
    found = FoundPictures([], [], [])
    for name in names:
        if name == STANDARD_INPUT:
            found.sources.append(PictureSource(name, None))
        elif Path(name).is_dir():
            _add_folder(Path(name), found)
        else:
            found.sources.append(PictureSource(name, Path(name)))
    return found


def _add_folder(folder: Path, found: FoundPictures) -> None:
    """Add the pictures of a folder, without those of its subfolders."""
    try:
        visible = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError as error:
        found.errors.append(f"{folder}: {error.strerror}")
        return
    from ..images._read import is_picture_file

    paths = [path for path in visible if is_picture_file(path)]
    n_skipped = len(visible) - len(paths)
    others = f"{n_skipped} other file{'s' * (n_skipped != 1)} or folder{'s' * (n_skipped != 1)}"
    if not paths:
        beside = f", only {others}" if n_skipped else ""
        found.errors.append(
            f"{folder}: expected pictures in this folder, found none{beside}. Name a folder with "
            "PNG or JPEG files"
        )
    elif n_skipped:
        found.notes.append(f"{folder}: skipped {others}")
    found.sources.extend(PictureSource(str(path), path) for path in paths)


def choose_targets(show: Path, sources: Sequence[PictureSource]) -> list[Path]:
    """Choose a file for the annotated copy of each picture.

    Parameters
    ----------
    show : pathlib.Path
        What the user named: a file for one picture, or a folder, which is created.
    sources : sequence of PictureSource
        The pictures.

    Returns
    -------
    targets : list of pathlib.Path
        One file for each, all different, and none of them one of the pictures.

    Raises
    ------
    argparse.ArgumentTypeError
        If the file is named for several pictures, has a format that cannot be written, is in
        a folder that does not exist, or is one of the pictures.
    """
    is_folder = show.is_dir() or (show.suffix.lower() not in _FORMATS and not show.is_file())
    if is_folder and not (show.suffix and len(sources) == 1 and not show.is_dir()):
        folder = writable_folder(str(show))
        targets = [folder / name for name in _annotated_names(sources)]
    else:
        _check_target(show, len(sources))
        targets = [show]
    originals = {source.path.resolve() for source in sources if source.path is not None}
    for target in targets:
        if target.resolve() in originals:
            raise argparse.ArgumentTypeError(
                f"{target} is one of the pictures and would be overwritten; choose another place"
            )
    return targets


def _check_target(path: Path, n_pictures: int) -> None:
    """Refuse a file that cannot hold one annotated picture."""
    if n_pictures > 1:
        raise argparse.ArgumentTypeError(
            f"{path} is one file, but there are {n_pictures} pictures; name a folder"
        )
    if path.suffix.lower() not in _FORMATS:
        raise argparse.ArgumentTypeError(
            f"expected a folder, or a file that ends in {', '.join(_FORMATS)}; found {path}"
        )
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(
            f"folder {path.parent} does not exist; create it or choose another place"
        )


def _annotated_names(sources: Sequence[PictureSource]) -> list[str]:
    """Name each copy after its picture; a number tells equal names apart."""
    names: list[str] = []
    for source in sources:
        stem = "stdin" if source.path is None else source.path.stem
        name, number = f"{stem}{_ANNOTATED}", 1
        while name in names:
            number += 1
            name = f"{stem}-{number}{_ANNOTATED}"
        names.append(name)
    return names
