"""Where annotated pictures are saved."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ._arguments import writable_folder
from ._pictures import Picture

#: What a figure can be saved as.
_FORMATS = (".png", ".jpg", ".jpeg", ".webp", ".svg", ".pdf")
_SUFFIX = "-digits.png"


def choose_targets(show: Path, pictures: Sequence[Picture]) -> list[Path]:
    """Choose a file for the annotated copy of each picture.

    Parameters
    ----------
    show : pathlib.Path
        What the user named: a file for one picture, or a folder, which is made.
    pictures : sequence of Picture
        The pictures.

    Returns
    -------
    targets : list of pathlib.Path
        A file for each, all different, and none of them one of the pictures.

    Raises
    ------
    argparse.ArgumentTypeError
        If a file is named for several pictures, in a format that cannot be written, in
        no folder, or one of the pictures themselves.
    """
    is_folder = show.is_dir() or (show.suffix.lower() not in _FORMATS and not show.is_file())
    if is_folder and not (show.suffix and len(pictures) == 1 and not show.is_dir()):
        folder = writable_folder(str(show))
        targets = [folder / name for name in _make_names(pictures)]
    else:
        _check_file(show, len(pictures))
        targets = [show]
    originals = {picture.path.resolve() for picture in pictures if picture.path is not None}
    for target in targets:
        if target.resolve() in originals:
            raise argparse.ArgumentTypeError(
                f"{target} is one of the pictures, and would be overwritten; name another place"
            )
    return targets


def _check_file(path: Path, n_pictures: int) -> None:
    """Refuse a file that cannot take one annotated picture."""
    if n_pictures > 1:
        raise argparse.ArgumentTypeError(
            f"{path} is one file, and there are {n_pictures} pictures; name a folder"
        )
    if path.suffix.lower() not in _FORMATS:
        raise argparse.ArgumentTypeError(
            f"expected a folder, or a file that ends in {', '.join(_FORMATS)}; found {path}"
        )
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(
            f"there is no folder {path.parent}; make it, or name another place"
        )


def _make_names(pictures: Sequence[Picture]) -> list[str]:
    """Make a name for each, by its own; a number tells equal ones apart."""
    names: list[str] = []
    for picture in pictures:
        stem = "stdin" if picture.path is None else picture.path.stem
        name, number = f"{stem}{_SUFFIX}", 1
        while name in names:
            number += 1
            name = f"{stem}-{number}{_SUFFIX}"
        names.append(name)
    return names
