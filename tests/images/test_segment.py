"""Tests of segment_digits: every digit once, in reading order, and nothing else."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from skdigits.images import DigitSegment, _writing, segment_digits

from .. import handwriting

PAPER, PEN = 235, 40
HEIGHT, WIDTH = 60, 40


def bar(height=HEIGHT):
    """Draw a 1."""
    return np.ones((height, 8), bool)


def ring():
    """Draw a 0."""
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    away = y**2 + x**2
    return (away <= 1.01) & (away > 0.5)


def broken_five():
    """Draw a 5 whose bar stands a little above its bow."""
    five = np.zeros((HEIGHT, WIDTH), bool)
    five[:7, 8:] = True
    five[16:] = ring()[16:]
    return five


def page(*placed, shape=(300, 500)):
    """Write digits on paper: each with the row and column of its upper left corner."""
    ink = np.zeros(shape, bool)
    for digit, top, left in placed:
        ink[top : top + digit.shape[0], left : left + digit.shape[1]] |= digit
    return np.where(ink, PEN, PAPER).astype(np.uint8)


def box(digit, top, left):
    """Name the box of a digit that is placed there."""
    return top, left, top + digit.shape[0], left + digit.shape[1]


def boxes(image, **options):
    return [digit.box for digit in segment_digits(image, **options)]


def per_line(image):
    """Count the digits of each line."""
    lines = [digit.line for digit in segment_digits(image)]
    return [lines.count(line) for line in range(max(lines) + 1)]


# Which digits


def test_boxes_are_tight_and_from_left_to_right():
    placed = [(ring(), 100, 300), (bar(), 105, 40), (ring(), 95, 150)]
    expected = [box(*each) for each in sorted(placed, key=lambda each: each[2])]
    assert boxes(page(*placed)) == expected


@pytest.mark.parametrize("invert", ["auto", True, False])
def test_both_polarities(invert):
    placed = [(ring(), 100, 50), (bar(), 100, 150)]
    image = page(*placed) if invert is not False else 255 - page(*placed)
    expected = [box(*each) for each in placed]
    assert boxes(image, invert=invert) == expected
    assert boxes(255 - image) == expected


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_channels(channels):
    placed = [(ring(), 100, 50), (bar(), 100, 150)]
    grey = page(*placed)[..., np.newaxis]
    opaque = np.full_like(grey, 255)
    parts = {1: [grey], 2: [grey, opaque], 3: [grey] * 3, 4: [*[grey] * 3, opaque]}
    image = np.concatenate(parts[channels], axis=2)
    assert boxes(image) == [box(*each) for each in placed]


@pytest.mark.parametrize("scale", [1 / 255, 257])
def test_other_scales(scale):
    placed = [(ring(), 100, 50), (bar(), 100, 150)]
    dtype = np.uint16 if scale > 1 else np.float64
    assert boxes((page(*placed).astype(float) * scale).astype(dtype)) == [
        box(*each) for each in placed
    ]


def test_broken_strokes_are_joined():
    assert boxes(page((broken_five(), 50, 60), (ring(), 50, 160))) == [
        box(broken_five(), 50, 60),
        box(ring(), 50, 160),
    ]
    torn = ring()
    torn[28:31] = False  # a pen that skipped
    assert boxes(page((torn, 50, 60), (ring(), 50, 160))) == [
        box(ring(), 50, 60),
        box(ring(), 50, 160),
    ]


def test_neighbours_are_not_joined():
    assert len(boxes(page((bar(), 50, 60), (bar(), 50, 76), (ring(), 50, 96)))) == 3


def test_specks_are_left_out():
    image = page((ring(), 100, 50), (bar(), 100, 150))
    rows, columns = np.random.RandomState(0).randint(0, 90, (2, 60))
    image[rows, columns * 5] = PEN
    image[200:204, 300:305] = PEN
    assert len(boxes(image)) == 2


@pytest.mark.parametrize("down", [False, True])
def test_ruled_lines_are_left_out(down):
    placed = [(ring(), 100, 50), (bar(), 100, 150), (broken_five(), 100, 250)]
    image = page(*placed)
    ruled = image.copy()
    ruled[::40] = np.minimum(image[::40], 200)
    ruled[1::40] = np.minimum(image[1::40], 200)
    if down:
        ruled[:, ::40] = np.minimum(ruled[:, ::40], 200)
    assert len(boxes(ruled)) == 3


def test_a_dark_rule_below_the_writing_is_left_out():
    image = page((ring(), 100, 150), (bar(), 100, 250))
    image[180:184, 50:450] = PEN
    assert len(boxes(image)) == 2


def test_an_empty_card_that_lies_askew_has_no_digits():
    rng = np.random.RandomState(0)
    y, x = np.mgrid[:420, :300]
    card = (abs(x - 150 + y / 25) < 90) & (abs(y - 200 - x / 25) < 150)
    image = ndimage.gaussian_filter(np.where(card, 190.0, 40.0), 0.8)
    image += rng.normal(scale=2, size=image.shape)
    assert len(segment_digits(np.clip(image, 0, 255).astype(np.uint8))) == 0


def test_lines_from_edge_to_edge_are_no_digits():
    image = page(shape=(300, 300))
    image[:, 100:106] = image[:, 200:206] = PEN
    assert len(segment_digits(image)) == 0


@pytest.mark.parametrize(("height", "found"), [(6, 0), (9, 2)])
def test_digits_of_few_pixels_are_left_out(height, found):
    image = page(shape=(60, 80))
    image[20 : 20 + height, 20:22] = image[20 : 20 + height, 40:42] = PEN
    assert len(segment_digits(image)) == found


def test_the_table_around_a_sheet_is_left_out():
    rng = np.random.RandomState(0)
    table = 60 + rng.normal(scale=4, size=(420, 640))
    table[50:350, 70:570] = page((ring(), 100, 150), (bar(), 100, 250)) + rng.normal(
        scale=2, size=(300, 500)
    )
    found = segment_digits(np.clip(table, 0, 255).astype(np.uint8))
    expected = [box(ring(), 150, 220), box(bar(), 150, 320)]
    np.testing.assert_allclose([digit.box for digit in found], expected, atol=2)
    strip = page((ring(), 100, 150), (bar(), 100, 250))
    strip[:30] = 50
    assert len(boxes(np.clip(strip + rng.normal(scale=2, size=strip.shape), 0, 255))) == 2


def test_uneven_light_and_noise():
    rng = np.random.RandomState(0)
    y, x = np.mgrid[-1:1:300j, -1:1:500j]
    light = (1 + 0.3 * x) * (1 - 0.4 / (1 + np.exp((x + y) / 0.1)))
    scene = page((ring(), 100, 50), (bar(), 100, 250), (ring(), 100, 400)) * light / 1.4
    noisy = np.clip(scene + rng.normal(scale=3, size=scene.shape), 0, 255).astype(np.uint8)
    assert len(boxes(noisy)) == 3


# Reading order


@settings(deadline=None, max_examples=15)
@given(
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    seed=st.integers(0, 2**16),
    slope=st.floats(-0.12, 0.12),
)
def test_lines_are_read_from_top_to_bottom_even_if_they_slope(lengths, seed, slope):
    rng = np.random.RandomState(seed)
    expected, placed = [], []
    for line, length in enumerate(lengths):
        left = 40 + rng.randint(20)
        for _ in range(length):
            digit = (ring(), bar(), broken_five())[rng.randint(3)]
            top = int(80 + 110 * line + slope * left + rng.randint(-6, 7))
            placed.append((digit, top, left))
            expected.append((line, box(digit, top, left)))
            left += digit.shape[1] + rng.randint(12, 40)
    found = segment_digits(page(*placed, shape=(600, 520)))
    if min(lengths) > 1 or abs(slope) < 0.02:  # a lone digit shows no slope
        assert [(digit.line, digit.box) for digit in found] == expected
    else:
        assert sorted(digit.box for digit in found) == sorted(place for _, place in expected)


def test_low_digits_stand_in_their_line():
    image = page((bar(), 100, 50), (bar(), 95, 100), (bar(30), 130, 150), (bar(), 105, 200))
    assert [digit.line for digit in segment_digits(image)] == [0, 0, 0, 0]


# The pictures of the digits


def test_pictures_show_each_digit_alone_with_a_margin():
    tall = ring().repeat(2, axis=0)
    image = page((tall, 60, 100), (bar(), 90, 152), shape=(300, 300))
    left, right = segment_digits(image)
    for digit in (left, right):
        assert isinstance(digit, DigitSegment)
        assert digit.picture.dtype == np.uint8
        assert digit.picture.max() == 255
        for edge in (digit.picture[[0, -1]], digit.picture[:, [0, -1]]):
            assert not edge.any()
    # They are nearer to each other than the margin is wide.
    assert (left.picture > 128).sum() == pytest.approx(tall.sum(), rel=0.02)
    assert (right.picture > 128).sum() == pytest.approx(bar().sum(), rel=0.02)


def test_a_digit_at_the_border_has_a_margin_too():
    image = page((ring(), 0, 0), shape=(62, 44))
    (digit,) = segment_digits(image)
    assert digit.box[:2] == (0, 0)
    assert not digit.picture[0].any()
    assert not digit.picture[:, 0].any()


@pytest.mark.parametrize("scale", [5, 12])
def test_large_photographs(scale):
    placed = [(ring(), 100, 50), (bar(), 100, 150)]
    image = page(*placed).repeat(scale, axis=0).repeat(scale, axis=1)
    found = boxes(image)
    for one, other in zip(found, [box(*each) for each in placed], strict=True):
        np.testing.assert_allclose(one, np.multiply(other, scale), atol=2 * scale)


def test_small_writing_on_a_large_photograph_is_looked_at_from_nearer():
    image = page((ring(), 1500, 1000), (bar(), 1500, 1070), shape=(2000, 3000))
    digits = segment_digits(image)
    assert len(digits) == 2
    # Half as high as on the photograph, or higher.
    assert (digits[0].picture > 128).any(axis=1).sum() >= HEIGHT // 2 - 2


# Nothing there


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(100, 100), (30, 400, 3), (1, 1), (1, 50), (2000, 1500)])
def test_a_blank_picture_has_no_digits(value, shape):
    assert segment_digits(np.full(shape, value, np.uint8)) == []


@pytest.mark.parametrize("noise", [1, 8])
def test_empty_paper_has_no_digits(noise):
    y, x = np.mgrid[-1:1:300j, -1:1:400j]
    for seed in range(5):
        rng = np.random.RandomState(seed)
        paper = 190 + 30 * x - 20 * y**2 + rng.normal(scale=noise, size=x.shape)
        assert segment_digits(np.clip(paper, 0, 255).astype(np.uint8)) == []


@settings(deadline=None, max_examples=40)
@given(st.tuples(st.integers(1, 60), st.integers(1, 60)), st.integers(0, 2**16))
def test_any_picture_gives_boxes_inside_it(shape, seed):
    image = np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)
    for digit in segment_digits(image):
        top, left, bottom, right = digit.box
        assert 0 <= top < bottom <= shape[0]
        assert 0 <= left < right <= shape[1]


@settings(deadline=None, max_examples=60)
@given(
    shape=st.tuples(st.integers(1, 6000), st.integers(1, 6000)).map(
        # As thin as they come, and few pixels of the others.
        lambda shape: (shape[0], min(shape[1], max(1, 300_000 // shape[0])))
    ),
    turned=st.booleans(),
    strokes=st.lists(st.tuples(*[st.floats(0, 1)] * 4), min_size=1, max_size=5),
)
@example(shape=(5000, 1), turned=False, strokes=[(0.2, 0, 0.6, 1)])
@example(shape=(5999, 4), turned=True, strokes=[(0.2, 0, 0.3, 1), (0.7, 0.3, 0.2, 0.4)])
def test_boxes_lie_inside_pictures_of_any_shape(shape, turned, strokes):
    image = np.full(shape, PAPER, np.uint8)
    for top, left, height, width in strokes:
        first_row, first_column = int(top * shape[0]), int(left * shape[1])
        image[
            first_row : first_row + int(height * shape[0]) + 1,
            first_column : first_column + int(width * shape[1]) + 1,
        ] = PEN
    image = image.T if turned else image
    for digit in segment_digits(image):
        top, left, bottom, right = digit.box
        assert 0 <= top < bottom <= image.shape[0]
        assert 0 <= left < right <= image.shape[1]
        assert digit.picture.any()


def test_a_stroke_as_thin_as_its_picture_is_found_where_it_is():
    image = np.full((5000, 1), PAPER, np.uint8)
    image[1000:4000] = PEN
    assert boxes(image, invert=True) == [(1000, 0, 4000, 1)]


@settings(deadline=None, max_examples=20)
@given(down=st.integers(0, 300), across=st.integers(0, 300))
def test_boxes_move_with_the_writing(down, across):
    image = page((ring(), 100, 50), (bar(), 100, 150), (broken_five(), 200, 300))
    moved = np.full((600, 800), PAPER, np.uint8)
    moved[down : down + 300, across : across + 500] = image
    assert boxes(moved) == [tuple(np.add(each, 2 * [down, across])) for each in boxes(image)]


def test_the_image_is_not_changed():
    image = page((ring(), 100, 50))
    before = image.copy()
    image.setflags(write=False)
    segment_digits(image)
    np.testing.assert_array_equal(image, before)


# Errors


@pytest.mark.parametrize("shape", [(5,), (0, 5), (5, 5, 5), (2, 5, 5, 3), (5, 5, 0)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match=r"Expected one image of shape.*each image"):
        segment_digits(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_and_infinite_values(value):
    image = np.zeros((20, 20))
    image[3, 3] = value
    with pytest.raises(ValueError, match=r"image contains (NaN|infinity)"):
        segment_digits(image)


@pytest.mark.parametrize("invert", ["no", None, 2])
def test_invalid_invert(invert):
    with pytest.raises(ValueError, match='invert must be "auto", True'):
        segment_digits(np.zeros((20, 20)), invert=invert)


# Photographs


def test_rendered_photographs():
    drawn = handwriting.numbers(12, subset="train", seed=5)
    right = [
        per_line(picture) == [len(line) for line in label.split("\n")]
        for picture, label in zip(drawn.pictures, drawn.labels, strict=True)
    ]
    assert sum(right) >= 11


def test_gravel_is_no_writing_and_does_not_fill_the_memory():
    # Some 15,000 pieces: to compare each two took 12 GB.
    gravel = np.where(np.random.RandomState(0).random((1200, 1200)) < 0.02, PEN, PAPER)
    assert segment_digits(gravel.astype(np.uint8)) == []


# Pictures that were made to take long


def chevrons(side, pitch):
    """Draw many long bent strokes, the box of each over those of many others."""
    y, x = np.mgrid[:side, :side]
    margin = side // 24
    inside = (np.minimum(y, x) >= margin) & (np.maximum(y, x) < side - margin)
    stroke = (x + abs(y - side // 2)) % pitch < 2
    return np.where(inside & stroke, PEN, PAPER).astype(np.uint8)


def test_strokes_that_lie_within_each_other_are_measured_in_one_pass(monkeypatch):
    measured = []
    real = ndimage.distance_transform_edt
    monkeypatch.setattr(
        ndimage,
        "distance_transform_edt",
        lambda mask, *args, **options: measured.append(mask.size) or real(mask, *args, **options),
    )
    image = chevrons(240, 5)  # each two of them apart took 900 passes, and minutes at 1,200
    segment_digits(image)
    assert sum(measured) <= image.size


def test_digits_that_lie_over_one_another_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(_writing, "_LONGEST", 2500)  # as where small writing is looked at again
    image = np.full((2500, 2500), PAPER, np.uint8)
    # Two blocks say how high a digit is; beside them 500 strokes, each with a broad margin.
    image[100:1000, 100:800] = image[1040:1940, 100:800] = PEN
    image[100:2400, 900:2400:3] = PEN
    tracemalloc.start()
    try:
        found = segment_digits(image)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(digit.picture.size for digit in found) <= 100_000_000
    assert peak < 60 * image.size


@pytest.mark.parametrize(
    ("height", "n_found"),
    # The shorter is nearly the longest form; the margin of the longer would take 380 MB.
    [(19_800, 1), (100_000, 0)],
)
def test_a_very_long_stroke_does_not_fill_the_memory(height, n_found, monkeypatch):
    if not n_found:
        monkeypatch.setattr(_writing, "_LONGEST_FORM", height)
    image = np.full((height, 2), PAPER, np.uint8)
    image[height // 10 : -height // 10] = PEN
    tracemalloc.start()
    try:
        found = segment_digits(image, invert=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) == n_found
    assert peak < 40_000_000


def test_a_strip_has_no_digits_and_takes_no_time():
    # To compare it with a blurred copy took half a minute.
    strip = np.random.RandomState(0).randint(0, 256, (1, 4_000_000)).astype(np.uint8)
    assert segment_digits(strip) == []


def test_dust_does_not_fill_the_memory():
    image = np.full((1200, 1200), PAPER, np.uint8)
    image[50:-50:2, 50:-50:2] = PEN
    tracemalloc.start()
    try:
        assert segment_digits(image) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60 * image.size
