"""Memory of networks that nobody uses any more, given back before they pile up."""

from __future__ import annotations

import gc
import threading

import keras

#: Bytes of new networks after which Python is asked to look for old ones.
_LIMIT = 16 * 2**20
#: A weight in float32, and the two moments that most optimisers keep of it.
_BYTES_PER_WEIGHT = 12

_LOCK = threading.Lock()
_made = 0


def make_room(network: keras.Model) -> None:
    """Collect networks that are garbage, if enough have been made since the last time.

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
    # Who has switched the collector off wants to choose the time.
    if is_time and gc.isenabled():
        gc.collect()
