"""Outlines around digits are left out, and so are large empty ones."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits import segment_digits
from skdigits._ink import find_pieces
from skdigits.images._outlines import find_outlines

from .. import handwriting


def ring(height, width, share=0.85):
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    away = np.hypot(y, x)
    return (away <= 1) & (away > share)


def paste(ink, shape, top, left):
    ink[top : top + shape.shape[0], left : left + shape.shape[1]] |= shape


def outlines(ink):
    """Count the pieces that are outlines."""
    return int(find_outlines(find_pieces(ink.astype(np.float32))).sum())


@pytest.fixture
def page():
    """Give a page with two digits."""
    ink = np.zeros((300, 400), bool)
    paste(ink, np.ones((40, 6), bool), 30, 30)
    paste(ink, ring(40, 30, 0.7), 130, 80)
    return ink


def test_what_surrounds_a_digit_is_an_outline(page):
    assert outlines(page) == 0
    paste(page, ring(90, 90, 0.93), 105, 50)
    assert outlines(page) == 1
    page[105:115, 90:100] = False  # drawn in haste, it does not close
    assert outlines(page) == 1


def test_a_large_empty_ring_is_an_outline_and_a_zero_is_none(page):
    paste(page, ring(100, 90, 0.93), 180, 250)
    assert outlines(page) == 1
    small = np.zeros((300, 400), bool)
    paste(small, ring(60, 50, 0.8), 130, 80)
    assert outlines(small) == 0


def test_a_zero_with_a_speck_is_a_zero():
    ink = np.zeros((300, 400), bool)
    paste(ink, ring(80, 60, 0.8), 100, 80)
    ink[138:146, 105:112] = True
    assert outlines(ink) == 0


def test_rendered_outlines():
    drawn = handwriting.pages.outlined(12, seed=21)
    found = [len(segment_digits(picture)) for picture in drawn.pictures]
    written = list(map(len, drawn.labels))
    assert sum(map(abs, np.subtract(found, written))) <= 0.05 * sum(written)
