"""Digits on ruled and squared paper, in tables and in boxes are found, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits import segment_digits

from .. import handwriting

PAPER, PEN = 235, 40


def test_a_drawn_box_is_no_rule():
    image = np.full((200, 300), PAPER, np.uint8)
    image[60:140, 40:150] = PEN
    image[64:136, 44:146] = PAPER
    image[80:115, 90:97] = image[80:115, 220:227] = PEN
    assert [digit.box for digit in segment_digits(image)] == [
        (80, 90, 115, 97),
        (80, 220, 115, 227),
    ]


@pytest.mark.parametrize("draw", ["ruled_lines", "ruled_pages", "tables"])
def test_as_many_digits_are_found_on_rendered_paper_as_were_written(draw):
    drawn = getattr(handwriting.pages, draw)(12, seed=21)
    found = [len(segment_digits(picture)) for picture in drawn.pictures]
    written = [len(label.replace("\n", "")) for label in drawn.labels]
    assert sum(map(abs, np.subtract(found, written))) <= 0.06 * sum(written)
