"""Images with labels from the user's own files, in the formats in which data sets are kept."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from sklearn.utils import Bunch

from skdigits._image import check_image_shape
from skdigits._plurals import counted
from skdigits._typing import AnyArray
from skdigits.exceptions import DatasetFormatError

from ._csv import CsvFile, looks_like_table
from ._framing import Framing
from ._idx import GZIP_MAGIC, XZ_MAGIC, check_max_bytes
from ._idx_pair import IdxPair, count_axes
from ._image_folder import ImageFolder
from ._npz import ZIP_MAGIC, NpzFile
from ._source import Source
from ._values import as_images, find_data_range, to_bytes, to_labels

_SUBSETS = ("all", "train", "test")
_FORMATS = "a folder with one sub-folder for each label, or an .npz, IDX or CSV file"
_SHAPE_ADVICE = (
    'Pass image_shape=(height, width) ("--image-shape 20x30" on the command line), with a third '
    "number for the channels of colour images"
)


@overload
def load_images(
    path: str | os.PathLike[str],
    *,
    subset: Literal["all", "train", "test"] = ...,
    resize: int | Sequence[int] | None = ...,
    normalize: bool = ...,
    inverted: bool = ...,
    transposed: bool = ...,
    label_column: str | None = ...,
    image_shape: Sequence[int] | None = ...,
    max_bytes: int = ...,
    return_X_y: Literal[False] = ...,
) -> Bunch: ...


@overload
def load_images(
    path: str | os.PathLike[str],
    *,
    subset: Literal["all", "train", "test"] = ...,
    resize: int | Sequence[int] | None = ...,
    normalize: bool = ...,
    inverted: bool = ...,
    transposed: bool = ...,
    label_column: str | None = ...,
    image_shape: Sequence[int] | None = ...,
    max_bytes: int = ...,
    return_X_y: Literal[True],
) -> tuple[AnyArray, AnyArray]: ...


def load_images(
    path: str | os.PathLike[str],
    *,
    subset: str = "all",
    resize: int | Sequence[int] | None = None,
    normalize: bool = False,
    inverted: bool = False,
    transposed: bool = False,
    label_column: str | None = None,
    image_shape: Sequence[int] | None = None,
    max_bytes: int = 2_000_000_000,
    return_X_y: bool = False,
) -> Bunch | tuple[AnyArray, AnyArray]:
    """Load images with labels from a folder or a file of your own.

    The format is recognised by the content:

    - a folder with one sub-folder of PNG, JPEG or other picture files for each label, the
      layout of `keras.utils.image_dataset_from_directory` and torchvision's ``ImageFolder``,
      or a folder with two such folders named ``train`` and ``test``;
    - an ``.npz`` file with the arrays ``x_train``, ``y_train``, ``x_test`` and ``y_test``,
      as Keras' data sets have them, or ``X`` and ``y``;
    - a pair of IDX files, plain or compressed with gzip or xz, as EMNIST, Fashion-MNIST
      and Kuzushiji-MNIST have them: the name of the images or of the labels, or a folder
      with the files of one data set. If EMNIST's file of characters is beside them, such as
      ``emnist-letters-mapping.txt``, the labels are these characters, letters in upper case
      where both forms are one class;
    - a CSV file with the names of the columns in its first line, an image in each row,
      row by row, and a column of labels, such as Kaggle's ``label,pixel0,pixel1,...``, also as
      Excel saves it.

    Parameters
    ----------
    path : str or os.PathLike
        The folder or file.
    subset : {"all", "train", "test"}, default="all"
        Which part to load of data that are divided: "all" is both, the training images
        first. Data that are not divided are all for training.
    resize : int or pair of int, default=None
        Height and width to resize each image to; an int for a square. The proportions
        may change.
    normalize : bool, default=False
        Whether to frame each image like MNIST's, with `MNISTNormalizer`: images of single
        characters of any size become grey images of 28 x 28 pixels, with bright ink on a
        background of 0.
    inverted : bool, default=False
        Whether the images show dark ink on bright paper; dark and bright are exchanged.
        Networks that are trained on shifted or rotated copies need bright ink on a dark
        background, because they fill the edges with the darkest value.
    transposed : bool, default=False
        Whether rows and columns are exchanged in the file, as in EMNIST's.
    label_column : str, default=None
        Name of the column with the labels in a CSV file. If None, the only column whose
        name has no number at its end.
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)`` of images that are flat in
        the file. If None, they must be square and grey.
    max_bytes : int, default=2_000_000_000
        Largest size of the pixels of a part in bytes, as announced by the file or the
        number and size of the pictures.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    dataset : sklearn.utils.Bunch
        Dictionary-like object with the following attributes.

        data : ndarray of shape (n_samples, n_features)
            The images row by row, of dtype uint8. Those of a folder are in the order of
            the names of the sub-folders and files.
        images : ndarray of shape (n_samples, height, width) or (n_samples, height, width, 3)
            The images, a view of `data`. A folder whose pictures have no colours gives
            grey images, and transparent parts are white.
        target : ndarray of shape (n_samples,) or None
            The labels: int64 if all are whole numbers, otherwise str. None if a CSV,
            ``.npz`` or IDX file has no labels.
        feature_names : list of str
            "pixel_0_0", "pixel_0_1" and so on: the row, then the column, then the channel
            of colour images.
        target_names : ndarray of shape (n_classes,) or None
            The names of the classes in sorted order.
        data_range : tuple of two int
            The smallest of (0, 1), (0, 16) and (0, 255) that contains all pixels, for
            `ImageScaler`.
        DESCR : str
            Where the images are from, and how many there are.

    (data, target) : tuple if `return_X_y` is True
        These two attributes.

    Raises
    ------
    DatasetFormatError
        If the path holds none of these formats, is damaged, holds images of several sizes,
        pixels that are neither whole numbers from 0 to 255 nor fractions from 0 to 1, or
        another number of labels than of images. An array of Python objects in an
        ``.npz`` file is never loaded, because that could run code.
    IDXFormatError, PictureFormatError, PictureSizeError
        If an IDX or picture file is damaged or too large.
    FileNotFoundError
        If there is no such folder or file.
    ValueError, TypeError
        If an argument is not valid, or "test" is asked for and there is no such part.

    See Also
    --------
    load_mnist : Load MNIST, which is part of the package.
    read_idx : Read a single IDX file.
    skdigits.images.read_image : Read a single picture.

    Notes
    -----
    Fractions from 0 to 1 are multiplied by 255 and rounded. There is one array of all
    pixels in memory at a time, of one byte each; only while two parts are joined are there
    two.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skdigits.datasets import load_images
    >>> X, y = load_digits(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "digits.npz")
    ...     np.savez(path, X=X, y=y)
    ...     digits = load_images(path)
    >>> digits.images.shape, digits.data.dtype, digits.data_range
    ((1797, 8, 8), dtype('uint8'), (0, 16))
    """
    if subset not in _SUBSETS:
        allowed = ", ".join(f'"{name}"' for name in _SUBSETS)
        raise ValueError(f"subset must be one of {allowed}, got {subset!r}")
    check_max_bytes(max_bytes)
    check_image_shape(image_shape)
    framing = Framing(_as_size(resize), normalize, transposed)
    shape = None if image_shape is None else tuple(int(side) for side in image_shape)
    source = find_source(path, label_column)
    pieces = [
        _read_part(source, part, framing, max_bytes, shape, os.fspath(path))
        for part in _choose_parts(source, subset, os.fspath(path))
    ]
    images, labels = pieces[0] if len(pieces) == 1 else _join(pieces, os.fspath(path))
    data_range = find_data_range(images)
    if inverted:
        np.subtract(np.uint8(data_range[1]), images, out=images)
    data = images.reshape(len(images), -1)
    if return_X_y:
        if labels is None:
            raise DatasetFormatError(
                f"{path}: expected labels, found none. Use return_X_y=False to load the images"
            )
        return data, labels
    classes = None if labels is None else np.unique(labels)
    return Bunch(
        data=data,
        images=images,
        target=labels,
        feature_names=_name_pixels(images.shape[1:]),
        target_names=None if classes is None else classes.astype(str),
        data_range=data_range,
        DESCR=_describe(path, subset, images, classes),
    )


def read_pictures(
    path: str | os.PathLike[str], *, subset: str = "all"
) -> tuple[list[AnyArray], AnyArray]:
    """Read pictures with labels, each in its own size, for a Pipeline that frames them.

    Parameters
    ----------
    path : str or os.PathLike
        A folder with one sub-folder for each label, or any other path of `load_images`.
    subset : {"all", "train", "test"}, default="all"
        Which part to read of data that are divided.

    Returns
    -------
    images : list of ndarray, each of shape (height, width) or (height, width, 3)
        The pictures, of dtype uint8.
    labels : ndarray of shape (n_samples,)
        Their labels: int64 if all are whole numbers, otherwise str.

    Raises
    ------
    DatasetFormatError
        If the path holds no images with labels.
    """
    source = find_source(path, None)
    if not isinstance(source, ImageFolder):
        dataset = load_images(path, subset=subset)  # type: ignore[call-overload]
        if dataset.target is None:
            raise DatasetFormatError(f"{path}: expected labels, found none. Add them to the file")
        return list(dataset.images), dataset.target
    each = [
        picture
        for part in _choose_parts(source, subset, os.fspath(path))
        for picture in source.read_each(part)
    ]
    labels = to_labels([label for _, label in each], os.fspath(path))
    return [image for image, _ in each], labels


def find_source(path: str | os.PathLike[str], label_column: str | None) -> Source:
    """Recognise the format of a folder or file by its content.

    Parameters
    ----------
    path : str or os.PathLike
        The folder or file.
    label_column : str or None
        Column of the labels in a CSV file.

    Returns
    -------
    source : Source
        Its reader.

    Raises
    ------
    DatasetFormatError
        If it has none of the formats.
    FileNotFoundError
        If there is no such folder or file.
    """
    found = Path(path)
    if found.is_dir():
        return IdxPair(found) if _holds_idx(found) else ImageFolder(found)
    if not found.exists():
        raise FileNotFoundError(f"there is no folder or file {path}. Pass {_FORMATS}")
    if not found.is_file():
        raise DatasetFormatError(
            f"{path}: expected {_FORMATS}, found a pipe or device. Save its content in a file"
        )
    with found.open("rb") as file:
        start = file.read(8)
    if start.startswith(ZIP_MAGIC):
        return NpzFile(found)
    if count_axes(found):
        return IdxPair(found)
    if looks_like_table(found):
        return CsvFile(found, label_column)
    shown = f"a file that starts with the bytes {start.hex(' ')}" if start else "an empty file"
    if start.startswith((GZIP_MAGIC, XZ_MAGIC)):
        shown = "a compressed file that is damaged, or has none of these in it"
    raise DatasetFormatError(f"{path}: expected {_FORMATS}, found {shown}. Pass one of these")


def _holds_idx(folder: Path) -> bool:
    """Say whether a folder holds IDX files, and no folders."""
    files = [each for each in folder.iterdir() if not each.name.startswith(".")]
    return not any(each.is_dir() for each in files) and any(map(count_axes, files))


def _choose_parts(source: Source, subset: str, name: str) -> list[str]:
    """Choose the parts to read."""
    if subset == "test" and "test" not in source.parts:
        raise ValueError(
            f'{name} has no part for testing. Use subset="all", and hold out images with '
            "sklearn.model_selection.train_test_split"
        )
    if subset == "train" and source.parts == ["test"]:
        raise ValueError(f'{name} has no part for training. Use subset="test"')
    if subset == "all" or subset not in source.parts:
        return source.parts
    return [subset]


def _read_part(
    source: Source,
    part: str,
    framing: Framing,
    max_bytes: int,
    image_shape: tuple[int, ...] | None,
    name: str,
) -> tuple[AnyArray, AnyArray | None]:
    """Read a part as images of one size, with labels of one type."""
    pixels, labels = source.read(part, framing, max_bytes)
    if pixels.ndim == 0 or len(pixels) == 0:
        raise DatasetFormatError(f"{name}: expected images, found none. Check the file")
    if labels is not None:
        labels = to_labels(labels, name)
        if len(labels) != len(pixels):
            raise DatasetFormatError(
                f"{name}: expected as many labels as images, found "
                f"{counted(len(labels), 'label')} and {counted(len(pixels), 'image')}. Check that "
                "they belong together"
            )
    if isinstance(source, ImageFolder):
        return pixels, labels
    images = as_images(to_bytes(pixels, name), image_shape, name, _SHAPE_ADVICE)
    return framing.frame_all(images, name), labels


def _join(
    pieces: list[tuple[AnyArray, AnyArray | None]], name: str
) -> tuple[AnyArray, AnyArray | None]:
    """Put two parts together."""
    (train, train_labels), (test, test_labels) = pieces
    if train.shape[1:] != test.shape[1:]:
        raise DatasetFormatError(
            f"{name}: expected images of one shape, found {train.shape[1:]} for training and "
            f"{test.shape[1:]} for testing. Resize them, or load one part at a time"
        )
    images = np.concatenate([train, test])
    if train_labels is None or test_labels is None:
        return images, None
    both = [labels.astype(str) for labels in (train_labels, test_labels)]
    is_text = "U" in (train_labels.dtype.kind, test_labels.dtype.kind)
    return images, np.concatenate(both if is_text else [train_labels, test_labels])


def _as_size(resize: Any) -> tuple[int, int] | None:
    """Check the size to which images are resized."""
    if resize is None:
        return None
    sides = (resize, resize) if isinstance(resize, Integral) else tuple(resize)
    whole = all(isinstance(side, Integral) and not isinstance(side, bool) for side in sides)
    if len(sides) != 2 or not whole or min(sides) < 1:
        raise ValueError(
            "resize must be an int or a pair of int of at least 1, such as (28, 28), got "
            f"{resize!r}."
        )
    return int(sides[0]), int(sides[1])


def _name_pixels(shape: tuple[int, ...]) -> list[str]:
    """Name the values of an image by row, column and, in colour, channel."""
    return ["_".join(map(str, ("pixel", *place))) for place in np.ndindex(*shape)]


def _describe(
    path: str | os.PathLike[str], subset: str, images: AnyArray, classes: AnyArray | None
) -> str:
    """Describe where images are from, and what they are."""
    height, width = images.shape[1:3]
    part = "" if subset == "all" else f", subset {subset}"
    colours = "in colour" if images.ndim == 4 else "grey"
    labels = "no labels" if classes is None else counted(len(classes), "class")
    size = math.prod(images.shape) / 1e6
    return (
        f"Images from {os.fspath(path)}{part}\n\n{counted(len(images), 'image')} of {height} x "
        f"{width} pixels, {colours}, {labels}, {size:,.1f} MB.\n"
    )
