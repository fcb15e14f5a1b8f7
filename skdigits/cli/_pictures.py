"""Pictures that are named on the command line: files, folders, standard input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

#: Ends of names by which a picture in a folder is known; a file that is named needs none.
_SUFFIXES = frozenset(
    [
        *(".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jpg"),
        *(".mpo", ".png", ".tif", ".tiff", ".webp"),
    ]
)
STANDARD_INPUT = "-"


class Picture(NamedTuple):
    """A picture that was named.

    Parameters
    ----------
    name : str
        As the user named it, or found by the folder that was named.
    path : pathlib.Path or None
        The file; None for standard input.
    """

    name: str
    path: Path | None


class Pictures(NamedTuple):
    """What was found by all names.

    Parameters
    ----------
    found : list of Picture
        Pictures, in the order of the names. Those of a folder are sorted.
    notes : list of str
        What was passed over.
    errors : list of str
        Folders without a picture, or that cannot be read.
    """

    found: list[Picture]
    notes: list[str]
    errors: list[str]


def find_pictures(names: Sequence[str]) -> Pictures:
    """Find the pictures that are meant.

    Parameters
    ----------
    names : sequence of str
        Files, folders, and ``-`` for standard input. Whether a file exists is not looked at.

    Returns
    -------
    pictures : Pictures
        What was found, passed over, and wrong.
    """
    pictures = Pictures([], [], [])
    for name in names:
        if name == STANDARD_INPUT:
            pictures.found.append(Picture(name, None))
        elif Path(name).is_dir():
            _look_into(Path(name), pictures)
        else:
            pictures.found.append(Picture(name, Path(name)))
    return pictures


def _look_into(folder: Path, pictures: Pictures) -> None:
    """Add the pictures that lie in a folder, but not those in folders within it."""
    try:
        visible = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError as error:
        pictures.errors.append(f"{folder}: {error.strerror}")
        return
    found = [path for path in visible if path.suffix.lower() in _SUFFIXES and not path.is_dir()]
    n_skipped = len(visible) - len(found)
    others = f"{n_skipped} other file{'s' * (n_skipped != 1)} or folder{'s' * (n_skipped != 1)}"
    if not found:
        beside = f", only {others}" if n_skipped else ""
        pictures.errors.append(
            f"{folder}: expected pictures in this folder, found none{beside}. Name a folder with "
            "PNG or JPEG files"
        )
    elif n_skipped:
        pictures.notes.append(f"{folder}: skipped {others}")
    pictures.found.extend(Picture(str(path), path) for path in found)
