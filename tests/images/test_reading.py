"""Touching digits are separated, turned pages are read, and what is left out is said."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from skdigits import load_mnist, load_pretrained, predict_digits, segment_digits
from skdigits.exceptions import BlankPictureError

from .. import handwriting


@pytest.fixture(scope="module")
def pretrained():
    return load_pretrained()


def test_touching_digits_are_read_whole(pretrained):
    drawn = handwriting.touching_digits.touching(20, seed=31)
    assert handwriting.share_read(pretrained, drawn) >= 0.85


def test_numbers_in_one_stroke_are_read(pretrained):
    drawn = handwriting.joined.chains(20, seed=35)
    assert handwriting.share_read(pretrained, drawn) >= 0.4


def test_few_letters_are_cut_into_digits(pretrained):
    drawn = handwriting.signs.letters(30, seed=36)
    found = [
        any(
            digit.left_out is None and digit.probability >= 0.9
            for digit in predict_digits(pretrained, picture, segment=True)
        )
        for picture in drawn.pictures
    ]
    assert np.mean(found) <= 0.25


def test_segment_digits_separates_them_with_a_model(pretrained):
    drawn = handwriting.touching_digits.touching(10, seed=32)
    together = [len(segment_digits(picture)) for picture in drawn.pictures]
    apart = [len(segment_digits(picture, model=pretrained)) for picture in drawn.pictures]
    assert together.count(1) >= 9
    assert apart.count(2) >= 9


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_pages_are_read_and_boxes_are_on_the_image(pretrained, turns):
    upright = handwriting.pages.turned(6, 0, seed=33)
    turned = handwriting.pages.turned(6, turns, seed=33)
    texts = [handwriting.read(pretrained, picture) for picture in turned.pictures]
    assert sum(text == label for text, label in zip(texts, turned.labels, strict=True)) >= 4
    straight = [handwriting.read(pretrained, picture) for picture in upright.pictures]
    assert sum(text == same for text, same in zip(texts, straight, strict=True)) >= 5
    picture = turned.pictures[0]
    for digit in predict_digits(pretrained, picture, segment=True):
        top, left, bottom, right = digit.box
        part = picture[top:bottom, left:right].mean(axis=2)
        assert part.min() < np.median(picture) - 20
    assert upright.labels == turned.labels


def test_digits_that_can_be_read_both_ways_are_turned_from_their_side(pretrained):
    images, labels = load_mnist(subset="test", return_X_y=True)
    rows = [np.flatnonzero(labels == digit)[0] for digit in (8, 0, 8, 1)]
    page = np.zeros((140, 440), np.float32)
    for place, row in enumerate(rows):
        drawn = handwriting.strokes(images[row].reshape(28, 28), 60)
        page[40 : 40 + drawn.shape[0], 50 + 90 * place :][:, : drawn.shape[1]] = drawn
    on_its_side = np.rot90((245 - 225 * page).astype(np.uint8))
    assert handwriting.read(pretrained, on_its_side) in ("8081", "1808")


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


def test_digits_that_nearly_touch_are_not_lost(pretrained):
    images, labels = load_mnist(subset="test", return_X_y=True)
    whole = 0
    for row in range(0, 40, 2):
        first, second = (
            handwriting.strokes(each.reshape(28, 28), 60) for each in images[row : row + 2]
        )
        page = np.zeros((140, 100 + first.shape[1] + second.shape[1]), np.float32)
        for drawn, left in ((first, 40), (second, 42 + first.shape[1])):
            top = 70 - len(drawn) // 2
            part = page[top : top + len(drawn), left : left + drawn.shape[1]]
            np.maximum(part, drawn, out=part)
        found = predict_digits(pretrained, (245 - 225 * page).astype(np.uint8), segment=True)
        assert len(found) >= 2 or found[0].probability < 0.9  # which is marked with a ?
        whole += [digit.label for digit in found if digit.is_digit] == list(labels[row : row + 2])
    assert whole >= 18


@pytest.mark.parametrize("side", [1, 2, 3])
def test_specks_are_no_error(pretrained, side):
    page = np.full((60, 80), 255, np.uint8)
    for row, column in ((10, 11), (30, 40), (20, 70)):
        page[row : row + side, column : column + 1] = 0
    assert len(segment_digits(page, model=pretrained)) <= 3
    with contextlib.suppress(BlankPictureError):
        assert len(predict_digits(pretrained, page, segment=True)) <= 3


def test_all_pairs_of_a_page_are_separated(pretrained):
    images = load_mnist(subset="test").images[:32].repeat(2, axis=1).repeat(2, axis=2)
    page = np.zeros((4 * 90 + 40, 4 * 150 + 40), np.uint8)
    for number, (first, second) in enumerate(zip(images[::2], images[1::2], strict=True)):
        row, column = np.array(divmod(number, 4)) * (90, 150) + 40
        for drawn, left in ((first, column), (second, column + 34)):
            part = page[row : row + 56, left : left + 56]
            np.maximum(part, drawn, out=part)
    found = predict_digits(pretrained, 255 - page, segment=True)
    assert sum(digit.left_out is None for digit in found) >= 28
