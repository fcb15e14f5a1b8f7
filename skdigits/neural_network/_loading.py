"""Load Keras and TensorFlow, if asked to without TensorFlow's messages."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

from ._engine._tensorflow import load_keras as load_keras
from ._engine._tensorflow import load_tensorflow


def load_quietly() -> None:
    """Load what trains networks, and keep what TensorFlow prints off the terminal.

    For a process that belongs to this package: a command, a worker. A log level of
    the user's stays. Some lines ignore that level and are written while TensorFlow
    loads, below Python, so the error stream itself is turned away for that time.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _diverted_stderr():
        load_tensorflow()
        from . import _fitting  # noqa: F401 - what trains networks


@contextlib.contextmanager
def _diverted_stderr() -> Iterator[None]:
    """Turn the process's error stream into a file, and show that if something fails."""
    if sys.stderr is not None:
        sys.stderr.flush()
    with tempfile.TemporaryFile() as diverted:
        kept = os.dup(2)
        os.dup2(diverted.fileno(), 2)
        try:
            yield
        except Exception:
            diverted.seek(0)
            os.write(kept, diverted.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
