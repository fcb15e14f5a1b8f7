"""Connected ink, and what of it is left out at the edge."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits._ink import find_pieces, without_edge


def draw(*boxes, shape=(100, 100)):
    ink = np.zeros(shape, np.float32)
    for top, left, bottom, right in boxes:
        ink[top:bottom, left:right] = 1
    return ink


DIGIT = (30, 30, 70, 60)


def kept(ink, **options):
    pieces = find_pieces(ink)
    weights = without_edge(pieces, pieces.areas, least_side=0.1, **options)
    return [tuple(box) for box in pieces.boxes[weights > 0].tolist()]


def test_ink_is_connected_from_corner_to_corner():
    pieces = find_pieces(draw((10, 10, 20, 20), (20, 20, 30, 25), (50, 50, 52, 52)))
    assert pieces.boxes.tolist() == [[10, 10, 30, 25], [50, 50, 52, 52]]
    assert pieces.areas.tolist() == [150, 4]
    assert np.unique(pieces.labels).tolist() == [0, 1, 2]


def test_faint_ink_forms_no_piece():
    pieces = find_pieces(draw(DIGIT) * np.float32(0.4))
    assert len(pieces.boxes) == len(pieces.areas) == 0
    assert len(without_edge(pieces, pieces.areas, least_side=0.1)) == 0


@pytest.mark.parametrize("one_piece", [False, True])
def test_shadows_come_in_from_the_edge(one_piece):
    assert kept(draw(DIGIT, (0, 5, 20, 25)), one_piece=one_piece) == [DIGIT]


@pytest.mark.parametrize("one_piece", [False, True])
def test_a_table_fills_a_side_whatever_its_ink(one_piece):
    assert kept(draw(DIGIT, (80, 0, 100, 100)), one_piece=one_piece) == [DIGIT]


@pytest.mark.parametrize("one_piece", [False, True])
def test_writing_that_touches_the_edge_stays(one_piece):
    at_edge, dot = (0, 20, 60, 70), (80, 80, 83, 83)
    assert kept(draw(at_edge, dot), one_piece=one_piece) == [at_edge, dot]
    assert kept(draw(at_edge), one_piece=one_piece) == [at_edge]


def test_many_pieces_count_together_and_one_alone():
    edge = (0, 10, 30, 40)
    digits = [(50, 10, 70, 30), (50, 40, 70, 60), (50, 70, 70, 90)]
    assert kept(draw(edge, *digits)) == digits
    assert kept(draw(edge, *digits), one_piece=True) == [edge, *digits]


def test_on_a_tight_image_the_edge_cuts_parts_off():
    bow, bar = (25, 10, 99, 80), (0, 30, 10, 90)
    assert kept(draw(bow, bar), one_piece=True, tight=0.7) == [bar, bow]
    assert kept(draw(bow, bar), one_piece=True) == [bow]
