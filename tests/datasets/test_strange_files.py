"""load_images refuses malicious files in words, and reads tables as other programs write them."""

import gzip
import io
import os
import zipfile

import numpy as np
import pytest

from skdigits.datasets import load_images
from skdigits.exceptions import DatasetFormatError

from ._files import write_folder

HEADER = "label,p0,p1,p2,p3\n"


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "a,0,1,2,3\nb,4,5,6,7\n",
        "\ufeff" + HEADER + "a,0,1,2,3\nb,4,5,6,7",
        (HEADER + "a,0,1,2,3\nb,4,5,6,7\n").replace("\n", "\r\n"),
        (HEADER + "a,0,1,2,3\nb,4,5,6,7\n").replace("\n", "\r"),
        HEADER + "a,0,1,2,3\rb,4,5,6,7\n",
        HEADER + "\n\na,0,1,2,3\n\nb,4,5,6,7\n\n",
        '"label, a letter","p0","p1","p2","p3"\n"a","0","1.","2","3"\n"b","4","5","6","7"\n',
    ],
    ids=["plain", "mark", "Windows", "Macintosh", "both", "blank lines", "quoted"],
)
def test_tables_as_other_programs_write_them(text, tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())
    found = load_images(path)
    assert found.target.tolist() == ["a", "b"]
    np.testing.assert_array_equal(found.data, np.arange(8).reshape(2, 4))


@pytest.mark.parametrize("number", ["9" * 30, str(2**63)])
def test_numbers_that_no_integer_holds_are_no_pixels(number, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(f"{HEADER}a,0,{number},2,3\nb,1,-5,2,3\n")
    with pytest.raises(DatasetFormatError, match="found numbers from -5 to"):
        load_images(path)


def test_a_line_without_an_end_is_not_read(tmp_path):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}a,1,2,3,".encode() + b"0" * 10_000_000))
    with pytest.raises(DatasetFormatError, match=r"10,000,\d+ bytes in 2 lines of 5 columns"):
        load_images(path)


def test_a_compressed_file_that_is_cut_off_is_called_damaged(tmp_path):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(HEADER.encode() * 100)[:-12])
    with pytest.raises(DatasetFormatError, match="compressed file that is damaged"):
        load_images(path)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, np.inf], "such as inf"),
        ([0, 1e30], r"such as 1e\+30"),
        (np.array([0, 2**63 + 5], np.uint64), r"such as 9\.2"),
        ([0, 1j], "type complex128"),
        (np.array(["2020-01-01"] * 2, "M8[D]"), r"type datetime64\[D\]"),
        (np.zeros(2, [("a", int)]), "whole numbers or texts"),
        (np.zeros(2, "V4"), "whole numbers or texts"),
    ],
)
def test_labels_of_other_types(labels, message, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, X=np.zeros((2, 4, 4), np.uint8), y=labels)
    with pytest.raises(DatasetFormatError, match=message):
        load_images(path)


def test_a_single_number_is_no_images(tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, X=3, y=[1])
    with pytest.raises(DatasetFormatError, match="expected images, found none"):
        load_images(path)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("X.npy", "{{{{"),
        ("X.npy", "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 0, 10**20)}"),
        ("X.npy", f"{{'descr': '|u1', 'fortran_order': False, 'shape': (4, 0, {10**20})}}"),
        ("y.npy", "{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000,)}"),
    ],
    ids=["damaged", "code", "endless", "empty texts"],
)
def test_headers_of_arrays_that_lie(name, header, tmp_path):
    path = tmp_path / "data.npz"
    pixels = io.BytesIO()
    np.save(pixels, np.zeros((2, 4, 4), np.uint8))
    lie = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in ({"X.npy": pixels.getvalue()} | {name: lie}).items():
            archive.writestr(each, content)
    with pytest.raises(DatasetFormatError, match="found a damaged one"):
        load_images(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")
def test_pipes_are_not_waited_for(tmp_path):
    path = write_folder(tmp_path / "data", np.zeros((2, 4, 4), np.uint8), "ab")
    os.mkfifo(path / "a" / "pipe.png")
    assert len(load_images(path).data) == 2
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DatasetFormatError, match="pipe or device"):
        load_images(tmp_path / "pipe")
    with pytest.raises(DatasetFormatError, match="no sub-folder"):
        load_images(_only_pipe(tmp_path / "flat"))


def _only_pipe(folder):
    """Make a folder with nothing but a pipe in it."""
    folder.mkdir()
    os.mkfifo(folder / "images-idx3-ubyte")
    return folder


def test_a_link_to_a_missing_picture_is_an_error(tmp_path):
    path = write_folder(tmp_path / "data", np.zeros((2, 4, 4), np.uint8), "ab")
    (path / "a" / "link.png").symlink_to("nothing.png")
    with pytest.raises(FileNotFoundError, match=r"link\.png"):
        load_images(path)


@pytest.mark.parametrize("shape", [(1, 1), (5, 20), (20, 5), (30, 40)])
def test_paper_stays_bright_up_to_its_edges(shape, tmp_path):
    path = write_folder(tmp_path / "data", np.full((2, *shape), 200, np.uint8), "ab")
    assert np.unique(load_images(path, resize=28).images).tolist() == [200]
