"""Standard streams that never end the work of a command.

What a terminal cannot show is replaced, what nobody reads or a full disk cannot take is
dropped, and a stream that was closed is one that leads nowhere.
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
    """A text stream to write to, whatever becomes of it.

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
        """Have all else of the stream."""
        return getattr(self._stream, name)

    def _try(self, call: Callable[..., object], *arguments: Any) -> None:
        """Do something with the stream, and nothing any more after it has failed."""
        if self.error is not None:
            return
        try:
            call(*arguments)
        except OSError as error:
            self.error = error
            if self._for_good:
                self._drop_the_rest()

    def _drop_the_rest(self) -> None:
        """Have a descriptor of the process lead nowhere: Python flushes the rest at the end."""
        with suppress(OSError, ValueError):
            number = self._stream.fileno()
            # Any other belongs to a file of the caller's.
            if number in (1, 2):
                _lead_nowhere(number)


@contextmanager
def steady_streams(*, for_good: bool) -> Iterator[Callable[[], OSError | None]]:
    """Have steady streams in place of the standard ones.

    The processes that are started meanwhile have all three of them too.

    Parameters
    ----------
    for_good : bool
        Whether the process ends afterwards; else the streams are the caller's again.

    Yields
    ------
    find_loss : callable
        Gives the error for which something that was written is lost, if it is.
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
                _replace_what_cannot_be_shown(stream, handling)


def make_steady(name: str, *, for_good: bool) -> SteadyStream:
    """Put a steady stream in the place of a standard one.

    Parameters
    ----------
    name : {"stdout", "stderr"}
        Which.
    for_good : bool
        Whether the process ends without writing to the stream in any other way.

    Returns
    -------
    stream : SteadyStream
        The stream that is there now.
    """
    stream = getattr(sys, name)
    if stream is None:
        number = {"stdout": 1, "stderr": 2}[name]
        stream = os.fdopen(number, "w", encoding="utf-8", closefd=False)
    _replace_what_cannot_be_shown(stream, "replace")
    steady = SteadyStream(stream, for_good=for_good)
    setattr(sys, name, steady)
    return steady


def is_unread() -> bool:
    """Say whether standard output takes nothing any more.

    Returns
    -------
    unread : bool
        Whether what is printed is dropped.
    """
    return getattr(sys.stdout, "error", None) is not None


def make_console(*, stderr: bool = False, quiet: bool = False) -> Console:
    """Make a console that knows what its stream can show.

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
    """Open the descriptors that were closed: else the next file or socket would have theirs."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            _lead_nowhere(number)


def _lead_nowhere(number: int) -> None:
    """Turn a descriptor into one that takes all and gives nothing, for child processes too."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere == number:
        os.set_inheritable(number, True)
        return
    os.dup2(nowhere, number)
    os.close(nowhere)


def _replace_what_cannot_be_shown(stream: Any, handling: str) -> None:
    """Set what becomes of a character that the encoding of a stream does not have."""
    # What stands in for a stream, as in a test, may have no encoding.
    with suppress(AttributeError, io.UnsupportedOperation):
        stream.reconfigure(errors=handling)
