"""How images of any size become images of one size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skdigits._typing import AnyArray
from skdigits.exceptions import DatasetFormatError
from skdigits.preprocessing import MNISTNormalizer

from ._values import rearrange, resize, rows_at_a_time


class Framing(NamedTuple):
    """What is done to each image as it is read.

    Parameters
    ----------
    size : tuple of int or None, default=None
        Height and width to resize images to.
    normalize : bool, default=False
        Whether to frame images like MNIST's.
    transposed : bool, default=False
        Whether rows and columns are exchanged in the files.
    """

    size: tuple[int, int] | None = None
    normalize: bool = False
    transposed: bool = False

    def frame(self, image: AnyArray, name: str) -> AnyArray:
        """Frame one image of its own size.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width) or (height, width, 3)
            The image.
        name : str
            Its file, for the errors.

        Returns
        -------
        framed : ndarray of uint8
            The image in its new size.
        """
        image = image.swapaxes(0, 1) if self.transposed else image
        framed: AnyArray = self._frame_block(image[np.newaxis], name, 0)[0]
        return framed

    def frame_all(self, images: AnyArray, name: str) -> AnyArray:
        """Frame images of one size, block by block.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, height, width) or (n, height, width, 3)
            The images.
        name : str
            Their file, for the errors.

        Returns
        -------
        framed : ndarray of uint8
            Their memory, unless they get another size.
        """
        if self.transposed:
            images = rearrange(images, lambda block: block.swapaxes(1, 2))
        if not self.normalize and self.size is None:
            return images
        step = rows_at_a_time(images[0].size)
        framed = np.empty(0, np.uint8)
        for start in range(0, len(images), step):
            block = self._frame_block(images[start : start + step], name, start)
            if start == 0:
                framed = np.empty((len(images), *block.shape[1:]), np.uint8)
            framed[start : start + len(block)] = block
        return framed

    def _frame_block(self, images: AnyArray, name: str, start: int) -> AnyArray:
        """Frame a block of images of one size."""
        if self.normalize:
            framed = MNISTNormalizer(handle_blank="zeros").transform(images)
            blank = np.flatnonzero(~framed.any(axis=(1, 2)))
            if len(blank):
                which = f", image {start + blank[0] + 1}" if len(images) > 1 else ""
                raise DatasetFormatError(
                    f"{name}{which}: expected ink, found a blank image. Remove it, or read the "
                    "images without normalize"
                )
            images = framed
        return images if self.size is None else resize(images, self.size)
