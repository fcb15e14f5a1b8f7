"""A file is whole or not there."""

import pytest

from skdigits._files import lock_folder, write_whole
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
        pytest.raises(FolderInUseError, match=r"Another run is working in .*new"),
        lock_folder(tmp_path / "new"),
    ):
        pass
    with lock_folder(tmp_path / "new"):
        pass
