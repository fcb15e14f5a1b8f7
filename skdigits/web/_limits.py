"""The limits of the page's server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one request, and of all requests together.

    Parameters
    ----------
    body_bytes : int
        Maximum size of a picture file.
    total_bytes : int
        Maximum size of all picture files that are being received, waiting or read.
    pixels : int
        Maximum number of pixels of a picture. While it is read, a pixel takes 7 to 16 bytes,
        depending on the file format: 350 to 800 MB for the largest picture.
    elongation : int
        Maximum ratio of the longer side to the shorter one. Handwriting is not as elongated,
        and the memory that is needed grows with the square of the longer side.
    digits : int
        Maximum number of digits on a picture.
    body_seconds : float
        Maximum time for receiving a picture file.
    wait_seconds : float
        Maximum time for which a picture waits until it is read.
    at_once : int
        Number of pictures that are read at the same time.
    requests : int
        Maximum number of requests at the same time, including those that wait.
    url_bytes : int
        Maximum length of an address.
    kept_images : int
        Maximum number of images in the folder of ``--keep``.
    """

    body_bytes: int = 20_000_000
    total_bytes: int = 120_000_000
    pixels: int = 50_000_000
    elongation: int = 50
    digits: int = 200
    body_seconds: float = 20.0
    wait_seconds: float = 30.0
    at_once: int = 2
    requests: int = 256
    url_bytes: int = 2_000
    kept_images: int = 10_000
