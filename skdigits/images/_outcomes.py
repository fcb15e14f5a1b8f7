"""What is said of predictions: the digit or none, what it may be instead, what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from ._predict_digits import DigitPrediction
from ._writing import NO_DIGIT


class Outcome(NamedTuple):
    """What a piece of ink was read as, and what it may be instead; None stands for no digit.

    Attributes
    ----------
    label : object
        The most probable class; None if the piece is no digit or was left out of a number.
    probability : float
        Its probability; of no digit where `label` is None, 0.0 if the model cannot tell.
    runner_up : object
        The most probable of the other classes and no digit.
    runner_up_probability : float
        Its probability.
    """

    label: Any
    probability: float
    runner_up: Any
    runner_up_probability: float


def find_outcome(digit: DigitPrediction) -> Outcome:
    """Find what a prediction is shown as.

    Parameters
    ----------
    digit : DigitPrediction
        A prediction.

    Returns
    -------
    outcome : Outcome
        The same in all forms of output.
    """
    nothing = 0.0 if digit.digit_probability is None else 1 - digit.digit_probability
    if digit.left_out is not None:
        return Outcome(None, nothing, digit.label, digit.probability)
    if nothing > digit.runner_up_probability:
        return Outcome(digit.label, digit.probability, None, nothing)
    return Outcome(digit.label, digit.probability, digit.runner_up, digit.runner_up_probability)


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
