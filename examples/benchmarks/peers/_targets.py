"""What predictions have to reach, and whether they did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rich.table import Table

from ._new_process import MEMORY
from ._prediction_works import BEFORE, OURS, PUBLISHED
from ._ratios import Spread, ratio, spread

_SLOWER = 1 / 1.05  # what still counts as not slower among many rows
_SECONDS = "seconds"


class Target(NamedTuple):
    """What one work must reach; exactly one of the three bounds is given.

    Parameters
    ----------
    work, quantity : str
        What is measured.
    against : str
        The side to compare with; "" for none.
    at_least : float
        Bound of the ratio of theirs to ours; of ours if there is no other side.
    at_most_beyond : float
        Bound of the difference between ours and theirs.
    at_most : float
        Bound of ours.
    cases : tuple of str
        The cases that it applies to; None for all.
    ours : str
        The side of ours.
    """

    work: str
    quantity: str
    against: str
    at_least: float | None = None
    at_most_beyond: float | None = None
    at_most: float | None = None
    cases: tuple[str, ...] | None = None
    ours: str = OURS


TARGETS = (
    Target("new-process", _SECONDS, BEFORE, at_least=3.5),
    Target("new-process", _SECONDS, "sklearn", at_most_beyond=0.3),
    Target("new-process", MEMORY, BEFORE, at_least=4.0),
    Target("command-predict", _SECONDS, BEFORE, at_least=3.0),
    Target("command-demo", "seconds until the page", BEFORE, at_least=3.0),
    Target("command-demo", MEMORY, BEFORE, at_least=3.0),
    Target("one-image", _SECONDS, "sklearn (64, 64)", at_least=1.0, cases=tuple(PUBLISHED)),
    Target("one-row", _SECONDS, "skorch", at_least=1.0),
    *(
        Target("predict-10000", _SECONDS, peer, at_least=_SLOWER)
        for peer in (
            BEFORE,
            "torch-best-batches",
            "skorch-large-batches",
            "keras-large-batches",
            "sklearn",
        )
    ),
    Target("search-18", _SECONDS, BEFORE, at_least=1.0),
    Target("search-18", _SECONDS, "skorch", at_least=1.0),
    Target("memory-million-rows", "MB beyond the input", "", at_most=300.0),
    Target(
        "memory-million-rows",
        "MB beyond the input",
        "",
        at_most=300.0,
        ours="skdigits in batches",
    ),
    Target("agreement", "joblib files that load", "", at_least=1.0),
    Target("agreement", "labels that differ", "", at_most=0.0),
)

HEADINGS = ("benchmark", "quantity", "against", "target", "reached", "range", "met")


def check_targets(results: dict[str, dict]) -> list[tuple[str, ...]]:
    """Make a row for each target and case that was measured."""
    return [
        row
        for target in TARGETS
        for case, sides in results.get(target.work, {"cases": {}})["cases"].items()
        if target.cases is None or case in target.cases
        for row in _check(target, case, sides)
    ]


def make_targets_table(rows: list[tuple[str, ...]]) -> Table:
    """Make the table for the terminal."""
    table = Table(*HEADINGS, title="Targets", title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table


def _check(target: Target, case: str, sides: dict[str, dict]) -> Iterator[tuple[str, ...]]:
    """Make the row of a case, if it has all that the target compares."""
    ours = _values(sides, target.ours, target.quantity)
    theirs = _values(sides, target.against, target.quantity)
    if not ours or (target.against and not theirs):
        return
    if target.at_least is not None:
        reached = ratio(theirs, ours) if theirs else spread(ours)
        bound = f"at least {target.at_least:.2f}{_unit(target)}"
        met = reached.median >= target.at_least
    elif target.at_most_beyond is not None:
        reached = spread([one - other for one, other in zip(ours, theirs, strict=True)])
        bound, met = (
            f"at most {target.at_most_beyond} more",
            reached.median <= target.at_most_beyond,
        )
    else:
        reached, bound = spread(ours), f"at most {target.at_most:g}"
        met = reached.median <= target.at_most
    name = ", ".join(filter(None, [target.work, case, target.ours.removeprefix(OURS).strip()]))
    yield (
        name,
        target.quantity,
        target.against,
        bound,
        _show(reached, target)[0],
        _show(reached, target)[1],
        "yes" if met else "no",
    )


def _show(reached: Spread, target: Target) -> tuple[str, str]:
    """Write the median, and the range of several rounds."""
    median, lowest, highest = (f"{value:.2f}{_unit(target)}" for value in reached)
    return median, "" if lowest == highest else f"{lowest} to {highest}"


def _unit(target: Target) -> str:
    """Mark ratios."""
    return "x" if target.against and target.at_least is not None else ""


def _values(sides: dict[str, dict], side: str, quantity: str) -> list[float]:
    rounds = sides.get(side, {}).get("rounds", [])
    return [measured[quantity] for measured in rounds if quantity in measured]
