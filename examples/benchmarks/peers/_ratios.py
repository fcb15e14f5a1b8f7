"""Median, lowest and highest of measurements and of their ratios."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


class Spread(NamedTuple):
    """What several rounds gave."""

    median: float
    lowest: float
    highest: float


def spread(values: Sequence[float]) -> Spread:
    """Summarise the values of all rounds."""
    return Spread(median(values), min(values), max(values))


def ratio(values: Sequence[float], base: Sequence[float]) -> Spread:
    """Divide round by round, then summarise.

    What slows the machine for a while slows both sides of a round, so that their
    ratio is steadier than the ratio of two medians.

    Parameters
    ----------
    values, base : sequence of float
        One value a round, in the same order.
    """
    return spread([value / other for value, other in zip(values, base, strict=True)])
