"""What there is to measure: a work has cases, and a case has sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Side:
    """One side of a case.

    Parameters
    ----------
    name : str
        Name in the results.
    module : str
        Its module among the peers.
    options : dict
        What the task is told beside the options of the case.
    checkout : str
        Folder whose skdigits it imports; "" for the skdigits that measures.
    """

    name: str
    module: str
    options: dict[str, Any] = field(default_factory=dict)
    checkout: str = ""


@dataclass(frozen=True)
class Case:
    """One comparison: every side does the same. The first side is what the others are held to.

    Parameters
    ----------
    label : str
        What distinguishes it from the other cases of its work; "" if it is alone.
    task : str
        Its module among the peers, without the underscore.
    options : dict
        What the task is told.
    sides : tuple of Side
        The sides, in the order of their turns.
    fresh : bool
        Whether every timing has a process of its own, without a first call.
    at_most : int or None
        Limit of the number of rounds.
    """

    label: str
    task: str
    options: dict[str, Any]
    sides: tuple[Side, ...]
    fresh: bool = False
    at_most: int | None = None


@dataclass(frozen=True)
class Work:
    """What one name on the command line measures.

    Parameters
    ----------
    name : str
        Its name.
    title : str
        What is measured, in words.
    cases : tuple of Case
        Its comparisons.
    """

    name: str
    title: str
    cases: tuple[Case, ...]


def sides_named(*names: str) -> tuple[Side, ...]:
    """Make sides that are called like their modules, with a hyphen for the underscore."""
    return tuple(Side(name, name.replace("-", "_")) for name in names)
