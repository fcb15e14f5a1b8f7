"""Tasks: seconds and memory of ``skdigits predict`` and ``skdigits demo`` in a new process."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from skdigits import load_mnist

from ._new_process import start_process

_ENLARGED = 10  # pixels of the file for each of MNIST


def start(side: ModuleType, *, architecture: None, command: str) -> Callable[[bool], dict]:
    """Write a test image as a file, in dark ink and enlarged."""
    folder = TemporaryDirectory()
    path = Path(folder.name, "one.png")
    image = load_mnist(subset="test", return_X_y=True)[0][0].reshape(28, 28)
    Image.fromarray(np.kron(255 - image, np.ones((_ENLARGED, _ENLARGED), np.uint8))).save(path)

    def measure(first: bool, folder: TemporaryDirectory = folder) -> dict[str, float]:
        return {"predict": _predict, "demo": _demo}[command](path)

    return measure


def _predict(path: Path) -> dict[str, float]:
    """Run ``skdigits predict ONE.png`` until it has ended."""
    with start_process("-m", "skdigits", "predict", str(path)) as process:
        process.end()
        return {"seconds": process.seconds()}


def _demo(path: Path) -> dict[str, float]:
    """Run ``skdigits demo`` until the page is there, and until it has read an image."""
    with start_process("-m", "skdigits", "demo", "--no-browser", "--port", "0") as process:
        line = process.read_line()
        address = urlsplit(line.split()[2])
        _answer(address.netloc, "GET", "/")
        page = process.seconds()
        read = json.loads(_answer(address.netloc, "POST", "/api/read", path.read_bytes()))
        label = process.seconds()
        if not read["models"][0]["text"]:
            raise ValueError(f"no digit in {read}")
        return {
            "seconds until the page": page,
            "seconds until the first label": label,
        } | process.memory()


def _answer(netloc: str, method: str, route: str, body: bytes | None = None) -> bytes:
    """Request once, and read the answer."""
    connection = HTTPConnection(netloc)
    try:
        connection.request(method, route, body, {"content-type": "image/png"} if body else {})
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {route}: {response.status} {content[:80]!r}")
        return content
    finally:
        connection.close()
