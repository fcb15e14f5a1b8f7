"""Write a file completely or not at all, and lock a folder for one process."""

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

#: Errors of a disk that does not support locks, such as some network file systems.
_WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
#: Errors of a disk that cannot confirm that data is written, such as some network file systems.
_WITHOUT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
#: Errors of a full disk, or an exhausted quota of the user.
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def check_target(path: Path, parameter: str, *sources: Path | None) -> None:
    """Refuse a path at which no file can be written, before the work that it is for.

    Parameters
    ----------
    path : pathlib.Path
        Where a file will be written.
    parameter : str
        What the user calls the path.
    *sources : pathlib.Path or None
        Files that are read, if there are any.

    Raises
    ------
    ValueError
        If it is a folder or one of the files that are read, or its folder does not exist.
    """
    if path.is_dir():
        raise ValueError(f"{parameter} {path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}; create it first")
    if path.resolve() in {source.resolve() for source in sources if source is not None}:
        raise ValueError(
            f"{parameter} {path} is a file that is read, and would be overwritten. Name another "
            "file."
        )


def write_whole(
    path: Path, write: Callable[[Path], object], *, outlasts_power_cut: bool = True
) -> None:
    """Write a temporary file beside a file, and replace the file when it is complete.

    Parameters
    ----------
    path : pathlib.Path
        The file; an old one stays until the new one is complete. If it is a link, the
        link is replaced, and its target stays.
    write : callable
        Writes to the path that is passed to it.
    outlasts_power_cut : bool, default=True
        Whether to wait until the file is on the disk. If False, a power cut soon after may
        leave an empty file.
    """
    # A unique name, because another process may be writing the same file.
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        write(unfinished)
        if outlasts_power_cut:
            _wait_for_disk(os.open(unfinished, os.O_RDWR))
        unfinished.replace(path)
    finally:
        # The folder itself may have been deleted.
        with suppress(OSError):
            unfinished.unlink()
    if outlasts_power_cut:
        try:
            folder = os.open(path.parent, os.O_RDONLY)
        except OSError:
            return  # some systems cannot open a folder
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
    """Write a file of a folder completely, or say what to do.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.
    name : str
        Name of the file in it.
    write : callable
        Writes to the path that is passed to it.
    kept : str
        Sentence that says what is not lost if the file cannot be written.
    again : str
        What to do once it can be written, in the imperative.
    outlasts_power_cut : bool, default=True
        Whether to wait until the file is on the disk.

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
                "This folder was deleted or moved during the run. Restore it if you can, and "
                f"{again}"
            )
        elif error.errno in _FULL:
            advice = f"{kept}. Free some space and {again}"
        else:
            advice = f"{kept}. Make this folder writable and {again}"
        message = f"cannot write {name} ({error.strerror}). {advice}"
        raise OSError(error.errno, message, str(folder)) from error


def _wait_for_disk(descriptor: int) -> None:
    """Wait until a file, or a folder's list of files, is on the disk; then close it."""
    try:
        # On macOS, fsync only waits until the data is in the drive's cache.
        full = getattr(fcntl, "F_FULLFSYNC", None)
        if full is None or not _is_synced(lambda: fcntl.fcntl(descriptor, full)):
            _is_synced(lambda: os.fsync(descriptor))
    finally:
        os.close(descriptor)


def _is_synced(sync: Callable[[], object]) -> bool:
    """Wait for the disk; return False if it does not support that."""
    try:
        sync()
    except OSError as error:
        if error.errno not in _WITHOUT_SYNC:
            raise
        return False
    return True


def make_subfolder(folder: Path, name: str) -> None:
    """Create a folder in a folder, or say what is in its place.

    Parameters
    ----------
    folder : pathlib.Path
        The folder, which exists.
    name : str
        Name of the folder in it; an existing one stays as it is.

    Raises
    ------
    OSError
        If it cannot be created, or is a link: files in it would be written elsewhere.
    """
    path = folder / name
    if path.is_symlink():
        message = f"expected a folder named {name} in it, found a link. Delete the link"
        raise OSError(errno.ELOOP, message, str(folder))
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        message = (
            f"cannot create the folder {name} in it ({error.strerror}). Delete the file of that "
            "name, or choose another folder"
        )
        raise OSError(error.errno, message, str(folder)) from error


@contextmanager
def lock_folder(path: Path) -> Iterator[None]:
    """Lock a folder, so that only one run uses it.

    Parameters
    ----------
    path : pathlib.Path
        The folder; created if it does not exist. The system releases the lock even if the
        process is killed.

    Raises
    ------
    FolderInUseError
        If another run has locked it.
    OSError
        If it cannot be created or locked; the message says what to do.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = _lock(path / ".lock")
    except Timeout as error:
        raise FolderInUseError(
            f"Another run is using {path}. Wait until it ends, or choose another folder."
        ) from error
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _lock(path: Path) -> FileLock:
    """Lock a file, which is created if it does not exist, without waiting for the lock."""
    if path.is_symlink():
        # Older versions of filelock would truncate the target of the link.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    # The fallback for disks without locks is a plain file, which would stay after a kill.
    lock = FileLock(path, fallback_to_soft=False)
    lock.acquire(timeout=0)
    return lock


def _unusable(path: Path, error: OSError) -> OSError:
    """Say why a folder cannot be locked, and what to do."""
    file = path / ".lock"
    reason = f" ({error.strerror})"
    if error.errno in _WITHOUT_LOCKS:
        advice = (
            "Its disk does not support locks, like some network disks. "
            "Choose a folder on a disk of this machine"
        )
    elif file.is_symlink() or file.is_dir():
        kind = "link" if file.is_symlink() else "folder"
        reason = ""  # the system's message is about something else
        advice = f"Expected a file named {file.name} in it, found a {kind}. Delete the {kind}"
    elif path.exists() and not path.is_dir():
        advice = "It is a file. Choose a folder"
    else:
        advice = "Choose a folder that you can write to"
    return OSError(error.errno, f"cannot lock this folder{reason}. {advice}", str(path))
