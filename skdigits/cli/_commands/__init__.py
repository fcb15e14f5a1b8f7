"""The commands, one file each: ``add_parser`` declares its arguments, ``run`` runs it."""

from __future__ import annotations

from . import compare, demo, evaluate, predict, recipes, train

#: In the order of ``skdigits --help``.
COMMANDS = (compare, train, evaluate, predict, recipes, demo)

__all__ = ["COMMANDS"]
