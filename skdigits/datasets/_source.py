"""What the readers of the formats have in common."""

from __future__ import annotations

from typing import NamedTuple

from skdigits._plurals import counted
from skdigits._typing import AnyArray
from skdigits.exceptions import DatasetFormatError

from ._framing import Framing


class Labelled(NamedTuple):
    """Images with their labels, as they are in a file.

    Parameters
    ----------
    pixels : ndarray of shape (n_samples, ...)
        The pixels, of any type and shape.
    labels : ndarray of shape (n_samples,) or None
        The labels; None if there are none.
    """

    pixels: AnyArray
    labels: AnyArray | None


class Source:
    """A folder or a file of images in one of the formats."""

    #: "train" and "test", or "" for all images if they are not divided.
    parts: list[str]

    def read(self, part: str, framing: Framing, max_bytes: int) -> Labelled:
        """Read a part.

        Parameters
        ----------
        part : str
            One of `parts`.
        framing : Framing
            How images become images of one size.
        max_bytes : int
            Largest size of their pixels in bytes.

        Returns
        -------
        images : Labelled
            New arrays.

        Raises
        ------
        DatasetFormatError
            If they cannot be read.
        """
        raise NotImplementedError


def check_size(n_bytes: int, max_bytes: int, name: str) -> None:
    """Refuse more pixels than allowed, before there is memory for them."""
    if n_bytes > max_bytes:
        raise DatasetFormatError(
            f"{name}: expected at most {counted(max_bytes, 'byte')} of pixels, found "
            f"{counted(n_bytes, 'byte')}. Pass max_bytes={n_bytes} to load_images if you trust it "
            "and have the memory, or resize the images"
        )
