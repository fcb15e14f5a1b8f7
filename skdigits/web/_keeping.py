"""Keep images with the labels that the user gives them, in a folder that the user named."""

from __future__ import annotations

import hashlib
import re
import shlex
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import make_subfolder, write_whole
from .._plurals import counted
from ..exceptions import BlankPictureError
from ._answers import read_picture
from ._limits import Limits
from ._request_errors import RequestError

if TYPE_CHECKING:
    from .._typing import AnyArray, ProbabilisticClassifier

#: Larger pictures are reduced until their longer side has at most this many pixels.
_LONGEST = 1024
#: Digits of the digest in a file's name: no two of the images that may be kept share so many.
_NAME_LENGTH = 16
#: Labels that every system accepts as the name of a folder: Windows has names of its own, and
#: Linux takes 255 bytes, up to 4 for each letter.
_FOLDER_NAME = re.compile(
    r"(?![. ]|(?i:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z))"
    r"[^\x00-\x1f\x7f<>:\"/\\|?*]{1,60}(?<![. ])"
)


class Keeper:
    """Keeps each image once, as a PNG file in a sub-folder of its label.

    Parameters
    ----------
    folder : pathlib.Path
        The folder. It is created with the first image.
    limits : Limits
        Limits of pictures and of the number of images.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._lock = threading.Lock()

    def keep(
        self,
        content: bytes,
        model: ProbabilisticClassifier,
        *,
        digit: int | None,
        label: str | None,
    ) -> dict[str, Any]:
        """Keep an image under a label, or keep it no longer.

        Parameters
        ----------
        content : bytes
            A picture file.
        model : Pipeline
            The model that has read it.
        digit : int or None
            Position among the digits that the model finds if there may be several; None for a
            picture of one digit, which is kept whole.
        label : str or None
            One of the model's classes. An image that was kept under another one is moved. None
            to remove it.

        Returns
        -------
        kept : dict
            Ready for JSON: the ``file``, or None if it was removed; how many ``images`` there
            are; and the command that lets a network ``learn`` from them.

        Raises
        ------
        RequestError
            If the picture cannot be read, the label is not one of the classes or not the name
            of a folder, or too many images are kept.
        """
        from ..images._classify import class_labels
        from ..images._write import encode_png

        labels = [str(each) for each in class_labels(model)]
        if label is not None and label not in labels:
            raise RequestError(422, f"Expected a label among {labels}, found {label[:80]!r}.")
        if label is not None and not _FOLDER_NAME.fullmatch(label):
            raise RequestError(
                422, f"The label {label[:80]!r} cannot be the name of a folder. Train the model "
                "with other labels."
            )  # fmt: skip
        image = _cut_out(model, read_picture(content, self._limits), digit)
        digest = hashlib.sha256(image.tobytes() + str(image.shape).encode()).hexdigest()
        name = f"{digest[:_NAME_LENGTH]}.png"
        try:
            with self._lock:
                return self._put(name, encode_png(image), labels, label)
        except OSError as error:
            raise RequestError(
                507, f"The image could not be kept in {self._folder} ({error.strerror}). Make the "
                "folder writable, or free some space."
            ) from error  # fmt: skip

    def _put(
        self, name: str, content: bytes, labels: list[str], label: str | None
    ) -> dict[str, Any]:
        """Write an image, unless it is there, and remove it from the folders of other labels."""
        folders = [self._folder / each for each in labels if _FOLDER_NAME.fullmatch(each)]
        target = None if label is None else self._folder / label / name
        others = [folder / name for folder in folders if folder / name != target]
        is_new = not any((folder / name).is_file() for folder in folders)
        n_images = sum(1 for folder in folders for _ in folder.glob("*.png"))
        if target is not None:
            if is_new and n_images >= self._limits.kept_images:
                raise RequestError(
                    507, f"{self._folder} has {counted(n_images, 'image')}, and at most "
                    f"{self._limits.kept_images:,} are kept. Start skdigits demo with another "
                    "folder."
                )  # fmt: skip
            self._make_folder(target.parent, folders)
            if not target.is_file():
                write_whole(target, lambda unfinished: unfinished.write_bytes(content))
        for other in others:
            other.unlink(missing_ok=True)
        return {
            "file": None if target is None else str(target),
            "images": sum(1 for folder in folders for _ in folder.glob("*.png")),
            "learn": f"skdigits train --from default --data {shlex.quote(str(self._folder))}",
        }

    def _make_folder(self, wanted: Path, folders: list[Path]) -> None:
        """Make the folder of a label, which must be a folder of its own in the named one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            make_subfolder(self._folder, wanted.name)
        except OSError as error:
            raise RequestError(507, f"{self._folder}: {error.strerror}.") from error
        for other in folders:
            if other != wanted and other.exists() and other.samefile(wanted):
                raise RequestError(
                    507, f"The labels {wanted.name!r} and {other.name!r} have the same folder on "
                    "this disk. Start skdigits demo with a folder on a disk that distinguishes "
                    "them."
                )  # fmt: skip


def _cut_out(model: ProbabilisticClassifier, image: AnyArray, digit: int | None) -> AnyArray:
    """Cut out a digit in dark ink, or take a whole picture of one, in grey."""
    from ..images import predict_digits
    from ..images._classify import find_polarity
    from ..images._reading import read_digits
    from ..images._segment import check_image

    try:
        if digit is None:
            predict_digits(model, image)
            return _grey(image)
        readings = read_digits(model, check_image(image), find_polarity(model, "auto"))
    except BlankPictureError as error:
        raise RequestError(422, "There is no ink in this picture, or too little.") from error
    except (TypeError, ValueError) as error:
        raise RequestError(422, f"{error}") from error
    if digit >= len(readings):
        raise RequestError(
            422, f"Expected a digit from 0 to {len(readings) - 1}, found {digit}."
        )  # fmt: skip
    # Bright on a ground of exactly 0; on paper, ink is dark.
    dark: AnyArray = 255 - readings[digit].picture
    return dark


def _grey(image: AnyArray) -> AnyArray:
    """Convert a picture to grey, reduced if it is large; black stays black."""
    from .._image import reduction_factor, shrink, to_grey
    from ..images._segment import check_image

    image = check_image(image)
    grey = to_grey(shrink(image, reduction_factor(image.shape, _LONGEST))[np.newaxis])[0]
    grey = grey - min(grey.min(), 0)
    pixels: AnyArray = np.rint(grey * (255 / max(grey.max(), 1e-6))).astype(np.uint8)
    return pixels
