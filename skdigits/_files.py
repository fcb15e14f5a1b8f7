"""Write a file whole or not at all, and have a folder for one process alone."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from .exceptions import FolderInUseError

#: What the system says of a disk without locks, as some network file systems are.
_WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
#: And where there is no room: on the disk, or left for this user.
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def write_whole(
    path: Path, write: Callable[[Path], object], *, outlasts_power_cut: bool = True
) -> None:
    """Write beside a file and put the result in its place when it is finished.

    Parameters
    ----------
    path : pathlib.Path
        The file; an old one stays until the new one is whole. Where it is a link, the
        link is replaced, and what it leads to stays.
    write : callable
        Writes to the path that it is given.
    outlasts_power_cut : bool, default=True
        Whether to wait until the disk has the file. Without it, a power cut soon after may
        leave an empty file.
    """
    # A name of its own: another process may be writing the same file.
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        write(unfinished)
        if outlasts_power_cut:
            _wait_for_disk(unfinished, os.O_RDWR)
        unfinished.replace(path)
    finally:
        # The folder itself may be gone.
        with suppress(OSError):
            unfinished.unlink()
    if outlasts_power_cut:
        # Some systems do not open a folder, or do not keep it apart from its files.
        with suppress(OSError):
            _wait_for_disk(path.parent, os.O_RDONLY)


def write_file(
    folder: Path,
    name: str,
    write: Callable[[Path], object],
    *,
    kept: str,
    again: str,
    outlasts_power_cut: bool = True,
) -> None:
    """Write a file of a folder whole, or say what to do.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.
    name : str
        Name of the file in it.
    write : callable
        Writes to the path that it is given.
    kept : str
        What is not lost where the file cannot be written, as where the disk is full.
    again : str
        What to do when it can be written again.
    outlasts_power_cut : bool, default=True
        Whether to wait until the disk has the file.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    try:
        write_whole(folder / name, write, outlasts_power_cut=outlasts_power_cut)
    except OSError as error:
        if not folder.is_dir():
            advice = (
                "This folder is gone: it was deleted or moved during the run. Put it back if you "
                f"can, and {again}"
            )
        elif error.errno in _FULL:
            advice = f"{kept}: make room, and {again}"
        else:
            advice = f"{kept}: see to it that this folder can be written to, and {again}"
        message = f"cannot write {name} ({error.strerror}). {advice}"
        raise OSError(error.errno, message, str(folder)) from error


def _wait_for_disk(path: Path, flags: int) -> None:
    """Return when a file, or the list of a folder's files, is on the disk."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
    OSError
        If it cannot be made or locked; the message says what to do.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = _lock(path / ".lock")
    except Timeout as error:
        raise FolderInUseError(
            f"Another run is working in {path}. Wait for its end, or name another folder."
        ) from error
    except (OSError, NotImplementedError) as error:
        raise _unusable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _lock(path: Path) -> FileLock:
    """Lock a file, which is made if it is not there, or give up at once."""
    if path.is_symlink():
        # Older versions of filelock would empty the file that it leads to.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    lock = FileLock(path)
    lock.acquire(timeout=0)
    return lock


def _unusable(path: Path, error: Exception) -> OSError:
    """Word why a folder cannot be had for one run alone, and what to do."""
    number = getattr(error, "errno", None) or errno.ENOSYS
    file = path / ".lock"
    if number in _WITHOUT_LOCKS:
        advice = (
            "Its disk does not let a program lock a file, as some network disks do not. "
            "Name a folder on a disk of this machine"
        )
    elif file.is_symlink() or file.is_dir():
        kind = "link" if file.is_symlink() else "folder"
        advice = f"{file.name} in it should be a file, and is a {kind}. Delete that"
    elif path.exists() and not path.is_dir():
        advice = "It is a file. Name a folder"
    else:
        advice = "Name a folder that you can write into"
    reason = getattr(error, "strerror", None) or os.strerror(number)
    message = f"cannot have this folder for one run alone ({reason}). {advice}"
    return OSError(number, message, str(path))
