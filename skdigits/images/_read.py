"""Read an image from a file, whatever its format."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from numbers import Integral
from typing import IO, TYPE_CHECKING, Any

from .._optional import import_optional
from .._typing import AnyArray
from ..exceptions import PictureFormatError, PictureSizeError
from ._modes import to_uint8

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

#: What Pillow may try: formats of cameras, scanners and screens, none of which runs a program.
_FORMATS = ("PNG", "JPEG", "MPO", "BMP", "DIB", "TIFF", "WEBP", "GIF", "AVIF")
_NAMES = "PNG, JPEG, BMP, TIFF, WebP, GIF, AVIF or HEIC"
#: Suffixes of picture files in a folder; a file that is named itself may have any.
PICTURE_SUFFIXES = frozenset(
    [
        *(".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jpg"),
        *(".mpo", ".png", ".tif", ".tiff", ".webp"),
    ]
)
#: The kinds of file that libheif reads, as named after "ftyp" in their first bytes.
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def is_picture_file(path: Path) -> bool:
    """Say whether a path in a folder is named like a picture, and is no folder, pipe or device."""
    # A link to nothing is one, so that the error about it is not lost.
    return path.suffix.lower() in PICTURE_SUFFIXES and (path.is_file() or not path.exists())


def read_image(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes],
    *,
    max_pixels: int = 80_000_000,
) -> AnyArray:
    """Read an image from a file: PNG, JPEG, BMP, TIFF, WebP, GIF, AVIF or HEIC.

    The format is recognised by the first bytes, not by the name of the file.
    Photographs are rotated according to their EXIF orientation. Of several frames or
    pages the first is read.

    Parameters
    ----------
    source : str, os.PathLike, bytes-like or binary file
        A path, the content of a file, or a file opened for reading bytes, which is read
        from its current position and stays open.
    max_pixels : int, default=80_000_000
        The largest number of pixels, at least 1. It is compared with the size in the
        header of the file, before anything is decoded, so that a small file cannot
        exhaust the memory. The array of a colour image takes three bytes per pixel;
        reading takes 7 to 10 bytes per pixel, up to 16 for WebP.

    Returns
    -------
    image : ndarray of shape (height, width) or (height, width, 3)
        Grey or RGB levels from 0 to 255, of dtype uint8: a new array.

    Raises
    ------
    PictureFormatError
        If the file is not an image of a known format, or damaged. It is a ValueError.
    PictureSizeError
        If the image has more than `max_pixels` pixels. It is a ValueError too.
    OSError
        If there is no such file, or it cannot be read.
    ImportError
        If the file is HEIC and pillow-heif is not installed.
    TypeError, ValueError
        If `source` or `max_pixels` is not valid.

    See Also
    --------
    segment_digits : Finds the digits on an image.
    skdigits.preprocessing.MNISTNormalizer : Frames an image of one digit like MNIST.

    Notes
    -----
    - Transparent parts become white, or black where the rest is nearly white.
    - 16-bit grey is divided by 257. 32-bit integers and floating point numbers have no
      range of their own: they are scaled from the smallest of [0, 1], [0, 255] and
      [0, 65535] that contains them all, or else from their own minimum and maximum.
    - Colour profiles are ignored.
    - Pillow's own limit, ``PIL.Image.MAX_IMAGE_PIXELS``, still applies to a larger
      `max_pixels`.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> from PIL import Image
    >>> from skdigits.images import read_image
    >>> file = io.BytesIO()
    >>> Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3)).save(file, "PNG")
    >>> read_image(file.getvalue())
    array([[0, 1, 2],
           [3, 4, 5]], dtype=uint8)
    """
    _check_max_pixels(max_pixels)
    with _opened(source) as (file, name):
        start = file.read(16)
        file.seek(0)
        if not start:
            raise PictureFormatError(
                f"{name}: expected a picture ({_NAMES}), found an empty file. Copy or save the "
                "picture again"
            )
        with _readable_errors(name, start):
            image = _open(file, start)
            _check_size(image.size, max_pixels, name)
            image.load()
            return to_uint8(_upright(image))


def _check_max_pixels(max_pixels: Any) -> None:
    """Refuse anything but a positive integer."""
    if not isinstance(max_pixels, Integral) or isinstance(max_pixels, bool) or max_pixels < 1:
        raise ValueError(
            f"max_pixels must be an int of at least 1, such as 80_000_000, got {max_pixels!r}."
        )


@contextmanager
def _opened(source: Any) -> Iterator[tuple[IO[bytes], str]]:
    """Open any `source` as a seekable file at its start, with a name for errors."""
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            yield file, os.fspath(source)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        yield io.BytesIO(source), "the picture"
    elif hasattr(source, "read"):
        content = source.read()
        if not isinstance(content, bytes):
            raise TypeError(
                "Expected a file opened for reading bytes, got one that gives "
                f'{type(content).__name__}: open it with open(path, "rb").'
            )
        yield io.BytesIO(content), str(getattr(source, "name", "the picture"))
    else:
        raise TypeError(
            "source must be a path, bytes or a binary file, got "
            f'{type(source).__name__}: pass the name of a picture, such as "seven.jpg".'
        )


@contextmanager
def _readable_errors(name: str, start: bytes) -> Iterator[None]:
    """Raise one kind of error for everything that a decoder may raise on a damaged file."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except (PictureSizeError, ImportError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureSizeError(
            f"{name}: {error} Set PIL.Image.MAX_IMAGE_PIXELS for more"
        ) from error
    except UnidentifiedImageError as error:
        raise PictureFormatError(
            f"{name}: expected a picture ({_NAMES}), found a file that starts with the bytes "
            f"{start[:8].hex(' ')}. Save it as PNG or JPEG first"
        ) from error
    except Exception as error:
        # Decoders raise a dozen kinds of exceptions on damaged files, none of them documented.
        raise PictureFormatError(
            f"{name}: expected a whole picture, found a damaged one "
            f"({type(error).__name__}: {error}). Copy or download the file again"
        ) from error


def _open(file: IO[bytes], start: bytes) -> Image:
    """Read the header of an image, but none of its pixels."""
    from PIL import Image

    if start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS:
        # Opened by its class, because registering the format would change Pillow globally.
        heif = import_optional("pillow_heif", extra="heif", purpose="A HEIC picture")
        photograph: Image.Image = heif.HeifImageFile(file)
        return photograph
    Image.init()
    return Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])


def _check_size(size: tuple[int, int], max_pixels: int, name: str) -> None:
    """Refuse an image with too many pixels, or none."""
    width, height = size
    if width < 1 or height < 1:
        # Reported as damage, like any other error within a file.
        raise ValueError(f"it is {width} x {height} pixels")
    if width * height > max_pixels:
        raise PictureSizeError(
            f"{name}: expected at most {max_pixels} pixels, found {width} x {height} = "
            f"{width * height}. Make the picture smaller, or pass "
            f"max_pixels={width * height} if you trust it"
        )


def _upright(image: Image) -> Image:
    """Rotate a photograph as its camera was held."""
    from PIL import ImageOps

    # With broken EXIF data only the orientation is lost, not the image.
    with suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)
    return image
