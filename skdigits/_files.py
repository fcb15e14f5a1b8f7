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

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: What the system says of a disk without locks, as some network file systems are.
_WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
#: What it says of a disk that does not tell when it has something, as some network file systems.
_WITHOUT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
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
            _wait_for_disk(os.open(unfinished, os.O_RDWR))
        unfinished.replace(path)
    finally:
        # The folder itself may be gone.
        with suppress(OSError):
            unfinished.unlink()
    if outlasts_power_cut:
        try:
            folder = os.open(path.parent, os.O_RDONLY)
        except OSError:
            return  # some systems do not open a folder
        _wait_for_disk(folder)


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
            advice = f"{kept}: make this folder writable, and {again}"
        message = f"cannot write {name} ({error.strerror}). {advice}"
        raise OSError(error.errno, message, str(folder)) from error


def _wait_for_disk(descriptor: int) -> None:
    """Return when a file, or the list of a folder's files, is on the disk; close it."""
    try:
        # Where there is this, as on macOS, fsync waits for the drive's own memory only.
        full = getattr(fcntl, "F_FULLFSYNC", None)
        if full is None or not _is_synced(lambda: fcntl.fcntl(descriptor, full)):
            _is_synced(lambda: os.fsync(descriptor))
    finally:
        os.close(descriptor)


def _is_synced(sync: Callable[[], object]) -> bool:
    """Wait for the disk, if it can tell; what goes wrong on one that can is an error."""
    try:
        sync()
    except OSError as error:
        if error.errno not in _WITHOUT_SYNC:
            raise
        return False
    return True


def make_subfolder(folder: Path, name: str) -> None:
    """Make a folder in a folder, or say what is in its place.

    Parameters
    ----------
    folder : pathlib.Path
        The folder, which exists.
    name : str
        Name of the folder in it; one that is there stays as it is.

    Raises
    ------
    OSError
        If it cannot be made, or is a link: what is written to it would go elsewhere.
    """
    path = folder / name
    if path.is_symlink():
        message = f"{name} in it is a link where a folder is expected. Delete it"
        raise OSError(errno.ELOOP, message, str(folder))
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        message = (
            f"cannot make the folder {name} in it ({error.strerror}). Delete what has that name, "
            "or name another folder"
        )
        raise OSError(error.errno, message, str(folder)) from error


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
    except OSError as error:
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
    # In place of a lock that a disk does not have it would make a file, which stays after a kill.
    lock = FileLock(path, fallback_to_soft=False)
    lock.acquire(timeout=0)
    return lock


def _unusable(path: Path, error: OSError) -> OSError:
    """Word why a folder cannot be had for one run alone, and what to do."""
    file = path / ".lock"
    reason = f" ({error.strerror})"
    if error.errno in _WITHOUT_LOCKS:
        advice = (
            "Its disk does not support locks, as is the case with some network disks. "
            "Name a folder on a disk of this machine"
        )
    elif file.is_symlink() or file.is_dir():
        kind = "link" if file.is_symlink() else "folder"
        reason = ""  # the system's words are for another case
        advice = f"{file.name} in it is a {kind} where a file is expected. Delete it"
    elif path.exists() and not path.is_dir():
        advice = "It is a file. Name a folder"
    else:
        advice = "Name a folder that you can write into"
    return OSError(error.errno, f"cannot lock this folder{reason}. {advice}", str(path))
