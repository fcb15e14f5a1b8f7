"""What is not part of the numbers on an image, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ._predict_digits import DigitPrediction
from ._writing import NO_DIGIT


def describe_left_out(predictions: Iterable[DigitPrediction]) -> str:
    """Say how many predictions are not part of a number, and why.

    Parameters
    ----------
    predictions : iterable of DigitPrediction
        Of an image.

    Returns
    -------
    text : str
        Such as "2 pieces that are no digits, 1 cut off at the edge"; empty if there are none.
    """
    counts = Counter(each.left_out for each in predictions if each.left_out is not None)
    return ", ".join(_count(reason, n) for reason, n in counts.most_common())


def _count(reason: str, n: int) -> str:
    """Say how many were left out for a reason."""
    if reason != NO_DIGIT:
        return f"{n} {reason}"
    return "1 piece that is no digit" if n == 1 else f"{n} pieces that are no digits"
