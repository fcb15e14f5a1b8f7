"""A side in a process of its own: the thread pools of TensorFlow and torch disturb each other."""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from ._failures import NotApplicableError, SideFailedError
from ._work import Case, Side

_MOST_SECONDS = 3600
_SECONDS_TO_END = 30


class SideProcess:
    """A started side, waiting to be asked for measurements.

    Parameters
    ----------
    case : Case
        What to measure.
    side : Side
        Which side of it.

    Raises
    ------
    SideFailedError
        If it cannot be started.
    """

    def __init__(self, case: Case, side: Side) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        options = {**case.options, **side.options}
        arguments = (theirs, case.task, side.module, options)
        self._process = context.Process(target=_serve, args=arguments)
        with _imports_first_from(side.checkout):
            self._process.start()
        theirs.close()
        try:
            self.note = self._receive()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SideProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def measure(self, *, first: bool = False) -> dict[str, float]:
        """Ask for one measurement and wait for it."""
        self._connection.send(first)
        return self._receive()

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(_SECONDS_TO_END)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()

    def _receive(self):
        try:
            if not self._connection.poll(_MOST_SECONDS):
                self._process.terminate()
                raise SideFailedError(f"no answer within {_MOST_SECONDS} s")
            answer = self._connection.recv()
        except (EOFError, ConnectionError):
            self._process.join(_SECONDS_TO_END)
            reason = f"its process ended with exit code {self._process.exitcode}"
            raise SideFailedError(reason) from None
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def _imports_first_from(folder: str) -> Iterator[None]:
    """Let a process that is started meanwhile import from a folder before all others."""
    path = list(sys.path)
    sys.path[:0] = [folder] if folder else []  # a new process is given this list
    try:
        yield
    finally:
        sys.path[:] = path


def _serve(connection: Connection, task: str, module: str, options: dict) -> None:
    """Answer, in the child, each request with a measurement."""
    # TensorFlow writes there while it loads, whatever its log level, and a peer draws progress
    # bars. Errors go to the parent.
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    try:
        measure, note = _start(task, module, options)
        connection.send(note)
        while True:
            first = connection.recv()
            gc.collect()
            connection.send(measure(first))
    except (EOFError, ConnectionError):
        pass  # the parent wants no more
    except NotApplicableError as reason:
        connection.send(SideFailedError(str(reason)))
    except Exception as error:
        words = str(error).strip().splitlines() or [""]
        connection.send(SideFailedError(f"{type(error).__name__}: {words[0]}"))


def _start(task: str, module: str, options: dict) -> tuple[Callable, str]:
    """Load a side and let its task prepare itself."""
    side = importlib.import_module(f".{module}", __package__)
    measure = importlib.import_module(f"._{task}", __package__).start(side, **options)
    return measure, side.describe(options["architecture"])
