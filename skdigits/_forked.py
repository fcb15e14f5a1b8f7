"""Whether this process was forked from one that had loaded TensorFlow."""

from __future__ import annotations

import os
import sys

_is_inherited = False


def inherits_tensorflow() -> bool:
    """Whether this process was forked after TensorFlow had been loaded.

    Returns
    -------
    inherits : bool
        If so, TensorFlow would wait for threads that only the parent has. Known only of forks
        after skdigits was imported.
    """
    return _is_inherited


def _begin_in_child() -> None:
    """Look in a forked child at what its parent had loaded."""
    global _is_inherited
    _is_inherited = "tensorflow" in sys.modules


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
