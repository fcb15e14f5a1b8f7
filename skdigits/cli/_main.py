"""The command line: which command, and what its errors look like."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor

from .. import __version__
from .._signals import signals_interrupt
from ..exceptions import SkdigitsError
from . import _compare, _demo, _evaluate, _predict, _recipes, _train
from ._streams import steady_streams


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, default=None
        Words after ``skdigits``; None for those of the process.

    Returns
    -------
    status : int
        Exit status: 0 if all went well, 1 if not or if something that was printed is lost,
        2 for a mistyped command, 130 after Ctrl-C, 143 after SIGTERM, 129 after the terminal
        was closed. Of ``demo`` Ctrl-C is the usual end: 0.

    See Also
    --------
    skdigits.comparison.compare : What ``skdigits compare`` runs.

    Examples
    --------
    >>> from skdigits.cli import main
    >>> main(["recipes", "--names"])
    askpython-cnn
    levelup-mlp
    keras-mlp-512
    mlm-mlp
    mlm-cnn
    mlm-cnn-large
    fast-mlp
    fast-cnn
    compact-cnn
    better-cnn
    best-cnn
    best-mlp
    best-ensemble
    0
    """
    # Without arguments this process is the command's, and ends with it.
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
            # After --help, --version and mistyped words.
            if stop.code or find_loss() is None:
                raise
            status = 0
        loss = find_loss()
        # Who closes a pipe has read enough, and need not be told.
        if loss is not None and not isinstance(loss, BrokenPipeError):
            rest = "" if status else "; all else went well"
            _fail(f"not all could be printed ({loss.strerror or loss}){rest}")
    return status or int(loss is not None)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command and put what goes wrong into words."""
    parser = argparse.ArgumentParser(
        prog="skdigits", description="Keras networks for handwritten digits, scikit-learn's way."
    )
    parser.add_argument("--version", action="version", version=f"skdigits {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (_compare, _train, _evaluate, _predict, _recipes, _demo):
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except BrokenExecutor as error:
        return _fail(
            f"a worker process has died ({type(error).__name__}), most often for want of memory. "
            "Free some, or use fewer processes"
        )
    except MemoryError as error:
        what = f" ({error})" if str(error) else ""
        return _fail(f"memory was short{what}. Free some, or take fewer samples")
    except (ArithmeticError, OSError, SkdigitsError, ValueError) as error:
        return _fail(str(error))


def _fail(said: str) -> int:
    """Say on standard error what went wrong."""
    print(f"skdigits: {said}", file=sys.stderr)  # noqa: T201
    return 1
