"""load_images reads data sets in every format, and says what is wrong with others."""

import codecs
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from sklearn.datasets import load_digits

from skdigits.datasets import load_images
from skdigits.datasets._load_images import read_pictures
from skdigits.exceptions import DatasetFormatError, PictureFormatError, PictureSizeError

from ._files import COMPRESS, write_csv, write_folder, write_idx, write_pair

each_example = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
#: Full bytes, so that the range of the pixels is certain.
some_images = arrays.arrays(
    np.uint8,
    st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 7)),
    elements=st.integers(0, 255),
)

PI, E_ACUTE = "\u03c0", "\u00e9"


@pytest.fixture
def images():
    return np.random.RandomState(0).randint(0, 256, (12, 6, 5)).astype(np.uint8)


@pytest.fixture
def labels():
    return np.arange(12) % 3


@given(images=some_images, compression=st.sampled_from(sorted(COMPRESS)))
@each_example
def test_idx_files_of_any_shape(images, compression, tmp_path_factory):
    folder = tmp_path_factory.mktemp("idx")
    labels = np.arange(len(images))
    path = write_pair(folder, images, labels, compression=compression)
    for named in (folder, path, path.with_name(path.name.replace("images", "labels"))):
        if named.exists():  # the other file has another idx number in its name
            found = load_images(named)
            np.testing.assert_array_equal(found.images, images)
            np.testing.assert_array_equal(found.target, labels)


@given(images=some_images, compressed=st.booleans())
@each_example
def test_npz_files_of_any_shape(images, compressed, tmp_path_factory):
    path = tmp_path_factory.mktemp("npz") / "data.npz"
    labels = np.arange(len(images))[:, np.newaxis]
    (np.savez_compressed if compressed else np.savez)(path, X=images, y=labels)
    found = load_images(path)
    np.testing.assert_array_equal(found.images, images)
    np.testing.assert_array_equal(found.target, labels[:, 0])


@given(images=some_images, separator=st.sampled_from(",;\t"))
@each_example
def test_csv_files_of_any_shape(images, separator, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "data.csv"
    texts = [f"class {row}" for row in range(len(images))]
    write_csv(path, images.reshape(len(images), -1), texts)
    path.write_text(path.read_text().replace(",", separator))
    found = load_images(path, image_shape=images.shape[1:])
    np.testing.assert_array_equal(found.images, images)
    assert found.target.tolist() == texts


def test_a_folder_of_pictures(images, tmp_path):
    labels = np.array(list("BAC"))[np.arange(12) % 3]
    path = write_folder(tmp_path / "letters", images, labels)
    (path / "A" / "notes.txt").write_text("not a picture")
    (path / "A" / ".hidden.png").write_text("not a picture")
    found = load_images(path)
    order = np.argsort(labels, kind="stable")
    np.testing.assert_array_equal(found.images, images[order])
    assert found.images.base is found.data or np.shares_memory(found.images, found.data)
    np.testing.assert_array_equal(found.target, labels[order])
    assert found.data.dtype == np.uint8
    assert found.target_names.tolist() == ["A", "B", "C"]
    assert found.feature_names[:6:5] == ["pixel_0_0", "pixel_1_0"]
    assert "12 images of 6 x 5 pixels, grey, 3 classes" in found.DESCR
    write_folder(tmp_path / "one", images[:1], labels[:1])
    assert "\n1 image of 6 x 5 pixels, grey, 1 class, " in load_images(tmp_path / "one").DESCR


def test_grey_pictures_in_rgb_are_grey_and_one_in_colour_makes_all_so(images, tmp_path):
    in_rgb = np.repeat(images[..., np.newaxis], 3, axis=-1)
    path = write_folder(tmp_path / "data", in_rgb, np.arange(12) % 2)
    assert load_images(path).images.shape == (12, 6, 5)
    coloured = in_rgb[0].copy()
    coloured[..., 0] = 7
    Image.fromarray(coloured).save(path / "1" / "zz.png")
    found = load_images(path).images
    assert found.shape == (13, 6, 5, 3)
    np.testing.assert_array_equal(found[-1], coloured)
    np.testing.assert_array_equal(found[0], in_rgb[0])


def test_transparent_parts_are_white(tmp_path):
    clear = np.zeros((4, 4, 4), np.uint8)
    clear[0, :, 3] = 255  # black ink in the first row
    found = load_images(write_folder(tmp_path / "data", [clear, clear], "ab"))
    np.testing.assert_array_equal(found.images[0, 0], 0)
    np.testing.assert_array_equal(found.images[0, 1:], 255)


@pytest.mark.parametrize("write", ["folder", "npz", "idx"])
def test_two_parts(write, images, labels, tmp_path):
    path = tmp_path / "data"
    if write == "folder":
        labels = np.sort(labels)
        write_folder(path / "train", images, labels)
        write_folder(path / "Test", images[:3], labels[:3])
    elif write == "npz":
        path = path.with_suffix(".npz")
        np.savez(path, x_train=images, y_train=labels, x_test=images[:3], y_test=labels[:3])
    else:
        write_pair(path, images, labels)
        write_pair(path, images[:3], labels[:3], part="t10k", compression=".gz")
    for subset, expected in (("train", images), ("test", images[:3])):
        X, y = load_images(path, subset=subset, return_X_y=True)
        np.testing.assert_array_equal(X, expected.reshape(len(expected), -1))
        np.testing.assert_array_equal(y, labels[: len(expected)])
    assert len(load_images(path).data) == len(images) + 3
    assert [len(each) for each in read_pictures(path, subset="test")] == [3, 3]


@pytest.mark.parametrize(
    ("values", "expected", "data_range"),
    [
        (np.array([0, 1, 2, 16]), [0, 1, 2, 16], (0, 16)),
        (np.array([0.0, 16.0, 3.0, 4.0]), [0, 16, 3, 4], (0, 16)),
        (np.array([True, False, True, True]), [1, 0, 1, 1], (0, 1)),
        (np.array([0, 0.5, 1, 0.25]), [0, 128, 255, 64], (0, 255)),
        (np.array([0, 255, 3, 4], np.int64), [0, 255, 3, 4], (0, 255)),
    ],
)
def test_numbers_of_other_types_become_bytes(values, expected, data_range, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, X=values.reshape(1, 2, 2), y=["a"])
    found = load_images(path)
    assert (found.data[0].tolist(), found.data_range) == (expected, data_range)
    table = write_csv(tmp_path / "data.csv", values.astype(float).reshape(1, 4), ["a"])
    if values.dtype != bool:  # a table has no type for them
        assert load_images(table).data[0].tolist() == expected


def test_fractions_that_begin_after_the_first_rows_of_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr("skdigits.datasets._values._BLOCK_VALUES", 8)
    pixels = np.array([[0, 1, 1, 0]] * 3 + [[0.5, 1, 0, 0]] + [[0, 0, 0, 1]] * 2)
    found = load_images(write_csv(tmp_path / "data.csv", pixels, list("abcdef")))
    np.testing.assert_array_equal(found.data, np.rint(pixels * 255))


def test_digits_of_scikit_learn_in_a_table(tmp_path):
    frame = load_digits(as_frame=True).frame
    frame.to_csv(tmp_path / "digits.csv.gz", index=False)
    found = load_images(tmp_path / "digits.csv.gz")
    np.testing.assert_array_equal(found.data, frame.to_numpy()[:, :-1])
    np.testing.assert_array_equal(found.target, frame["target"])
    assert (found.images.shape, found.data_range) == ((1797, 8, 8), (0, 16))


def test_without_labels(images, tmp_path):
    square = images[:, :5].reshape(12, 25)
    path = write_csv(tmp_path / "test.csv", square)
    found = load_images(path)
    assert found.target is found.target_names is None
    np.testing.assert_array_equal(found.data, square)
    with pytest.raises(DatasetFormatError, match="expected labels, found none"):
        load_images(path, return_X_y=True)
    write_idx(tmp_path / "only-images", images)
    assert load_images(tmp_path / "only-images").target is None


def test_labels_are_whole_numbers_or_texts(images, tmp_path):
    for number, (labels, expected) in enumerate(
        [
            (["07", "7"], ["07", "7"]),
            (["00", "01"], [0, 1]),
            (["1", "A"], ["1", "A"]),
            ([2.0, 3.0], [2, 3]),
            ([b"x", b"y"], ["x", "y"]),
        ]
    ):
        path = tmp_path / f"{number}.npz"
        np.savez(path, X=images[:2], y=np.array(labels))
        assert load_images(path).target.tolist() == expected


def test_transposed_inverted_and_channels_first(images, labels, tmp_path):
    path = write_pair(tmp_path / "idx", images, labels)
    found = load_images(path, transposed=True).images
    np.testing.assert_array_equal(found, images.swapaxes(1, 2))
    np.testing.assert_array_equal(load_images(path, inverted=True).images, 255 - images)
    colour = np.random.RandomState(0).randint(0, 256, (4, 3, 9, 8)).astype(np.uint8)
    np.savez(tmp_path / "data.npz", X=colour, y=labels[:4])
    found = load_images(tmp_path / "data.npz").images
    np.testing.assert_array_equal(found, np.moveaxis(colour, 1, -1))


def test_resize_and_normalize_make_one_size_of_many(tmp_path):
    squares = []
    for side in (20, 33, 60):
        square = np.full((side, side + 7), 250, np.uint8)
        square[side // 4 : side // 2, side // 4 : side // 2] = 10
        squares.append(square)
    path = write_folder(tmp_path / "data", squares, "aab")
    resized = load_images(path, resize=(10, 12))
    assert resized.images.shape == (3, 10, 12)
    assert abs(resized.images.mean(axis=(1, 2)) - [each.mean() for each in squares]).max() < 6
    framed = load_images(path, normalize=True).images
    assert framed.shape == (3, 28, 28)
    assert (framed.max(axis=(1, 2)) == 255).all()
    assert (framed[:, 0] == 0).all()
    pictures, labels = read_pictures(path)
    assert [each.shape for each in pictures] == [each.shape for each in squares]
    assert labels.tolist() == ["a", "a", "b"]
    same = np.stack([squares[0]] * 2)
    np.savez(tmp_path / "data.npz", X=same, y=[0, 1])
    np.testing.assert_array_equal(
        load_images(tmp_path / "data.npz", resize=(10, 12)).images[0], resized.images[0]
    )


def _broken_png(size):
    """Make the header of a picture that announces so many pixels on each side."""
    import struct
    import zlib

    def chunk(kind, content):
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", PictureFormatError, "found an empty file. Copy"),
        (b"no picture at all", PictureFormatError, "Save it as PNG or JPEG"),
        (_broken_png(50_000), PictureSizeError, r"2500000000 pixels"),
    ],
    ids=["0 bytes", "text", "2 GB announced"],
)
def test_a_wrong_picture_is_named(content, error, message, images, tmp_path):
    path = write_folder(tmp_path / "data", images, np.arange(12) % 2)
    (path / "1" / "wrong.png").write_bytes(content)
    with pytest.raises(error, match=message) as raised:
        load_images(path)
    assert "wrong.png" in str(raised.value)


def test_pictures_of_several_sizes_are_refused_with_three_ways_out(images, tmp_path):
    path = write_folder(tmp_path / "data", [images[0], images[1][:4]], "ab")
    with pytest.raises(DatasetFormatError, match=r"found 6 x 5 pixels in .*4 x 5 in") as raised:
        load_images(path)
    for way in ("--resize", "--normalize", "save them in one size"):
        assert way in str(raised.value)


def test_a_blank_picture_cannot_be_normalized(images, tmp_path):
    path = write_folder(tmp_path / "data", [np.full((9, 9), 200, np.uint8)] * 2, "ab")
    with pytest.raises(DatasetFormatError, match=r"0000\.png: expected ink"):
        load_images(path, normalize=True)


def test_folders_without_labels(tmp_path, images):
    with pytest.raises(DatasetFormatError, match="found an empty folder"):
        load_images(tmp_path)
    Image.fromarray(images[0]).save(tmp_path / "a.png")
    with pytest.raises(DatasetFormatError, match=r"files but no sub-folder.*Sort the pictures"):
        load_images(tmp_path)
    (tmp_path / "A").mkdir()
    with pytest.raises(DatasetFormatError, match="A: expected picture files"):
        load_images(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no folder or file .*nothing"):
        load_images(tmp_path / "nothing")
    with pytest.raises(DatasetFormatError, match="starts with the bytes 89 50 4e 47"):
        load_images(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3,4,5\n6,7,8,9,1\n", 'first line with the names.*"label,pixel0'),
        ("label,p0,p1,p2,p3\n", "row for each image"),
        ("label,p0,p1,p2,p3\na,1,2,3\n", "missing or infinite value in image 1"),
        ("label,p0,p1,p2,p3\na,1,2,3,4\nb,1,2,3,4,5\n", "table of comma-separated"),
        ("label,p0,p1,p2,p3\na,1,2,x,4\n", "found 'x' in row 1"),
        ("label,p0,p1,p2,p3\na,1,2,3,4\n,1,2,3,4\n", "label in each row, found none in row 2"),
        ("label,p0,p1,p2,p3\na,1,2,3,400\n", "found numbers from 1 to 400"),
        ("label,p0,p1,p2,p3\na,1,2,-3,4\n", "found numbers from -3 to 4"),
        ("label,p0,p1,p2,p3\na,1,2,0.5,4\n", "fractions from 0 to 1"),
        ("id,label,p0,p1,p2,p3\n1,a,1,2,3,4\n", "found id, label. Remove the columns"),
        (",label,p0,p1,p2,p3\n0,a,1,2,3,4\n", "index=False"),
        ("label,p0,p1,p2\na,1,2,3\n", "square image, found 3 pixels.*--image-shape"),
    ],
)
def test_a_wrong_table(text, message, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(text)
    with pytest.raises(DatasetFormatError, match=message):
        load_images(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("separator", ["", "sep=;", '"sep=;"'])
def test_tables_as_excel_saves_them(encoding, compression, separator, images, tmp_path):
    path = write_csv(tmp_path / "data.csv", images.reshape(12, -1), [PI] * 12)
    text = path.read_text("utf-8").replace(",", ";" if separator else "\t")
    text = "\r\n".join([*([separator] if separator else []), *text.splitlines(), ""])
    start = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    path.write_bytes(COMPRESS[compression](start + text.encode(encoding)))
    # There is room for as many images as there are lines, which end in four bytes in UTF-16.
    most = len(text.splitlines()) * 30
    found = load_images(path, image_shape=(6, 5), max_bytes=most)
    np.testing.assert_array_equal(found.images, images)
    assert set(found.target) == {PI}


@pytest.mark.parametrize("folder", [True, False])
@pytest.mark.parametrize("parts", [("train", "test"), ("Train", "Test")])
def test_labels_of_emnist_are_characters(folder, parts, images, tmp_path):
    for part in parts:
        path = write_pair(tmp_path, images, [1, 2, 3] * 4, f"emnist-letters-{part}", ".gz")
    mapping = tmp_path / "emnist-letters-mapping.txt"
    mapping.write_text("1 65 97\n2 66 98\r\n3 67 99\n\n")
    (tmp_path / "emnist-digits-mapping.txt").write_text("1 49\n")
    subset = "test" if folder else "all"
    found = load_images(tmp_path if folder else path, subset=subset)
    assert found.target.tolist() == ["A", "B", "C"] * 4
    mapping.write_text("1 49\n2 50\n3 51\n")
    assert load_images(path).target.tolist() == [1, 2, 3] * 4
    for text, message in [("1 65\n2 66\n", "none for 3"), ("1 A", "such as 1 65"), ("1", "1 65")]:
        mapping.write_text(text)
        with pytest.raises(DatasetFormatError, match=rf"mapping\.txt: .*{message}.*move it away"):
            load_images(path)


def test_another_encoding_is_named(images, tmp_path):
    path = write_csv(tmp_path / "data.csv", np.eye(4, dtype=int), [E_ACUTE] * 4)
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))
    with pytest.raises(DatasetFormatError, match=r"UTF-8, found another .* Save the table as"):
        load_images(path)


def test_the_column_of_labels_by_name(tmp_path):
    path = write_csv(tmp_path / "data.csv", np.eye(4, dtype=int) * 200, [5, 6, 7, 8], "x9")
    assert load_images(path, label_column="x9").target.tolist() == [5, 6, 7, 8]
    with pytest.raises(DatasetFormatError, match="column named 'digit', found x9, pixel0"):
        load_images(path, label_column="digit")


def test_wrong_arrays(images, labels, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, a=images)
    with pytest.raises(DatasetFormatError, match="Save the file again with"):
        load_images(path)
    np.savez(path, X=images, y=labels[:5])
    with pytest.raises(DatasetFormatError, match="found 5 labels and 12 images"):
        load_images(path)
    np.savez(path, X=images, y=np.eye(12))
    with pytest.raises(DatasetFormatError, match="argmax"):
        load_images(path)
    with pytest.raises(DatasetFormatError, match=r"found 360 bytes. Pass max_bytes=360"):
        load_images(path, max_bytes=100)
    np.savez(path, X=images, y=np.array(["a", None] * 6, dtype=object))
    with pytest.raises(DatasetFormatError, match=r"Python objects in y.npy.*any code"):
        load_images(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DatasetFormatError, match="damaged"):
        load_images(path)


def test_an_array_that_announces_more_than_its_file_has_is_not_allocated(tmp_path):
    path = tmp_path / "data.npz"
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1900000, 1000), }"
    header += b" " * (63 - (len(header) + 10) % 64) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
        archive.writestr("X.npy", start + header + b"12345")
    with pytest.raises(DatasetFormatError, match="announces 1,900,000,000 bytes"):
        load_images(path)


def test_idx_files_of_several_data_sets(images, labels, tmp_path):
    for name in ("emnist-letters", "emnist-digits"):
        write_idx(tmp_path / f"{name}-train-images-idx3-ubyte", images)
        write_idx(tmp_path / f"{name}-train-labels-idx1-ubyte", labels)
    with pytest.raises(DatasetFormatError, match=r"found 2 pairs of files. Pass the file of the"):
        load_images(tmp_path)
    found = load_images(tmp_path / "emnist-digits-train-labels-idx1-ubyte")
    np.testing.assert_array_equal(found.images, images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"subset": "most"}, "subset must be one of"),
        ({"subset": "test"}, "has no part for testing"),
        ({"resize": (1, 2, 3)}, "resize must be"),
        ({"resize": 0}, "resize must be"),
        ({"image_shape": (4,)}, "image_shape must be"),
        ({"max_bytes": 0}, "max_bytes must be"),
    ],
)
def test_wrong_arguments(arguments, message, images, labels, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, X=images, y=labels)
    with pytest.raises(ValueError, match=message):
        load_images(path, **arguments)


@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_pixels_are_in_memory_once(kind, tmp_path):
    images = np.zeros((8_000, 28, 28), np.uint8)
    images[::7, 3] = 255
    labels = np.arange(len(images)) % 10
    path = tmp_path / "data.npz"
    if kind == "npz":
        np.savez(path, X=images, y=labels)
    else:
        path = write_pair(tmp_path / "data", images, labels)
    load_images(path)  # imports what it needs
    tracemalloc.start()
    found = load_images(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * found.data.nbytes + 2e6
