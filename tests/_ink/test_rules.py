"""Rules, grids and tables are taken out, and the strokes that cross them stay."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits._ink import find_lines, find_pieces, without_rules
from skdigits.images._grouping import typical_height


def draw_line(ink, place, slope=0.0, width=3):
    """Draw a line across, `place` rows from the top in the middle."""
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]]
    away = abs(y - place - slope * (x - ink.shape[1] / 2))
    np.maximum(ink, np.clip(width / 2 + 0.5 - away, 0, 1), out=ink)


def writing():
    """Draw three strokes of 60 rows; the last leans."""
    ink = np.zeros((200, 400))
    ink[60:120, 100:108] = ink[60:120, 200:208] = 1
    for row in range(60):
        ink[60 + row, 300 - row // 2 : 308 - row // 2] = 1
    return ink


@pytest.mark.parametrize("slope", [0, 0.01, -0.1, 0.2])
@pytest.mark.parametrize("place", [70, 90, 118, 140])
@pytest.mark.parametrize("down", [False, True])
def test_a_line_through_strokes_is_taken_out_and_they_stay(slope, place, down):
    ink = writing()
    ruled = ink.copy()
    draw_line(ruled, place, slope)
    if down:
        ink, ruled = np.rot90(ink), np.rot90(ruled)
    rest = without_rules(ruled, typical_height)
    assert (rest[ink > 0] > 0.5).mean() > 0.99
    assert (rest[ink == 0] > 0.5).sum() < 60  # nothing but the line where a stroke crosses it
    assert (find_pieces(rest).areas > 100).sum() == 3


def test_a_bent_line_and_a_grid_are_taken_out():
    ink = writing()
    x = np.arange(400)
    ruled = ink.copy()
    for row in range(20, 200, 40):
        level = row + np.rint(6 * np.sin(x / 130)).astype(int)
        for step in range(3):
            ruled[level + step, x] = 1
    for column in range(20, 400, 37):
        ruled[:, column : column + 2] = 1
    rest = without_rules(ruled, typical_height)
    assert (rest[ink > 0] > 0.5).mean() > 0.9
    assert (rest[ink == 0] > 0.5).sum() < 0.05 * (ruled[ink == 0] > 0.5).sum()


@pytest.mark.parametrize("turns", range(4))
def test_strokes_are_no_rules(turns):
    for ink in (writing(), np.pad(writing()[60:120, 100:108], 10)):
        rest = without_rules(np.rot90(ink, turns), typical_height)
        np.testing.assert_array_equal(rest, np.rot90(ink, turns))


@pytest.mark.parametrize("height", [20, 40, 56])
@pytest.mark.parametrize("turns", [0, 2])
def test_a_lone_stroke_stays(height, turns):
    ink = np.zeros((60, 80))
    ink[30 - height // 2 : 30 + height // 2, 30:34] = 1
    ink[50, 60] = 1  # a speck
    rest = without_rules(np.rot90(ink, turns), typical_height)
    np.testing.assert_array_equal(rest, np.rot90(ink, turns))


def test_the_bar_of_a_seven_as_wide_as_the_image_stays():
    ink = np.zeros((60, 44))
    ink[2:8] = 1
    for row in range(50):
        ink[8 + row, 36 - row // 2 : 43 - row // 2] = 1
    rest = without_rules(ink, typical_height)
    np.testing.assert_array_equal(rest, ink)


def test_texture_has_no_lines_and_takes_no_time():
    gravel = (np.random.RandomState(0).random((1200, 1200)) < 0.02).astype(float)
    assert find_lines(gravel) == []
