"""Write an image as the content of a picture file."""

from __future__ import annotations

import io

from .._typing import AnyArray


def encode_png(image: AnyArray) -> bytes:
    """Encode a grey image.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Pixels of dtype uint8.

    Returns
    -------
    content : bytes
        A PNG file.
    """
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(image).save(content, "PNG", optimize=True)
    return content.getvalue()
