"""Load Keras and TensorFlow, if asked to without TensorFlow's messages."""

from __future__ import annotations

from ._engine._tensorflow import keep_tensorflow_quiet as keep_tensorflow_quiet
from ._engine._tensorflow import load_keras as load_keras
from ._engine._tensorflow import load_tensorflow


def load_quietly() -> None:
    """Load what trains networks, and keep what TensorFlow prints off the terminal.

    For a process that belongs to this package: a command, a worker.
    """
    keep_tensorflow_quiet()
    load_tensorflow()
    from . import _fitting  # noqa: F401 - what trains networks
