"""The command line: which command, and what its errors look like."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor

from .. import __version__
from ..exceptions import WorkerDiedError
from . import _compare, _demo, _evaluate, _predict, _recipes, _train


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, default=None
        Words after ``skdigits``; None for those of the process.

    Returns
    -------
    status : int
        Exit status: 0 if all went well, 1 if not, 2 for a mistyped command, 130
        after Ctrl-C.

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
    parser = argparse.ArgumentParser(
        prog="skdigits", description="Keras networks for handwritten digits, scikit-learn's way."
    )
    parser.add_argument("--version", action="version", version=f"skdigits {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (_compare, _train, _evaluate, _predict, _recipes, _demo):
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)  # noqa: T201
        return 130
    except BrokenPipeError:
        # Who read the output has read enough. Python would complain when it flushes the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except BrokenExecutor as error:
        return _fail(
            f"a worker process has died ({type(error).__name__}), most often for want of memory. "
            "Free some, or use fewer processes"
        )
    except MemoryError as error:
        what = f" ({error})" if str(error) else ""
        return _fail(f"memory was short{what}. Free some, or take fewer samples")
    except (ArithmeticError, OSError, ValueError, WorkerDiedError) as error:
        return _fail(str(error))


def _fail(said: str) -> int:
    """Say on standard error what went wrong."""
    print(f"skdigits: {said}", file=sys.stderr)  # noqa: T201
    return 1
