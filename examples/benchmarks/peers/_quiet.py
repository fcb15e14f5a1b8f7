"""Wait until nothing else keeps the processor busy."""

from __future__ import annotations

import time

import psutil

QUIET = 10.0  # percent of all cores
_INTERVAL = 0.5  # long enough for the threads of the side before to fall asleep


def wait_until_quiet(patience: float) -> float:
    """Wait for a quiet machine, but not for ever.

    Two threads that wait for each other, as torch's do at every layer, can become
    many times slower when a third one wants a core.

    Parameters
    ----------
    patience : float
        Seconds after which to go on in any case.

    Returns
    -------
    busy : float
        How busy the processor was at the end, in percent.
    """
    begin = time.monotonic()
    while True:
        busy = psutil.cpu_percent(_INTERVAL)
        if busy <= QUIET or time.monotonic() - begin >= patience:
            return busy
