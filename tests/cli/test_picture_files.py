"""Names on the command line become pictures, and annotated copies overwrite nothing."""

import argparse
from pathlib import Path

import pytest

from skdigits.cli._picture_files import PictureSource, choose_targets, find_pictures


def test_files_stand_for_themselves_whether_they_exist_or_not(tmp_path):
    found, notes, errors = find_pictures(["no.txt", "-", str(tmp_path / "a")])
    assert found == [
        PictureSource("no.txt", Path("no.txt")),
        PictureSource("-", None),
        PictureSource(str(tmp_path / "a"), tmp_path / "a"),
    ]
    assert notes == errors == []


def test_a_folder_gives_its_pictures_sorted_and_counts_the_rest(tmp_path):
    for name in ("b.JPG", "a.heic", "c.tiff", "readme", ".a.png"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    found, notes, errors = find_pictures([str(tmp_path)])
    assert [picture.path.name for picture in found] == ["a.heic", "b.JPG", "c.tiff"]
    assert notes == [f"{tmp_path}: skipped 2 other files or folders"]
    assert errors == []


def test_folders_without_pictures_are_errors(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.txt").touch()
    found, notes, errors = find_pictures([str(tmp_path / "empty"), str(tmp_path / "text")])
    assert found == notes == []
    assert "empty: expected pictures in this folder, found none. Name" in errors[0]
    assert "text: expected pictures in this folder, found none, only 1 other file" in errors[1]


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert find_pictures([str(tmp_path)]).errors == [f"{tmp_path}: Permission denied"]


def _sources(*paths):
    return [PictureSource(str(path), path and Path(path)) for path in paths]


def test_one_picture_goes_into_a_file_or_a_folder(tmp_path):
    (source,) = sources = _sources(tmp_path / "a.jpg")
    assert choose_targets(tmp_path / "seen.PDF", sources) == [tmp_path / "seen.PDF"]
    assert choose_targets(tmp_path, sources) == [tmp_path / "a-digits.png"]
    assert choose_targets(tmp_path / "new" / "er", sources)[0].parent.is_dir()
    (tmp_path / "v1.0").mkdir()
    assert choose_targets(tmp_path / "v1.0", sources) == [tmp_path / "v1.0" / "a-digits.png"]
    assert source.name == str(tmp_path / "a.jpg")


def test_several_go_into_a_folder_under_names_of_their_own(tmp_path):
    sources = _sources("x/a.jpg", "y/a.png", None, "a-2.png", "x/a.jpg")
    names = [path.name for path in choose_targets(tmp_path / "v1.1", sources)]
    assert names == [
        "a-digits.png",
        "a-2-digits.png",
        "stdin-digits.png",
        "a-2-2-digits.png",
        "a-3-digits.png",
    ]


def test_no_picture_is_overwritten(tmp_path):
    original = tmp_path / "a-digits.png"
    original.touch()
    (tmp_path / "link.png").symlink_to(original)
    for show, sources in (
        (original, _sources(original)),
        (tmp_path / "link.png", _sources(original)),
        (tmp_path, _sources(original, tmp_path / "a.png")),
    ):
        with pytest.raises(argparse.ArgumentTypeError, match="would be overwritten"):
            choose_targets(show, sources)


def test_a_file_where_a_folder_is_needed_is_refused(tmp_path):
    (tmp_path / "notes").touch()
    with pytest.raises(argparse.ArgumentTypeError, match="is one file, but there are 2"):
        choose_targets(tmp_path / "notes", _sources("a.png", "b.png"))
    with pytest.raises(argparse.ArgumentTypeError, match=r"ends in \.png"):
        choose_targets(tmp_path / "notes", _sources("a.png"))
