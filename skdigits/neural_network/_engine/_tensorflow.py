"""TensorFlow and Keras in this process: loaded on first use, their threads and their memory."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import multiprocessing
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ..._forked import inherits_tensorflow
from ...exceptions import ForkedProcessError, KerasBackendError

if TYPE_CHECKING:
    import keras

#: Bytes of new networks after which Python is asked to look for old ones.
_LIMIT = 16 * 2**20
#: A weight in float32, and the two moments that most optimisers keep of it.
_BYTES_PER_WEIGHT = 12

#: Held while a network is built, or what predicts with it. Reentrant, as the building of a network
#: may load another or predict with it; and only one, as two could be taken in different orders.
BUILD_LOCK = threading.RLock()
# A child inherits a lock that another thread holds as held, and would wait for ever.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=BUILD_LOCK.acquire,
        after_in_parent=BUILD_LOCK.release,
        after_in_child=BUILD_LOCK.release,
    )

_LOCK = threading.Lock()
_made = 0
_is_quiet = False


def load_tensorflow() -> None:
    """Load Keras with TensorFlow, with the garbage collector paused.

    What they make while they load lives as long as the process: to look through it
    again and again takes time and frees nothing.

    Raises
    ------
    KerasBackendError
        If Keras is set to compute with something else.
    ForkedProcessError
        If this process was forked from one that had loaded TensorFlow.
    """
    refuse_inherited_tensorflow()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        load_keras()
    finally:
        if was_enabled:
            gc.enable()


def keep_tensorflow_quiet() -> None:
    """Keep what TensorFlow prints off the terminal, should it be loaded later.

    For a process that belongs to this package. A log level of the user's stays. Some lines
    ignore that level and are written while TensorFlow loads, below Python, so the error stream
    itself is turned away for that time.
    """
    global _is_quiet
    _is_quiet = True
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


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


def refuse_inherited_tensorflow() -> None:
    """Refuse to use TensorFlow where it would wait for threads that only the parent has.

    Raises
    ------
    ForkedProcessError
        If this process was forked from one that had loaded TensorFlow.
    """
    if inherits_tensorflow():
        raise ForkedProcessError(
            "TensorFlow does not work in a process that was forked after TensorFlow had been "
            "loaded, and would hang. Start the process with the 'spawn' or 'forkserver' "
            "method, as in multiprocessing.get_context('spawn'), or fork before the first fit."
        )


def load_keras() -> None:
    """Load Keras, if it computes with TensorFlow.

    Raises
    ------
    KerasBackendError
        If it is set to compute with something else.
    """
    is_first = "tensorflow" not in sys.modules
    with _diverted_stderr() if _is_quiet and is_first else contextlib.nullcontext():
        found = _import_keras().config.backend()
        if found == "tensorflow":
            importlib.import_module("tensorflow")
    if found != "tensorflow":
        raise _wrong_backend(found)


def _import_keras() -> ModuleType:
    """Import Keras, and explain an error that comes from another backend."""
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
        f"skdigits needs Keras with the TensorFlow backend, found {found}. Set the environment "
        "variable KERAS_BACKEND=tensorflow before Python starts, or in the first line of the "
        'program: import os; os.environ["KERAS_BACKEND"] = "tensorflow"'
    )


def respect_share_of_cores() -> None:
    """Keep TensorFlow's thread pools to the share of cores that a worker process has.

    joblib and Dask tell their workers their share by ``OMP_NUM_THREADS``, which
    TensorFlow does not read: every worker would start as many threads as the
    machine has cores. Nothing changes in a process that is not a worker, where
    TensorFlow has its own variables set, or where it has begun to work.
    """
    import tensorflow as tf

    share = os.environ.get("OMP_NUM_THREADS", "")
    if multiprocessing.parent_process() is None or not share.isdecimal():
        return
    if {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & os.environ.keys():
        return
    # TensorFlow refuses once its pools have started.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(int(share))
        tf.config.threading.set_inter_op_parallelism_threads(int(share))


def collect_old_networks(network: keras.Model) -> None:
    """Give back the memory of unused networks, if enough have been made since the last time.

    Keras' networks are cycles of references. Python looks for such cycles when it has
    many new objects; a network is few objects with many bytes, and dozens would wait.

    Parameters
    ----------
    network : keras.Model
        A new one.
    """
    global _made
    with _LOCK:
        _made += _BYTES_PER_WEIGHT * network.count_params()
        is_time = _made >= _LIMIT
        if is_time:
            _made = 0
    # A user who has switched the collector off wants to choose the time.
    if is_time and gc.isenabled():
        gc.collect()
