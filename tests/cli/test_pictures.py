"""Names on the command line become pictures."""

from pathlib import Path

from skdigits.cli._pictures import Picture, find_pictures


def test_files_stand_for_themselves_whether_they_exist_or_not(tmp_path):
    found, notes, errors = find_pictures(["no.txt", "-", str(tmp_path / "a")])
    assert found == [
        Picture("no.txt", Path("no.txt")),
        Picture("-", None),
        Picture(str(tmp_path / "a"), tmp_path / "a"),
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
