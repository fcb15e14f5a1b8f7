"""Read a picture from a file, whatever its format."""

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
    from PIL.Image import Image

#: What Pillow may try: formats of cameras, scanners and screens, and none that runs a program.
_FORMATS = ("PNG", "JPEG", "MPO", "BMP", "DIB", "TIFF", "WEBP", "GIF", "AVIF")
_NAMES = "PNG, JPEG, BMP, TIFF, WebP, GIF, AVIF or HEIC"
#: The kinds of file that libheif reads, as their first bytes name them after "ftyp".
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def read_image(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes],
    *,
    max_pixels: int = 80_000_000,
) -> AnyArray:
    """Read a picture from a file: PNG, JPEG, BMP, TIFF, WebP, GIF, AVIF or HEIC.

    The format is recognised by the first bytes, not by the name. Photographs are
    turned upright as their EXIF orientation says. Of several frames or pages the
    first is read.

    Parameters
    ----------
    source : str, os.PathLike, bytes-like or binary file
        The file, its content, or a file opened for reading bytes, which is read from
        where it stands and stays open.
    max_pixels : int, default=80_000_000
        The largest number of pixels, at least 1. It is compared with the size that the
        file announces, before anything is decoded, so that a small file cannot fill
        the memory. The array of a colour picture takes three bytes a pixel; while it is
        made, there are 7 to 10 bytes a pixel, and up to 16 for WebP.

    Returns
    -------
    image : ndarray of shape (height, width) or (height, width, 3)
        Grey or RGB levels from 0 to 255, of dtype uint8: a new array.

    Raises
    ------
    PictureFormatError
        If this is no picture of a known format, or a damaged one. It is a ValueError.
    PictureSizeError
        If the picture has more than `max_pixels` pixels. It is a ValueError too.
    OSError
        If there is no such file, or it cannot be read.
    ImportError
        If the file is HEIC and pillow-heif is not installed.
    TypeError, ValueError
        If `source` or `max_pixels` is not one of the values allowed.

    See Also
    --------
    segment_digits : Finds the digits on it.
    skdigits.preprocessing.MNISTNormalizer : Gives a picture of one digit MNIST's frame.

    Notes
    -----
    - Transparent parts become white, or black where the rest is nearly white.
    - 16-bit grey is divided by 257. Numbers of 32 bits and floating point numbers have
      no range of their own: those in [0, 1], [0, 255] or [0, 65535] are taken on that
      scale, the smallest that holds them all, and others are stretched from their
      lowest to their highest.
    - Colour profiles are ignored.
    - Pillow's own limit, ``PIL.Image.MAX_IMAGE_PIXELS``, still holds for a larger
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
            raise PictureFormatError(f"{name}: expected a picture ({_NAMES}), found an empty file")
        with _said_clearly(name, start):
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
    """Open what `source` may be as a seekable file at its start, with a name for messages."""
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
def _said_clearly(name: str, start: bytes) -> Iterator[None]:
    """Give one kind of error for all that a decoder may raise on a damaged file."""
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
        # Decoders meet damaged files with a dozen kinds of exceptions, and none is documented.
        raise PictureFormatError(
            f"{name}: expected a whole picture, found a damaged one "
            f"({type(error).__name__}: {error}). Copy or download the file again"
        ) from error


def _open(file: IO[bytes], start: bytes) -> Image:
    """Read the head of a picture, and nothing of its pixels."""
    from PIL import Image

    if start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS:
        # Opened by its class: registering the format would change Pillow for the whole process.
        heif = import_optional("pillow_heif", extra="heif", purpose="A HEIC picture")
        return heif.HeifImageFile(file)
    Image.init()
    return Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])


def _check_size(size: tuple[int, int], max_pixels: int, name: str) -> None:
    """Refuse a picture of too many pixels, or of none."""
    width, height = size
    if width < 1 or height < 1:
        # Said as damage, as all that is wrong within a picture.
        raise ValueError(f"it is {width} x {height} pixels")
    if width * height > max_pixels:
        raise PictureSizeError(
            f"{name}: expected at most {max_pixels} pixels, found {width} x {height} = "
            f"{width * height}. Make the picture smaller, or pass "
            f"max_pixels={width * height} if you trust it"
        )


def _upright(image: Image) -> Image:
    """Turn a photograph as its camera was held."""
    from PIL import ImageOps

    # Broken EXIF data costs the orientation, not the picture.
    with suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)
    return image
