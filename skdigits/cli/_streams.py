"""Standard streams whose failures do not stop a command.

Characters that a terminal cannot show are replaced. Output that nobody reads, or for which the
disk has no space, is dropped. A stream that was closed is replaced by one to the null device.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console


class SteadyStream:
    """A text stream that can be written to even after it has failed.

    Parameters
    ----------
    stream : file
        Standard output or standard error.
    for_good : bool
        Whether the process ends without writing to the stream in any other way.

    Attributes
    ----------
    error : OSError or None
        Why nothing more is written.
    """

    def __init__(self, stream: TextIO, *, for_good: bool) -> None:
        self._stream = stream
        self._for_good = for_good
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        """Write a text, or drop it."""
        self._try(self._stream.write, text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write several texts, or drop them."""
        self._try(self._stream.writelines, lines)

    def flush(self) -> None:
        """Pass on what was written, or drop it."""
        self._try(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        """Get everything else from the stream."""
        return getattr(self._stream, name)

    def _try(self, call: Callable[..., object], *arguments: Any) -> None:
        """Call the stream, or do nothing if it has failed before."""
        if self.error is not None:
            return
        try:
            call(*arguments)
        except OSError as error:
            self.error = error
            if self._for_good:
                self._drop_the_rest()

    def _drop_the_rest(self) -> None:
        """Redirect the descriptor to the null device: Python flushes the rest at exit."""
        with suppress(OSError, ValueError):
            number = self._stream.fileno()
            # Any other descriptor belongs to a file of the caller's.
            if number in (1, 2):
                _redirect_to_null(number)


@contextmanager
def steady_streams(*, for_good: bool) -> Iterator[Callable[[], OSError | None]]:
    """Replace the standard streams by steady ones.

    Processes that are started meanwhile get all three of them too.

    Parameters
    ----------
    for_good : bool
        Whether the process ends afterwards; if not, the caller's streams are restored.

    Yields
    ------
    find_loss : callable
        Returns the error because of which some output is lost, or None.
    """
    _open_missing()
    before = sys.stdin, sys.stdout, sys.stderr
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, closefd=False)
    errors = [getattr(stream, "errors", None) for stream in before[1:]]
    steady = [make_steady(name, for_good=for_good) for name in ("stdout", "stderr")]

    def find_loss() -> OSError | None:
        for stream in steady:
            stream.flush()
        return steady[0].error or steady[1].error

    try:
        yield find_loss
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        for stream, handling in zip(before[1:], errors, strict=True):
            if stream is not None and handling is not None:
                _set_error_handling(stream, handling)


def make_steady(name: str, *, for_good: bool) -> SteadyStream:
    """Replace a standard stream by a steady one.

    Parameters
    ----------
    name : {"stdout", "stderr"}
        Which stream.
    for_good : bool
        Whether the process ends without writing to the stream in any other way.

    Returns
    -------
    stream : SteadyStream
        The stream that has taken its place.
    """
    stream = getattr(sys, name)
    if stream is None:
        number = {"stdout": 1, "stderr": 2}[name]
        stream = os.fdopen(number, "w", encoding="utf-8", closefd=False)
    _set_error_handling(stream, "replace")
    steady = SteadyStream(stream, for_good=for_good)
    setattr(sys, name, steady)
    return steady


def is_unread() -> bool:
    """Say whether standard output has failed.

    Returns
    -------
    unread : bool
        Whether what is printed is dropped.
    """
    return getattr(sys.stdout, "error", None) is not None


def make_console(*, stderr: bool = False, quiet: bool = False) -> Console:
    """Make a console for one of the standard streams.

    Parameters
    ----------
    stderr : bool, default=False
        Whether it writes to standard error.
    quiet : bool, default=False
        Whether it writes nothing.

    Returns
    -------
    console : rich.console.Console
        The console.
    """
    from rich.console import Console

    return Console(file=cast(TextIO, sys.stderr if stderr else sys.stdout), quiet=quiet)


def _open_missing() -> None:
    """Open descriptors that were closed: otherwise the next file or socket would get them."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            _redirect_to_null(number)


def _redirect_to_null(number: int) -> None:
    """Redirect a descriptor to the null device, for child processes too."""
    null = os.open(os.devnull, os.O_RDWR)
    if null == number:
        os.set_inheritable(number, True)
        return
    os.dup2(null, number)
    os.close(null)


def _set_error_handling(stream: Any, handling: str) -> None:
    """Set how a stream handles characters that its encoding does not have."""
    # An object in place of a stream, as in a test, may have no encoding.
    with suppress(AttributeError, io.UnsupportedOperation):
        stream.reconfigure(errors=handling)
