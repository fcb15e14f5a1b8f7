"""Signals that end a program and its worker processes: Ctrl-C, SIGTERM, a closed terminal."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Windows has no SIGHUP.
_ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
CAN_BLOCK = hasattr(signal, "pthread_sigmask")  # not on Windows
#: Seconds after a signal during which another signal does not interrupt the clean-up.
_GRACE = 5.0
#: Seconds after which a signal is sent again whose error was lost.
_AGAIN = 0.05
#: Seconds between two checks whether the parent process still runs.
_PAUSE = 1.0


@contextmanager
def signals_interrupt(*, for_good: bool) -> Iterator[list[int]]:
    """Raise KeyboardInterrupt at each of the signals, unless one comes soon after another.

    Parameters
    ----------
    for_good : bool
        Whether the process ends afterwards; then further signals do not disturb its end.

    Yields
    ------
    came : list of int
        The signals that have come, without the ignored ones; each raised KeyboardInterrupt with
        its number.
    """
    came: list[int] = []
    heard = 0.0

    def interrupt(number: int, _: object) -> None:
        nonlocal heard
        # The clean-up may hang, so later signals count.
        if not came or time.monotonic() >= heard + _GRACE:
            heard = time.monotonic()
            came.append(number)
            raise KeyboardInterrupt(number)

    def end(number: int, _: object) -> None:
        if time.monotonic() >= heard + _GRACE:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    def ignore() -> None:
        # At the very end Python restores the default handlers, except of ignored signals.
        if came and time.monotonic() < heard + _GRACE:
            for number in before:
                signal.signal(number, signal.SIG_IGN)

    before = {number: signal.signal(number, interrupt) for number in _handled_here()}
    if for_good:
        # It runs after the functions that are registered later, which may hang.
        atexit.register(ignore)
    try:
        with _sent_again_if_lost(came):
            yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, end if for_good and came else handler)


@contextmanager
def _sent_again_if_lost(came: list[int]) -> Iterator[None]:
    """Send a signal again if Python ignored its error, as it does in __del__ and in callbacks."""

    def send_again(lost: sys.UnraisableHookArgs) -> None:
        if came and isinstance(lost.exc_value, KeyboardInterrupt):
            threading.Timer(_AGAIN, _send_to_main_thread, [came.pop()]).start()
        else:
            hook(lost)

    hook, sys.unraisablehook = sys.unraisablehook, send_again
    try:
        yield
    finally:
        if sys.unraisablehook is send_again:
            sys.unraisablehook = hook


def _send_to_main_thread(number: int) -> None:
    """Send a signal, also to a main thread that waits in a system call."""
    thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and thread is not None:  # not on Windows
        signal.pthread_kill(thread, number)
    else:
        signal.raise_signal(number)


@contextmanager
def signals_put_off() -> Iterator[None]:
    """Delay Python's handlers of the signals until the end of the context."""
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
    """Block the signals; processes and threads started meanwhile keep them blocked."""
    if not CAN_BLOCK:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def work_for(starter: int) -> None:
    """Make this process ignore the signals and end with its parent process.

    Programs that it starts, and processes that it forks, are ended by the signals as usual.

    Parameters
    ----------
    starter : int
        ID of the parent process.
    """
    threading.Thread(target=_end_after, args=(starter,), daemon=True).start()
    handled = _handled_here()
    for number in handled:
        # Ignored or blocked signals would be ignored or blocked in the programs too.
        signal.signal(number, _do_nothing)
    if CAN_BLOCK:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        _give_back_in_forks(handled)


def _do_nothing(number: int, frame: object) -> None:
    """Handle a signal by doing nothing: the parent process handles it."""


def _end_after(starter: int) -> None:
    """End this process when its parent process has ended."""
    while os.getppid() == starter:
        time.sleep(_PAUSE)
    os._exit(1)


def _give_back_in_forks(numbers: list[int]) -> None:
    """Restore the default handlers in forked processes, before any signal can arrive."""
    of_thread = threading.local()

    def block() -> None:
        of_thread.mask = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)

    def unblock() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, of_thread.mask)

    def give_back() -> None:
        for number in numbers:
            # Handlers that the task itself has set stay.
            if signal.getsignal(number) is _do_nothing:
                signal.signal(number, signal.SIG_DFL)
        unblock()

    os.register_at_fork(before=block, after_in_parent=unblock, after_in_child=give_back)


def _handled_here() -> list[int]:
    """List the signals that this thread can handle, without those that the user ignores."""
    if threading.current_thread() is not threading.main_thread():
        return []
    return [number for number in _ENDING if signal.getsignal(number) not in (None, signal.SIG_IGN)]
