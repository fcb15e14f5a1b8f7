"""Write a file whole or not at all, and have a folder for one process alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from .exceptions import FolderInUseError


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside a file and put the result in its place when it is finished.

    Parameters
    ----------
    path : pathlib.Path
        The file; an old one stays until the new one is whole.
    write : callable
        Writes to the path that it is given.
    """
    # A name of its own: another process may be writing the same file.
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def lock_folder(path: Path) -> Iterator[None]:
    """Have a folder for one run alone.

    Parameters
    ----------
    path : pathlib.Path
        The folder; made if it is not there. The system frees the lock also where the
        process is killed.

    Raises
    ------
    FolderInUseError
        If another run has it.
    """
    path.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise FolderInUseError(
            f"Another run is working in {path}. Wait for its end, or name another folder."
        ) from error
    try:
        yield
    finally:
        lock.release()
