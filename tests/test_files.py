"""A file is written completely or not at all, and a locked folder is used by one run only."""

import errno
import os
from pathlib import Path

import pytest

from skdigits._files import check_target, lock_folder, write_whole
from skdigits.exceptions import FolderInUseError


def test_a_finished_file_takes_its_place(tmp_path):
    write_whole(tmp_path / "a.txt", lambda path: path.write_text("new"))
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "new")]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    def fail(path):
        path.write_text("half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        write_whole(tmp_path / "a.txt", fail)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "old")]


def test_two_writers_of_a_file_do_not_disturb_each_other(tmp_path):
    def write(path):
        write_whole(tmp_path / "a.txt", lambda other: other.write_text("second"))
        path.write_text("first")

    write_whole(tmp_path / "a.txt", write)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "first")]


def test_a_folder_is_for_one_run_alone(tmp_path):
    with (
        lock_folder(tmp_path / "new"),
        pytest.raises(FolderInUseError, match=r"Another run is using .*new"),
        lock_folder(tmp_path / "new"),
    ):
        pass
    with lock_folder(tmp_path / "new"):
        pass


def test_a_file_is_on_the_disk_before_it_takes_its_place_and_then_its_folder(
    tmp_path, monkeypatch
):
    done = []
    replace, fsync = Path.replace, os.fsync

    def note_fsync(descriptor):
        status = os.fstat(descriptor)
        done.append((status.st_dev, status.st_ino))
        fsync(descriptor)

    def note_replace(old, new):
        done.append((old.suffix, new))
        return replace(old, new)

    def identify(path):
        status = path.stat()
        return status.st_dev, status.st_ino

    monkeypatch.setattr("skdigits._files.fcntl", None)
    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_replace)
    write_whole(tmp_path / "a.txt", lambda path: path.write_text("new"))
    # The file keeps its number under its new name.
    replaced = (".part", tmp_path / "a.txt")
    assert done == [identify(tmp_path / "a.txt"), replaced, identify(tmp_path)]


def _refuse(number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize("name", ["EINVAL", "ENOSYS", "ENOTSUP"])
def test_a_disk_that_does_not_tell_when_it_has_a_file_takes_it_all_the_same(
    name, tmp_path, monkeypatch
):
    monkeypatch.setattr(os, "fsync", _refuse(getattr(errno, name)))
    write_whole(tmp_path / "a.txt", lambda path: path.write_text("new"))
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "new")]


@pytest.mark.parametrize("name", ["EIO", "ENOSPC"])
def test_a_file_that_does_not_get_to_the_disk_does_not_take_the_old_one_s_place(
    name, tmp_path, monkeypatch
):
    (tmp_path / "a.txt").write_text("old")
    monkeypatch.setattr(os, "fsync", _refuse(getattr(errno, name)))
    with pytest.raises(OSError, match=os.strerror(getattr(errno, name))):
        write_whole(tmp_path / "a.txt", lambda path: path.write_text("new"))
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "old")]


@pytest.mark.parametrize("refused", [False, True])
def test_the_drive_s_own_memory_is_emptied_where_the_system_can(refused, tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    done = []

    def note(descriptor, command):
        done.append(command)
        if refused:
            _refuse(errno.ENOTSUP)()

    monkeypatch.setattr(fcntl, "F_FULLFSYNC", "full", raising=False)
    monkeypatch.setattr(fcntl, "fcntl", note)
    monkeypatch.setattr(os, "fsync", lambda _: done.append("fsync"))
    write_whole(tmp_path / "a.txt", lambda path: path.write_text("new"))
    assert done == (["full", "fsync"] if refused else ["full"]) * 2


def test_a_system_that_does_not_open_folders_writes_files_all_the_same(tmp_path, monkeypatch):
    open_file = os.open

    def refuse_folders(path, *arguments, **options):
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return open_file(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse_folders)
    write_whole(tmp_path / "a.txt", lambda path: path.write_text("new"))
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_link_is_replaced_and_not_written_through(tmp_path):
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "a.txt").symlink_to(tmp_path / "victim")
    write_whole(tmp_path / "a.txt", lambda path: path.write_text("new"))
    assert (tmp_path / "a.txt").read_text() == "new"
    assert (tmp_path / "victim").read_text() == "precious"


@pytest.mark.parametrize("name", ["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def test_a_disk_without_locks_is_named_with_what_to_do(name, tmp_path, monkeypatch):
    fcntl, number = pytest.importorskip("fcntl"), getattr(errno, name)
    monkeypatch.setattr(fcntl, "flock", _refuse(number))
    said = (
        rf"cannot lock this folder \({os.strerror(number)}\)\. Its disk does not support locks.*"
        r"a disk of this machine.*kept"
    )
    with pytest.raises(OSError, match=said) as found, lock_folder(tmp_path / "kept"):
        pass
    assert (found.value.errno, found.value.filename) == (number, str(tmp_path / "kept"))


def test_a_failing_disk_is_not_taken_for_another_run(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(fcntl, "flock", _refuse(errno.EIO))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)), lock_folder(tmp_path / "kept"):
        pass


def _link_its_lock(folder):
    folder.mkdir()
    (folder.parent / "victim").write_text("precious")
    (folder / ".lock").symlink_to(folder.parent / "victim")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_link_its_lock, r"\. Expected a file named \.lock in it, found a link\. Delete the link"),
        (
            lambda folder: (folder / ".lock").mkdir(parents=True),
            r"\. Expected a file named \.lock in it, found a folder\. Delete the folder",
        ),
        (
            lambda folder: folder.write_text("precious"),
            r" \(.+\)\. It is a file\. Choose a folder",
        ),
    ],
)
def test_a_folder_that_cannot_be_locked_says_what_to_do(spoil, said, tmp_path):
    folder = tmp_path / "kept"
    spoil(folder)
    with (
        pytest.raises(OSError, match=rf"cannot lock this folder{said}"),
        lock_folder(folder),
    ):
        pass
    for kept in (folder, tmp_path / "victim"):
        assert not kept.is_file() or kept.read_text() == "precious"


def test_a_file_that_is_read_is_not_written(tmp_path):
    source = tmp_path / "test.csv"
    source.write_text("label,pixel0\n")
    (tmp_path / "link.csv").symlink_to(source)
    for target in (source, tmp_path / "link.csv", tmp_path / "." / "test.csv"):
        with pytest.raises(ValueError, match="would be overwritten"):
            check_target(target, "--submission", None, source)
    check_target(tmp_path / "submission.csv", "--submission", source)
