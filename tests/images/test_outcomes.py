"""Each prediction is a digit or none, and what is left out of a number is counted."""

import numpy as np
import pytest

from skdigits.images import DigitPrediction
from skdigits.images._outcomes import describe_left_out, find_outcome


def made_up(*reasons):
    shares = np.array([0.8, 0.2])
    return [
        DigitPrediction(i, 0.8, 1, 0.2, np.arange(2), shares, None, 0, None, left_out=reason)
        for i, reason in enumerate(reasons)
    ]


@pytest.mark.parametrize(
    ("reasons", "text"),
    [
        ([], ""),
        ([None, None], ""),
        (["no digit", None], "1 piece that is no digit"),
        (
            ["cut off at the edge", "no digit", None, "no digit"],
            "2 pieces that are no digits, 1 cut off at the edge",
        ),
    ],
)
def test_reasons_are_counted_the_most_frequent_first(reasons, text):
    assert describe_left_out(made_up(*reasons)) == text


@pytest.mark.parametrize(
    ("digit_probability", "left_out", "expected"),
    [
        (None, None, (4, 0.6, 5, 0.2)),
        (0.9, None, (4, 0.6, 5, 0.2)),
        (0.7, None, (4, 0.6, None, 0.3)),
        (0.3, "no digit", (None, 0.7, 4, 0.6)),
        # The form of the ink decided, whatever the model says or cannot say.
        (0.9, "cut off at the edge", (None, 0.1, 4, 0.6)),
        (None, "no digit", (None, 0.0, 4, 0.6)),
    ],
)
def test_the_outcome_is_a_class_or_none(digit_probability, left_out, expected):
    digit = DigitPrediction(
        *(4, 0.6, 5, 0.2, np.arange(10), np.full(10, 0.1), None, 0, None),
        left_out=left_out,
        digit_probability=digit_probability,
    )
    outcome = find_outcome(digit)
    assert (outcome.label, outcome.runner_up) == (expected[0], expected[2])
    found = outcome.probability, outcome.runner_up_probability
    assert found == pytest.approx((expected[1], expected[3]))
