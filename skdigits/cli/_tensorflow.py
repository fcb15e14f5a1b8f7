"""Start TensorFlow without its chatter on the user's terminal."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ..neural_network._loading import load_tensorflow


def load_quietly() -> None:
    """Load TensorFlow for this command, and keep what it prints off the terminal.

    The command owns its process, so it may set TensorFlow's log level; a value of
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
