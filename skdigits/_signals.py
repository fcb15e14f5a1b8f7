"""Signals that end a program: Ctrl-C, SIGTERM, and the terminal that is closed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Windows has no SIGHUP.
_ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
CAN_BLOCK = hasattr(signal, "pthread_sigmask")  # not on Windows


@contextmanager
def signals_interrupt(*, for_good: bool) -> Iterator[list[int]]:
    """Have each of the signals do what Ctrl-C does, and only the first of them.

    Parameters
    ----------
    for_good : bool
        Whether the process ends afterwards: after a signal the others are ignored until then.

    Yields
    ------
    came : list of int
        The signal that came, if one did; it raised KeyboardInterrupt.
    """
    came: list[int] = []

    def interrupt(number: int, _: object) -> None:
        # A second one would break off the cleaning up.
        if not came:
            came.append(number)
            raise KeyboardInterrupt

    before = {}
    for number in _handled_here():
        before[number] = signal.signal(number, interrupt)
    try:
        yield came
    finally:
        for number, handler in before.items():
            # While it ends, Python goes back to being ended by what it does not ignore.
            signal.signal(number, signal.SIG_IGN if for_good and came else handler)


@contextmanager
def signals_put_off() -> Iterator[None]:
    """Have what Python does at the signals take effect at the end."""
    handlers = {number: signal.getsignal(number) for number in _handled_here()}
    handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    came: list[tuple[Any, ...]] = []
    for number in handlers:
        signal.signal(number, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            handlers[came[0][0]](*came[0])  # type: ignore[operator, misc]  # they are callable


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Block the signals; for the processes and threads that are started meanwhile, for ever."""
    if not CAN_BLOCK:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_signals() -> None:
    """Leave the signals to the process that has started this one."""
    for number in _handled_here():
        signal.signal(number, signal.SIG_IGN)


def _handled_here() -> list[int]:
    """List the signals that this thread may handle, without those that are ignored by wish."""
    if threading.current_thread() is not threading.main_thread():
        return []
    return [number for number in _ENDING if signal.getsignal(number) not in (None, signal.SIG_IGN)]
