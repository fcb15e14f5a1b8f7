"""What the page's server refuses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one request, and of all together.

    Parameters
    ----------
    body_bytes : int
        Largest picture file.
    total_bytes : int
        Bytes of all pictures that are being received, waiting or read at a time.
    pixels : int
        Largest picture, once decoded. While it is read, a pixel takes 7 to 16 bytes, by the
        format of the file: 350 to 800 MB for the largest.
    elongation : int
        How many times longer the longer side may be than the other: no writing is like that,
        and what is made of a picture grows with the square of its longer side.
    digits : int
        Most digits of one picture.
    body_seconds : float
        Time for a whole picture file to arrive.
    wait_seconds : float
        Longest wait for others' pictures to be read.
    at_once : int
        Pictures that are read at a time.
    requests : int
        Requests that are being answered at a time, those that wait included.
    url_bytes : int
        Longest address.
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
