"""The commands, one file each.

``add_parser`` adds a command and its arguments to the parser; ``run`` takes the parsed
arguments, runs the command and returns its exit status.
"""

from __future__ import annotations

from . import compare, demo, evaluate, export, predict, recipes, train

#: In the order of ``skdigits --help``.
COMMANDS = (compare, train, evaluate, predict, export, recipes, demo)

__all__ = ["COMMANDS"]
