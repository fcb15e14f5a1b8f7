"""Measure the memory that reading large pictures takes, for each format.

The included pipeline reads each picture in a new process, as ``skdigits demo`` does. The program
prints by how much the process grows at most. It runs on Linux only.

    python examples/benchmarks/measure_picture_memory.py

takes some minutes and two gigabytes of memory.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 8_130, 6_100

#: Reads one picture, and prints by how many bytes the process grew.
READ = """
import sys
from contextlib import suppress
from pathlib import Path
from skdigits import load_pretrained
from skdigits.images import predict_digits, read_image
import numpy as np

def size(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

model = load_pretrained()
page = np.full((60, 80), 250, np.uint8)
page[10:50, 30:34] = 20
predict_digits(model, page, segment=True)
before = size("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
picture = read_image(sys.argv[1], max_pixels=50_000_000)
with suppress(ValueError):  # where no digits are found
    predict_digits(model, picture, segment=True)
print(size("VmHWM") - before)
"""


def photograph(channels: int) -> np.ndarray:
    """Make a picture of paper with some digits' strokes, and a little noise."""
    rows = np.random.RandomState(0).randint(225, 250, (HEIGHT, 1, 1), dtype=np.uint8)
    picture = np.repeat(np.repeat(rows, WIDTH, axis=1), channels, axis=2)
    for left in range(600, 6_000, 900):
        picture[2_000:3_200, left : left + 90] = 30
    if channels == 4:
        picture[..., 3] = 255
    return picture


def save_16_bits(path: Path) -> None:
    """Save 16 bits a channel with alpha, which Pillow does not write."""
    import struct
    import zlib

    wide = photograph(4).astype(">u2") * 257
    lines = np.zeros((HEIGHT, 1 + WIDTH * 8), np.uint8)
    lines[:, 1:] = wide.view(np.uint8).reshape(HEIGHT, -1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 6, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(lines.tobytes(), 1))]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b""))


def save(channels: int, **options: object) -> Callable[[Path], None]:
    """Make what saves a picture by Pillow."""
    return lambda path: Image.fromarray(photograph(channels)).save(path, **options)


def turned() -> Image.Exif:
    """Say that a camera was held upright, as many photographs do."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def save_noise(path: Path) -> None:
    """Save a smaller picture of nothing but noise, which no copy makes smaller."""
    noise = np.random.RandomState(0).randint(0, 256, (2_500, 2_500), dtype=np.uint8)
    Image.fromarray(noise).save(path)


PICTURES = {
    "PNG, 8 bits with alpha": ("a.png", save(4, compress_level=1)),
    "PNG, 16 bits with alpha": ("b.png", save_16_bits),
    "JPEG, to be turned": ("c.jpg", save(3, exif=turned())),
    "JPEG, progressive, the same": ("d.jpg", save(3, progressive=True, exif=turned())),
    "WebP": ("e.webp", save(3, method=0)),
    "AVIF": ("f.avif", save(3, speed=10)),
    "PNG, noise, 2,500 x 2,500": ("g.png", save_noise),
}


def main() -> None:
    """Measure each format."""
    with tempfile.TemporaryDirectory() as folder:
        for kind, (name, write) in PICTURES.items():
            path = Path(folder) / name
            write(path)
            grown = subprocess.run(
                [sys.executable, "-c", READ, path], stdout=subprocess.PIPE, text=True, check=True
            )
            print(f"{kind:28}{int(grown.stdout) / 1e6:6.0f} MB", flush=True)


if __name__ == "__main__":
    main()
