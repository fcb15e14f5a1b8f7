"""Tests of finding ink: the ground is exactly 0, full ink is 1, shadows are neither."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from skdigits._image import to_grey
from skdigits._ink import find_ink, find_sheet, is_ink_dark
from skdigits._ink._evidence import measure_noise

from ..handwriting import pages

SHAPE = (120, 160)
Y, X = np.mgrid[-1 : 1 : SHAPE[0] * 1j, -1 : 1 : SHAPE[1] * 1j]


def cross():
    """Draw a cross."""
    ink = np.zeros(SHAPE)
    ink[30:90, 75:85] = ink[55:65, 40:120] = 1
    return ink


def seen(ink, *, light=1.0, noise=0.0, pen=0.15, paper=0.85, seed=0):
    """Write with dark ink on paper, under some light."""
    scene = (paper + (pen - paper) * ink) * light
    return (scene + np.random.RandomState(seed).normal(scale=noise, size=SHAPE))[np.newaxis]


def found(picture, dark=True):
    return find_ink(picture.astype(np.float32), np.array([dark]))[0]


LIGHTS = {
    "even": np.ones(SHAPE),
    "from one side": 1 + 0.4 * X,
    "dark corners": 1 - 0.3 * (X**2 + Y**2) / 2,
    "soft shadow": 1 - 0.4 / (1 + np.exp((X + Y - 0.5) / 0.15)),
}


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("light", LIGHTS)
def test_ink_is_found_under_any_light(light, noise):
    ink = found(seen(cross(), light=LIGHTS[light], noise=noise))
    assert ink.dtype == np.float32
    assert ink.min() == 0
    assert ink.max() == 1
    np.testing.assert_array_equal(ink > 0.5, cross() > 0)
    if noise == 0:
        assert (ink[cross() == 0] == 0).mean() > 0.99


def test_a_flat_ground_leaves_grey_levels_as_they_are_in_small_pictures():
    small = np.random.RandomState(0).rand(3, 28, 28).astype(np.float32)
    small[:, [0, -1]] = small[:, :, [0, -1]] = 0
    small /= small.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(find_ink(small, np.zeros(3, bool)), small)
    np.testing.assert_allclose(find_ink(1 - small, np.ones(3, bool)), small, atol=1e-6)


def test_a_speck_does_not_make_pencil_pale():
    pencil = 0.35 * cross()
    pencil[100, 10] = 1
    np.testing.assert_allclose(found(1 - pencil[np.newaxis])[:95], cross()[:95], atol=1e-6)


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.04])
@pytest.mark.parametrize("light", LIGHTS)
def test_paper_without_ink_has_none(light, noise):
    for seed in range(4):
        paper = seen(np.zeros(SHAPE), light=LIGHTS[light], noise=noise, seed=seed)
        assert not found(paper).any()


def test_pale_lines_are_no_ink():
    picture = seen(cross(), noise=0.01)[0]
    picture[::20] *= 0.93
    assert not (found(picture[np.newaxis]) > 0.5)[cross() == 0].any()


def test_each_picture_of_a_stack_is_treated_for_itself():
    stack = np.concatenate([seen(cross(), light=light, noise=0.02) for light in LIGHTS.values()])
    stack = stack.astype(np.float32)
    dark = np.ones(len(stack), bool)
    alone = [find_ink(each[np.newaxis], dark[:1])[0] for each in stack]
    np.testing.assert_allclose(find_ink(stack, dark), alone, atol=1e-5)


# Noise


def test_noise_is_measured_beside_the_ink():
    rest = np.random.RandomState(0).normal(scale=0.1, size=(2, 100, 100))
    ink = np.zeros((2, 100, 100), bool)
    ink[:, :70] = True
    assert measure_noise(rest) == pytest.approx(0.1, rel=0.05)
    rest[ink] = 1
    assert measure_noise(rest, ~ink) == pytest.approx(0.1, rel=0.05)
    assert measure_noise(rest, np.zeros_like(ink)) == pytest.approx(0)


# Polarity


def test_polarity_of_small_writing_on_a_large_sheet_in_bad_light():
    for picture in pages.far_away(12, seed=3).pictures:
        red, green, _ = np.median(picture, axis=(0, 1))
        is_board = green > 1.2 * red
        assert is_ink_dark(to_grey(picture[np.newaxis])).tolist() == [not is_board]


@pytest.mark.parametrize("light", LIGHTS)
def test_polarity_is_found(light):
    dark = seen(cross(), light=LIGHTS[light], noise=0.01).astype(np.float32)
    assert is_ink_dark(dark).tolist() == [True]
    assert is_ink_dark(1 - dark).tolist() == [False]
    assert is_ink_dark(dark, False).tolist() == [False]
    assert is_ink_dark(1 - dark, True).tolist() == [True]


# Sheets of paper


def table(shape=(260, 300), top=40, left=60, angle=0.0, brightness=0.2):
    """Lay a sheet on a table."""
    scene = np.full(shape, brightness)
    sheet = seen(cross(), noise=0.01)[0]
    if angle:
        sheet = ndimage.rotate(sheet, angle, cval=brightness)
    scene[top : top + sheet.shape[0], left : left + sheet.shape[1]] = sheet
    scene += np.random.RandomState(0).normal(scale=0.01, size=shape)
    return scene.astype(np.float32)


@pytest.mark.parametrize("scale", [1, 4])
def test_a_bright_sheet_on_a_dark_table_is_found(scale):
    rows, columns = find_sheet(table(), scale)
    found = np.array([rows.start, columns.start, rows.stop, columns.stop]) / scale
    assert (found[:2] >= (40, 60)).all()
    assert (found[2:] <= (160, 220)).all()
    np.testing.assert_allclose(found, (40, 60, 160, 220), atol=14)


@pytest.mark.parametrize("angle", [-6, 5])
def test_a_sheet_may_lie_askew(angle):
    assert find_sheet(table(angle=angle)) is not None


@pytest.mark.parametrize("light", LIGHTS)
def test_paper_that_fills_the_picture_is_no_sheet(light):
    assert find_sheet(seen(cross(), light=LIGHTS[light], noise=0.01)[0]) is None


@pytest.mark.parametrize("shape", ["ring", "bar", "cross", "none"])
def test_chalk_on_a_board_is_no_sheet(shape):
    away = np.hypot(1.2 * X, Y)
    ink = {"ring": (away < 0.9) & (away > 0.25), "bar": np.abs(X) < 0.1, "cross": cross() > 0}
    board = 0.15 + 0.7 * ink.get(shape, np.zeros(SHAPE))
    board += np.random.RandomState(0).normal(scale=0.01, size=SHAPE)
    assert find_sheet(board) is None


@pytest.mark.parametrize("shape", [(33, 6000), (6000, 33)])
def test_a_long_strip_is_no_sheet(shape):
    assert find_sheet(np.random.RandomState(0).rand(*shape).astype(np.float32)) is None


def test_a_sheet_of_which_nothing_is_left_inside_is_none():
    narrow = np.ones((320, 32), np.float32)
    narrow[:, :20] = 0
    assert find_sheet(narrow) is None


def test_small_pictures_show_no_sheet():
    small = np.zeros((28, 28), np.float32)
    small[4:24, 4:24] = 1
    assert find_sheet(small) is None
