"""Tests of read_image: every format and mode, upright, bounded, clear about what is no picture."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, features

from skdigits.exceptions import PictureFormatError, PictureSizeError
from skdigits.images import _modes, read_image

GREY = np.arange(0, 240, 2, dtype=np.uint8).reshape(10, 12)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)


def save(picture, form, **options):
    """Save an array or a Pillow picture, and give the bytes of the file."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def announce_png(width, height):
    """Make a PNG file of a few bytes that announces a size and has no pixels to go with it."""

    def chunk(kind, content):
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"")
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


# Formats


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "GIF"])
def test_lossless_formats_give_the_very_pixels(form):
    read = read_image(save(GREY, form))
    assert read.dtype == np.uint8
    if read.ndim == 3:  # a palette of greys
        assert (read == read[..., :1]).all()
        read = read[..., 0]
    np.testing.assert_array_equal(read, GREY)


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_lossless_colours(form):
    np.testing.assert_array_equal(read_image(save(COLOUR, form)), COLOUR)


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_give_nearly_the_pixels(form):
    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    smooth = np.add.outer(np.arange(64), np.arange(48)).astype(np.uint8)
    picture = np.stack([smooth, 255 - smooth, smooth], axis=-1)
    read = read_image(save(picture, form, quality=95))
    assert read.shape == (64, 48, 3)
    assert np.abs(read.astype(int) - picture).mean() < 4


def test_heic_is_read_where_the_plugin_is():
    heif = pytest.importorskip("pillow_heif")
    picture = np.full((64, 48, 3), (200, 100, 50), np.uint8)
    file = io.BytesIO()
    heif.from_pillow(Image.fromarray(picture)).save(file, quality=95)
    read = read_image(file.getvalue())
    assert read.shape == (64, 48, 3)
    assert np.abs(read.astype(int) - picture).mean() < 4


def test_heic_without_the_plugin_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    head = struct.pack(">I", 24) + b"ftypheic" + bytes(12)
    with pytest.raises(ImportError, match=r'pip install "skdigits\[heif\]"'):
        read_image(head)


def test_first_frame_of_an_animation():
    frames = [Image.fromarray(np.full((4, 4), level, np.uint8)) for level in (10, 200)]
    content = save(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (read_image(content) == 10).all()


# Sources


def test_path_bytes_and_file_agree(tmp_path):
    content = save(COLOUR, "PNG")
    path = tmp_path / "picture.jpg"  # the name does not count
    path.write_bytes(content)
    with path.open("rb") as file:
        sources = [path, str(path), content, bytearray(content), memoryview(content), file]
        for source in sources:
            np.testing.assert_array_equal(read_image(source), COLOUR)
        assert not file.closed


def test_result_can_be_written_into():
    read_image(save(GREY, "PNG"))[0, 0] = 1


def test_file_is_closed(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(save(GREY, "PNG"))
    read_image(path)  # an open file would be a ResourceWarning, which is an error here
    path.unlink()


# Modes


def test_bilevel_and_palette():
    bilevel = Image.fromarray(GREY).point(lambda level: 255 * (level > 100), "1")
    np.testing.assert_array_equal(read_image(save(bilevel, "PNG")), np.where(GREY > 100, 255, 0))
    flag = Image.new("P", (2, 1))
    flag.putpalette([255, 0, 0, 0, 0, 255])
    flag.putdata([0, 1])
    np.testing.assert_array_equal(read_image(save(flag, "PNG")), [[[255, 0, 0], [0, 0, 255]]])


def test_cmyk_becomes_rgb():
    read = read_image(save(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "TIFF"))
    assert read.shape == (8, 8, 3)
    assert read[0, 0, 0] > 200
    assert read[0, 0, 1:].max() < 60


def test_16_bit_grey_becomes_8_bit():
    wide = GREY.astype(np.uint16) * 257
    np.testing.assert_array_equal(read_image(save(wide, "PNG")), GREY)
    np.testing.assert_array_equal(read_image(save(wide, "TIFF")), GREY)


@pytest.mark.parametrize(
    "values",
    [
        GREY.astype(np.float32) / 255,
        GREY.astype(np.float32),
        GREY.astype(np.float32) * 257,
        GREY.astype(np.int32),
        GREY.astype(np.int32) * 257,
    ],
    ids=["to 1", "to 255", "to 65535", "int to 255", "int to 65535"],
)
def test_wide_numbers_are_taken_on_the_scale_that_holds_them(values):
    np.testing.assert_array_equal(read_image(save(values, "TIFF")), GREY)


def test_other_floats_are_stretched():
    values = np.array([[-10, 0], [5, 10]], np.float32)
    np.testing.assert_array_equal(read_image(save(values, "TIFF")), [[0, 128], [191, 255]])
    np.testing.assert_array_equal(read_image(save(values * 0 - 3, "TIFF")), [[0, 0], [0, 0]])
    with pytest.raises(PictureFormatError, match="not finite"):
        read_image(save(np.array([[np.nan, 0]], np.float32), "TIFF"))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_parts_are_white(mode):
    image = Image.new(mode, (3, 1), (0,) * len(mode))
    image.putpixel((1, 0), (0,) * (len(mode) - 1) + (255,))
    image.putpixel((2, 0), (0,) * (len(mode) - 1) + (51,))
    read = read_image(save(image, "PNG"))
    assert read.shape == (1, 3) + (3,) * (mode == "RGBA")
    np.testing.assert_array_equal(read.reshape(3, -1)[:, 0], [255, 0, 204])


def test_nearly_white_ink_on_nothing_is_laid_on_black():
    image = Image.new("RGBA", (2, 1), (255, 255, 255, 0))
    image.putpixel((1, 0), (250, 250, 240, 255))
    assert read_image(save(image, "PNG"))[0, 0].tolist() == [0, 0, 0]


def test_nothing_but_transparency_is_white():
    assert (read_image(save(Image.new("RGBA", (2, 2), (9, 9, 9, 0)), "PNG")) == 255).all()


def test_transparent_colour_of_a_palette():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 0, 0, 0])
    image.putdata([0, 1])
    read = read_image(save(image, "PNG", transparency=0))
    np.testing.assert_array_equal(read, [[[255, 255, 255], [0, 0, 0]]])


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_exif_orientation(orientation, form):
    stored = {
        1: GREY, 2: GREY[:, ::-1], 3: GREY[::-1, ::-1], 4: GREY[::-1], 5: GREY.T,
        6: np.rot90(GREY), 7: GREY[::-1, ::-1].T, 8: np.rot90(GREY, -1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    read = read_image(save(np.ascontiguousarray(stored), form, exif=exif))
    np.testing.assert_array_equal(read, GREY)


# Pillow warns of it, which is an error in our tests alone.
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_broken_exif_costs_only_the_orientation():
    content = save(np.full((8, 8), 77, np.uint8), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xffgarbage")
    assert read_image(content).shape == (8, 8)


# Limits


@pytest.mark.parametrize(
    "size", [(10_000, 10_000), (100_000, 100_000), (2**31 - 1, 2**31 - 1)], ids=str
)
# Pillow has a limit of its own, at which it warns before our check is reached.
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_before_it_is_decoded(size):
    with pytest.raises(PictureSizeError, match=r"pixels|decompression bomb"):
        read_image(announce_png(*size))


def test_pixels_of_phones_pass_the_default_limit():
    # 50 megapixels: not refused for its size, but for the pixels that are missing.
    with pytest.raises(PictureFormatError, match="damaged"):
        read_image(announce_png(8160, 6144))


def test_max_pixels_is_inclusive():
    content = save(GREY, "PNG")
    assert read_image(content, max_pixels=120).shape == (10, 12)
    with pytest.raises(PictureSizeError, match=r"at most 119 pixels, found 12 x 10 = 120.*=120"):
        read_image(content, max_pixels=119)


@pytest.mark.parametrize("value", [0, -1, 1.5, None, "many", True])
def test_invalid_max_pixels(value):
    with pytest.raises(ValueError, match="max_pixels must be an int of at least 1"):
        read_image(save(GREY, "PNG"), max_pixels=value)


# What is no picture


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"just some text", "starts with the bytes 6a 75 73 74"),
        (b"%PDF-1.7 and so on, for long enough", "starts with the bytes 25 50 44 46"),
        (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            "starts with the bytes 25 21 50 53",
        ),
    ],
    ids=["empty", "text", "PDF", "EPS"],
)
def test_no_picture(content, found):
    with pytest.raises(PictureFormatError, match=rf"expected a picture \(PNG.*{found}"):
        read_image(content)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.9])
# Some decoders warn of what they then raise an error for.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")
def test_truncated_files_are_errors_or_nothing_worse(form, share):
    noisy = np.random.RandomState(0).randint(0, 256, (40, 40, 3)).astype(np.uint8)
    content = save(noisy, form)
    with pytest.raises(PictureFormatError):
        read_image(content[: int(share * len(content))])


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"]),
    st.integers(0, 400),
    st.binary(min_size=1, max_size=4),
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_damage_gives_a_picture_or_the_documented_error(form, place, bytes_):
    content = bytearray(save(COLOUR, form))
    place %= len(content)
    content[place : place + len(bytes_)] = bytes_
    try:
        read = read_image(bytes(content), max_pixels=1_000_000)
    except (PictureFormatError, PictureSizeError, ImportError):
        return
    assert read.dtype == np.uint8
    assert read.ndim in (2, 3)


@settings(deadline=None, max_examples=50)
@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_any_picture_survives_png(picture):
    np.testing.assert_array_equal(read_image(save(picture, "PNG")), picture)


def test_message_names_the_file(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no picture")
    with pytest.raises(PictureFormatError, match=r"notes\.txt: expected a picture"):
        read_image(path)


def test_missing_file_and_folder_are_os_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "none.png")
    with pytest.raises(OSError, match=Path(tmp_path).name):
        read_image(tmp_path)


@pytest.mark.parametrize("source", [None, 3, GREY])
def test_wrong_source(source):
    with pytest.raises(TypeError, match=r"source must be a path, bytes or a binary file"):
        read_image(source)


def test_text_file():
    with pytest.raises(TypeError, match="opened for reading bytes"):
        read_image(io.StringIO("text"))


def test_errors_are_value_errors():
    assert issubclass(PictureFormatError, ValueError)
    assert issubclass(PictureSizeError, ValueError)


# Memory


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_beside_the_decoded_picture_there_is_one_array_of_it(mode):
    grey = Image.fromarray(np.full((2000, 3000), 200, np.uint8))
    if mode == "I;16":
        picture = Image.fromarray(np.full((2000, 3000), 200 * 257, np.uint16))
    else:
        picture = grey.convert(mode)
    content = save(picture, "TIFF")
    read_image(content)
    tracemalloc.start()
    try:
        image = read_image(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # What is decoded lies with Pillow, outside of this count.
    assert peak < image.nbytes + 8e6


def test_strips_meet_without_a_seam(monkeypatch):
    values = np.random.RandomState(0).randint(0, 256, (50, 37, 4)).astype(np.uint8)
    content = save(values, "PNG")
    whole = read_image(content)
    for n_pixels in (1, 37 * 7, 37 * 50):
        monkeypatch.setattr(_modes, "_AT_ONCE", n_pixels)
        np.testing.assert_array_equal(read_image(content), whole)


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (0, 0)])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "I;16", "F"])
def test_a_picture_of_no_pixels_is_a_damaged_one(width, height, mode, monkeypatch):
    monkeypatch.setattr("PIL.Image.open", lambda *_, **__: Image.new(mode, (width, height)))
    with pytest.raises(PictureFormatError, match=rf"damaged one .*{width} x {height} pixels"):
        read_image(save(GREY, "PNG"))
