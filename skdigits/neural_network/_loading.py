"""TensorFlow on first use."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from ..exceptions import KerasBackendError


def load_tensorflow() -> None:
    """Load Keras and TensorFlow with the garbage collector paused.

    What they make while they load lives as long as the process: to look through it
    again and again takes time and frees nothing.

    Raises
    ------
    KerasBackendError
        If Keras is set to compute with something else.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        load_keras()
        importlib.import_module("tensorflow")
    finally:
        if was_enabled:
            gc.enable()


def load_keras() -> None:
    """Load Keras, if it computes with TensorFlow.

    Raises
    ------
    KerasBackendError
        If it is set to compute with something else.
    """
    found = _import_keras().config.backend()
    if found != "tensorflow":
        raise _wrong_backend(found)


def _import_keras() -> ModuleType:
    """Import Keras; what it lacks for another backend is no fault of the installation."""
    try:
        return importlib.import_module("keras")
    except (ImportError, ValueError) as error:
        chosen = os.environ.get("KERAS_BACKEND") or _configured_backend()
        if chosen in (None, "tensorflow"):
            raise
        raise _wrong_backend(chosen) from error


def _configured_backend() -> str | None:
    """Read which backend Keras' own file of settings names."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        settings = json.loads((home / "keras.json").read_text("utf-8"))
        return str(settings["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _wrong_backend(found: str) -> KerasBackendError:
    """Say how to let Keras compute with TensorFlow."""
    return KerasBackendError(
        f"skdigits needs Keras to compute with tensorflow, found {found}. Set the environment "
        "variable KERAS_BACKEND=tensorflow before Python starts, or in the first line of the "
        'program: import os; os.environ["KERAS_BACKEND"] = "tensorflow"'
    )


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
