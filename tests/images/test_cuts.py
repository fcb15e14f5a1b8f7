"""Cuts go through narrow places, and the best reading of what is between them is found."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from skdigits.images._cuts import between_cuts, find_cuts
from skdigits.images._lattice import best_reading

from .test_outlines import paste, ring


@pytest.fixture
def two_rings():
    ink = np.zeros((60, 106), bool)
    paste(ink, ring(60, 50, 0.75), 0, 0)
    paste(ink, ring(60, 50, 0.75), 0, 56)
    ink[28:32, 47:59] = True
    return ink


@pytest.mark.parametrize("scale", [1, 3])
def test_one_of_the_cuts_is_where_digits_touch(two_rings, scale):
    ink = two_rings.repeat(scale, axis=0).repeat(scale, axis=1)
    cuts = find_cuts(ink, 60 * scale)
    assert all(len(cut) == len(ink) for cut in cuts)
    assert [cut.mean() for cut in cuts] == sorted(cut.mean() for cut in cuts)
    assert min(abs(cut[30 * scale] - 53 * scale) for cut in cuts) <= 4 * scale


@pytest.mark.parametrize("opening", [0, 8])
def test_loops_that_share_a_stroke_are_cut_along_it(opening):
    ink = np.zeros((60, 134), bool)
    for left in (0, 42, 84):
        paste(ink, ring(60, 50, 0.75), 0, left)
    ink[:opening, 60:70] = False  # the middle one is open at the top
    cuts = find_cuts(ink, 60)
    for shared in (46, 88):
        assert min(np.abs(cut[20:40] - shared).max() for cut in cuts) <= 4


def test_cuts_lean_with_the_writing():
    ink = np.zeros((60, 90), bool)
    for row in range(60):
        ink[row, 40 - row // 3 : 46 - row // 3] = ink[row, 70 - row // 3 : 76 - row // 3] = True
    ink[28:33, 30:60] = True
    for row in (0, 59):
        assert any(46 - row // 3 <= cut[row] <= 70 - row // 3 for cut in find_cuts(ink, 60))


def test_pieces_make_up_the_whole(two_rings):
    cuts = find_cuts(two_rings, 60)
    ends = [np.zeros(60, int), *cuts, np.full(60, 106)]
    parts = [
        between_cuts(two_rings, ends, start, end) for start, end in pairwise(range(len(ends)))
    ]
    together = np.sum(parts, axis=0)
    assert together.max() == 1
    assert not together[~two_rings].any()
    wider = between_cuts(two_rings, ends, 0, 1, beyond=5)
    assert wider.sum() > parts[0].sum()


def test_the_best_reading_has_the_highest_sum():
    scores = {(0, 1): -1.0, (1, 3): -1.0, (0, 3): -3.0, (0, 2): -0.1, (2, 3): -9.0}
    assert best_reading(scores) == [(0, 1), (1, 3)]
    assert best_reading(scores | {(0, 3): -1.5}) == [(0, 3)]
    assert best_reading({(0, 3): -5.0, (1, 2): 0.0}) == [(0, 3)]
