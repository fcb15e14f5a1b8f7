"""Touching digits are separated, turned pages are read, and what is left out is said."""

from __future__ import annotations

import numpy as np
import pytest

from skdigits import load_pretrained, predict_digits, segment_digits
from skdigits.images._classify import can_refuse

from .. import handwriting


@pytest.fixture(scope="module")
def pretrained():
    model = load_pretrained()
    if not can_refuse(model):
        pytest.skip("the included network has not learned what is no digit")
    return model


def test_touching_digits_are_read_whole(pretrained):
    drawn = handwriting.pages.touching(20, seed=31)
    assert handwriting.pages.share_read(pretrained, drawn) >= 0.75


def test_segment_digits_separates_them_with_a_model(pretrained):
    drawn = handwriting.pages.touching(10, seed=32)
    together = [len(segment_digits(picture)) for picture in drawn.pictures]
    apart = [len(segment_digits(picture, model=pretrained)) for picture in drawn.pictures]
    assert together.count(1) >= 9
    assert apart.count(2) >= 7


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_pages_are_read_and_boxes_are_on_the_image(pretrained, turns):
    upright = handwriting.pages.turned(4, 0, seed=33)
    turned = handwriting.pages.turned(4, turns, seed=33)
    texts = [handwriting.pages.read(pretrained, picture) for picture in turned.pictures]
    assert sum(text == label for text, label in zip(texts, turned.labels, strict=True)) >= 3
    picture = turned.pictures[0]
    for digit in predict_digits(pretrained, picture, segment=True):
        top, left, bottom, right = digit.box
        part = picture[top:bottom, left:right].mean(axis=2)
        assert part.min() < np.median(picture) - 20
    assert upright.labels == turned.labels


def test_single_digits_are_not_cut(pretrained):
    drawn = handwriting.ink_on_paper(30, seed=34)
    found = [len(segment_digits(picture, model=pretrained)) for picture in drawn.pictures]
    assert found.count(1) >= 29


def test_a_model_must_frame_images(digits):
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(3).fit(*digits)
    with pytest.raises(ValueError, match="no step that frames images of any size"):
        segment_digits(np.full((60, 80), 250, np.uint8), model=model)


def test_a_dash_and_what_the_edge_cuts_off_are_left_out_and_said(framed_mlp, written):
    image = np.full((200, 400), 240, np.uint8)
    image[60:120, 100:108] = image[60:120, 180:188] = image[60:120, 300:308] = 30
    image[88:94, 220:260] = 30  # a dash
    image[:25, 140:148] = 30  # the foot of another line
    digits = predict_digits(framed_mlp, image, segment=True)
    assert [digit.left_out for digit in digits] == [
        None,
        "cut off at the edge",
        None,
        "no digit",
        None,
    ]
    assert {digit.line for digit in digits} == {0}
    assert len(segment_digits(image)) == 3
    assert len(segment_digits(image, model=framed_mlp)) == 3
