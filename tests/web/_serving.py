"""Servers of the page, in a thread and in a process, and pictures to ask them about."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

# Where these are missing, each file that imports this one is skipped.
anyio = pytest.importorskip("anyio", reason="needs the extra web")
httpx = pytest.importorskip("httpx", reason="needs the extra test")
uvicorn = pytest.importorskip("uvicorn", reason="needs the extra web")
web = pytest.importorskip("skdigits.web", reason="needs the extra web")


@contextmanager
def served(models, limits=None, **options):
    """Serve in a thread, as the command does, and give a client."""
    with web.open_socket(0) as listening:
        port = listening.getsockname()[1]
        server = uvicorn.Server(web.configure(models, limits, **options))
        thread = threading.Thread(target=server.run, args=[[listening]])
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            # No proxy of the environment stands between a machine and itself.
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False
            ) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


class Command:
    """``skdigits demo`` in a process of its own, from its start to its end.

    The address is None if the process ended without giving one.
    """

    def __init__(self, *words, **environment):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "skdigits", "demo", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )

    def __enter__(self):
        self.line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", self.line)
        self.address = found and found[0]
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def interrupt(self, number=signal.SIGINT):
        """Press Ctrl-C, or send another signal; give the status, and what else was printed."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


def to_file(pixels, kind="PNG"):
    """Give the bytes of a picture file."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, kind)
    return file.getvalue()


def draw(*lines, shape=(120, 160), width=9):
    """Draw straight strokes, each from (x, y) to (x, y), in black on white."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    picture = np.full(shape, 255, np.uint8)
    for (x0, y0), (x1, y1) in lines:
        along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
        along = np.clip(along, 0, 1)
        away = np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))
        picture[away < width / 2] = 0
    return picture


SEVEN = ((50, 25), (105, 25)), ((105, 25), (70, 100))
ONE_BESIDE = ((130, 25), (130, 100))


def ask(client, content, kind="image/png", **options):
    """Ask what is written on a picture."""
    return client.post(
        "/api/read", content=content, headers={"content-type": kind}, params=options
    )
