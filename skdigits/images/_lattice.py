"""The best reading of ink that may be cut at several places."""

from __future__ import annotations

from collections.abc import Mapping


def best_reading(scores: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    """Find the pieces between cuts that together have the highest score.

    Parameters
    ----------
    scores : mapping
        For each piece, from one cut to a later one, how well it reads as a digit: the logarithm
        of a probability. Cuts are numbered from left to right from 0; the first and the last
        number are the ends of the ink, and the piece from end to end is there.

    Returns
    -------
    pieces : list of tuple of int
        The pieces of the best reading, from left to right. Each begins where the last one ends.

    Notes
    -----
    It is the best path through the lattice of Y. LeCun et al., "Gradient-based learning applied
    to document recognition", 1998, section V.
    """
    last = max(end for _, end in scores)
    best: dict[int, tuple[float, list[tuple[int, int]]]] = {0: (0.0, [])}
    # Sorted by their start, so whatever leads to a cut is known when the cut is left.
    for (start, end), score in sorted(scores.items()):
        if start in best:
            total, pieces = best[start]
            if end not in best or total + score > best[end][0]:
                best[end] = total + score, [*pieces, (start, end)]
    return best[last][1]
