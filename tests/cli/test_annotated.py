"""Annotated pictures are saved where nothing else is lost."""

import argparse
from pathlib import Path

import pytest

from skdigits.cli._annotated import choose_targets
from skdigits.cli._pictures import Picture


def _pictures(*paths):
    return [Picture(str(path), path and Path(path)) for path in paths]


def test_one_picture_goes_into_a_file_or_a_folder(tmp_path):
    (picture,) = pictures = _pictures(tmp_path / "a.jpg")
    assert choose_targets(tmp_path / "seen.PDF", pictures) == [tmp_path / "seen.PDF"]
    assert choose_targets(tmp_path, pictures) == [tmp_path / "a-digits.png"]
    assert choose_targets(tmp_path / "new" / "er", pictures)[0].parent.is_dir()
    (tmp_path / "v1.0").mkdir()
    assert choose_targets(tmp_path / "v1.0", pictures) == [tmp_path / "v1.0" / "a-digits.png"]
    assert picture.name == str(tmp_path / "a.jpg")


def test_several_go_into_a_folder_under_names_of_their_own(tmp_path):
    pictures = _pictures("x/a.jpg", "y/a.png", None, "a-2.png", "x/a.jpg")
    names = [path.name for path in choose_targets(tmp_path / "v1.1", pictures)]
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
    for show, pictures in (
        (original, _pictures(original)),
        (tmp_path / "link.png", _pictures(original)),
        (tmp_path, _pictures(original, tmp_path / "a.png")),
    ):
        with pytest.raises(argparse.ArgumentTypeError, match="would be overwritten"):
            choose_targets(show, pictures)


def test_a_file_where_a_folder_is_needed_is_refused(tmp_path):
    (tmp_path / "notes").touch()
    with pytest.raises(argparse.ArgumentTypeError, match="is one file, and there are 2"):
        choose_targets(tmp_path / "notes", _pictures("a.png", "b.png"))
    with pytest.raises(argparse.ArgumentTypeError, match=r"ends in \.png"):
        choose_targets(tmp_path / "notes", _pictures("a.png"))
