"""The statistics are those of the textbooks."""

import numpy as np
import pytest
from scipy.stats import binomtest

from skdigits.comparison._statistics import (
    ErrorInterval,
    calibration_error,
    compare_with_winner,
    describe_differences,
    error_interval,
)


def _answers(n, wrong):
    """Give n zeros of which some are wrong."""
    answers = np.zeros(n, dtype=int)
    answers[list(wrong)] = 1
    return answers


def test_the_interval_is_wilson_s():
    interval = error_interval(np.zeros(100, dtype=int), _answers(100, range(5)))
    theirs = binomtest(5, 100).proportion_ci(method="wilson")
    assert interval == pytest.approx((0.05, theirs.low, theirs.high))


def test_no_mistake_has_an_interval_too():
    interval = error_interval(np.zeros(100, dtype=int), np.zeros(100, dtype=int))
    assert interval.error == pytest.approx(0)
    assert interval.high == pytest.approx(0.037, abs=1e-3)


def test_mcnemar_is_exact_and_corrected_by_holm():
    y = np.zeros(60, dtype=int)
    predicted = {
        "winner": _answers(60, [0, 1]),
        "far": _answers(60, range(2, 22)),
        "near": _answers(60, [2, 3, 4, 5]),
    }
    p_values = compare_with_winner(y, predicted, "winner")
    far, near = binomtest(2, 22).pvalue, binomtest(2, 6).pvalue
    assert p_values == pytest.approx({"far": 2 * far, "near": near})


def test_a_winner_alone_is_compared_with_nothing():
    assert compare_with_winner(np.zeros(3), {"only": np.zeros(3)}, "only") == {}


def test_two_models_that_say_the_same_do_not_differ():
    same = _answers(50, [1, 2])
    p_values = compare_with_winner(np.zeros(50, dtype=int), {"a": same, "b": same}, "a")
    assert p_values == {"b": 1.0}


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    classes = np.array([3, 8])
    probabilities = np.tile([0.9, 0.1], (10, 1))
    y = np.array([3] * 6 + [8] * 4)
    assert calibration_error(y, probabilities, classes) == pytest.approx(0.3)
    assert calibration_error(y[:1], np.array([[1.0, 0.0]]), classes) == pytest.approx(0)


def test_differences_are_told_in_words_smallest_error_first():
    errors = {
        "a": ErrorInterval(0.02, 0.01, 0.03),
        "b": ErrorInterval(0.05, 0.04, 0.06),
        "c": ErrorInterval(0.021, 0.015, 0.03),
        "d": ErrorInterval(0.01, 0.005, 0.015),
    }
    statements = describe_differences("a", errors, {"b": 1e-5, "c": 0.6, "d": 0.01}, 10_000)
    assert statements[0] == (
        "a has the best cross-validated accuracy. It gets 2.00% of 10,000 test samples wrong "
        "(95% interval 1.00% to 3.00%)."
    )
    assert statements[3].endswith("2.00% against 5.00%, p < 0.0001.")
    assert [s.split(" at the 5% level")[0] for s in statements[1:]] == [
        "a is significantly worse than d",
        "The difference between a and c is not significant",
        "a is significantly better than b",
    ]
