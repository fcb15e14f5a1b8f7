"""What is left out of a number is counted by its reason."""

import numpy as np
import pytest

from skdigits.images import DigitPrediction
from skdigits.images._left_out import describe_left_out


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
