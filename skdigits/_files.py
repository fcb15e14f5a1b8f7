"""Write a file whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside a file and put the result in its place when it is finished.

    Parameters
    ----------
    path : pathlib.Path
        The file; an old one stays until the new one is whole.
    write : callable
        Writes to the path that it is given.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
