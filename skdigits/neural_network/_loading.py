"""TensorFlow on first use."""

from __future__ import annotations

import gc
import importlib


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
