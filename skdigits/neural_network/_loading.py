"""TensorFlow on first use."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def load_tensorflow() -> None:
    """Load Keras and TensorFlow with the garbage collector paused.

    What they make while they load lives as long as the process: to look through it
    again and again takes time and frees nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        importlib.import_module("keras")
        importlib.import_module("tensorflow")
    finally:
        if was_enabled:
            gc.enable()


def load_quietly() -> None:
    """Load what trains networks, and keep what TensorFlow prints off the terminal.

    For a process that belongs to this package: a command, a worker. A log level of
    the user's stays. Some lines ignore that level and are written while TensorFlow
    loads, below Python, so the error stream itself is turned away for that time.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _diverted_stderr():
        load_tensorflow()
        importlib.import_module("skdigits.neural_network._fitting")


@contextmanager
def _diverted_stderr() -> Iterator[None]:
    """Turn the process's error stream into a file, and show that if something fails."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as diverted:
        kept = os.dup(2)
        os.dup2(diverted.fileno(), 2)
        try:
            yield
        except BaseException:
            diverted.seek(0)
            os.write(kept, diverted.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
