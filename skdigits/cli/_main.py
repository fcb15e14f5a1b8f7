"""The command line: find the command, run it, and report its errors."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor

from .. import __version__
from .._signals import signals_interrupt
from ..exceptions import SkdigitsError
from ._commands import COMMANDS
from ._streams import steady_streams


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, default=None
        Arguments of ``skdigits``; None for those of the process.

    Returns
    -------
    status : int
        Exit status: 0 for success, 1 for an error or if some output could not be printed,
        2 for invalid arguments, 130 after Ctrl-C, 143 after SIGTERM, 129 after the terminal
        was closed. ``demo`` is meant to be stopped by Ctrl-C, and then returns 0.

    See Also
    --------
    skdigits.comparison.compare : What ``skdigits compare`` runs.

    Examples
    --------
    >>> from skdigits.cli import main
    >>> main(["recipes", "--names"])  # doctest: +ELLIPSIS
    askpython-cnn
    ...
    0
    """
    # Without arguments this process belongs to the command and ends with it.
    for_good = arguments is None
    with (
        steady_streams(for_good=for_good) as find_loss,
        signals_interrupt(for_good=for_good) as came,
    ):
        try:
            status = _run(arguments)
        except KeyboardInterrupt:
            print("Interrupted.", file=sys.stderr)  # noqa: T201
            status = 128 + (came[-1] if came else signal.SIGINT)
        except SystemExit as stop:
            # After --help, --version and invalid arguments.
            if stop.code or find_loss() is None:
                raise
            status = 0
        loss = find_loss()
        # A reader that closes a pipe, such as head, has read enough.
        if loss is not None and not isinstance(loss, BrokenPipeError):
            rest = "" if status else "; everything else succeeded"
            _fail(f"some output could not be printed ({loss.strerror or loss}){rest}")
    return status or int(loss is not None)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command and report its errors."""
    parser = argparse.ArgumentParser(
        prog="skdigits",
        description="Train, compare and use classifiers of handwritten digits.",
    )
    parser.add_argument("--version", action="version", version=f"skdigits {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except BrokenExecutor as error:
        return _fail(
            f"a worker process died ({type(error).__name__}), most often because memory ran out. "
            "Free some memory or use fewer processes"
        )
    except MemoryError as error:
        what = f" ({error})" if str(error) else ""
        return _fail(f"memory ran out{what}. Free some memory or use fewer samples")
    except (ArithmeticError, OSError, SkdigitsError, ValueError) as error:
        return _fail(str(error))


def _fail(message: str) -> int:
    """Print an error to standard error."""
    print(f"skdigits: {message}", file=sys.stderr)  # noqa: T201
    return 1
