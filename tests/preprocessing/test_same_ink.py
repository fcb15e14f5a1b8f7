"""The same ink gives nearly the same frame: enlarged, padded, cropped, inverted, pale, thin."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from skdigits import MNISTNormalizer, load_mnist

from .. import handwriting

IMAGES = load_mnist(subset="test", n_samples=300, random_state=0).images
# Some images of MNIST have specks, which are left out of larger images.
IMAGES = IMAGES[[ndimage.label(image, np.ones((3, 3)))[1] == 1 for image in IMAGES]]
FRAMED = MNISTNormalizer().transform(IMAGES)
ROWS = st.integers(0, len(IMAGES) - 1)
EXAMPLES = settings(deadline=None, max_examples=30)
BLANKS = MNISTNormalizer(handle_blank="zeros")


def check(picture, row, least):
    """Check that a picture is framed nearly as the image of MNIST that it was made from."""
    assert alike(MNISTNormalizer().transform([picture])[0], FRAMED[row]) > least


def alike(framed, expected):
    """Correlate two framed images, of which one may stand a pixel beside the other."""
    moved = [np.roll(framed, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(np.corrcoef(each.ravel(), expected.ravel())[0, 1] for each in moved)


def tight(image):
    """Crop an image to its ink."""
    rows, columns = np.nonzero(image)
    return image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def resized(image, height, how=Image.Resampling.BICUBIC):
    """Resize an image to a height."""
    width = round(image.shape[1] * height / image.shape[0])
    return np.asarray(Image.fromarray(image).resize((width, height), how))


def drawn(row, side):
    """Write a digit, from 0 to 1, in the middle of a square."""
    return np.pad(resized(IMAGES[row], side) / 255, side // 10)


@EXAMPLES
@given(row=ROWS, factor=st.integers(2, 20), margin=st.integers(0, 3))
def test_repeated_rows_and_columns_change_nothing(row, factor, margin):
    image = np.pad(IMAGES[row], margin)
    expected = MNISTNormalizer().transform([image])
    enlarged = image.repeat(factor, axis=0).repeat(factor, axis=1)
    np.testing.assert_array_equal(MNISTNormalizer().transform([enlarged]), expected)


@EXAMPLES
@given(
    row=ROWS,
    height=st.integers(40, 560),
    how=st.sampled_from(["NEAREST", "BILINEAR", "BICUBIC", "LANCZOS"]),
)
def test_enlarged(row, height, how):
    check(resized(IMAGES[row], height, getattr(Image.Resampling, how)), row, 0.8)


@EXAMPLES
@given(
    row=ROWS,
    margins=st.just([0, 0, 0, 0]) | st.tuples(*4 * [st.integers(8, 80)]),
    dark=st.booleans(),
)
def test_padded_or_cropped_to_the_ink(row, margins, dark):
    top, bottom, left, right = margins
    picture = np.pad(tight(IMAGES[row]), ((top, bottom), (left, right)))
    check(255 - picture if dark else picture, row, 0.95)


@EXAMPLES
@given(row=ROWS, side=st.integers(40, 200), contrast=st.floats(0.15, 1), noise=st.floats(0, 0.02))
def test_pale_on_grainy_paper(row, side, contrast, noise):
    strokes = handwriting.strokes(IMAGES[row], side)
    ink = np.pad(strokes, side // 5)
    grain = np.random.RandomState(row).normal(size=ink.shape) * noise * contrast
    check(np.clip(230 - 230 * (contrast * ink + grain), 0, 255).astype(np.uint8), row, 0.7)


@EXAMPLES
@given(row=ROWS, side=st.integers(32, 200), quality=st.integers(60, 95))
def test_jpeg(row, side, quality):
    file = io.BytesIO()
    Image.fromarray((255 - 200 * drawn(row, side)).astype(np.uint8)).save(
        file, "JPEG", quality=quality
    )
    # JPEG widens the ink, so that the digit becomes smaller: a thin ring shows it most.
    check(np.asarray(Image.open(file)), row, 0.4)


@EXAMPLES
@given(
    row=ROWS,
    side=st.integers(28, 120),
    pen=st.tuples(*3 * [st.integers(0, 100)]),
    paper=st.tuples(*3 * [st.integers(155, 255)]),
    swapped=st.booleans(),
)
def test_coloured(row, side, pen, paper, swapped):
    ink = drawn(row, side)[..., np.newaxis]
    pen, paper = (paper, pen) if swapped else (pen, paper)
    check((np.array(paper) * (1 - ink) + np.array(pen) * ink).astype(np.uint8), row, 0.8)


@pytest.mark.parametrize("side", [16, 20, 28, 32, 64])
@pytest.mark.parametrize("dark", [False, True])
def test_one_bit_to_the_very_edge(side, dark):
    for row in range(40):
        strokes = handwriting.strokes(IMAGES[row], 80)
        height, width = (max(round(side * n / max(strokes.shape)), 4) for n in strokes.shape)
        small = Image.fromarray((strokes * 255).astype(np.uint8)).resize(
            (width, height), Image.Resampling.BOX
        )
        bits = np.asarray(small) > 127
        check(~bits if dark else bits, row, 0.75)


@pytest.mark.parametrize("side", [96, 260, 518, 1000])
def test_a_thin_pen_on_a_photograph(side):
    rng = np.random.RandomState(side)
    for row in range(6):
        strokes = handwriting.strokes(IMAGES[row], 0.5 * side, thickness=0.01)
        top, left = (np.array([side, side]) - strokes.shape) // 2
        ink = np.zeros((side, side))
        ink[top : top + strokes.shape[0], left : left + strokes.shape[1]] = strokes
        ink = ndimage.gaussian_filter(ink, 0.6)[..., np.newaxis]
        paper, pen = np.array([0.78, 0.75, 0.7]), np.array([0.3, 0.32, 0.6])
        scene = paper * (1 - ink) + pen * ink + rng.normal(scale=0.008, size=(side, side, 1))
        framed = BLANKS.transform([(np.clip(scene, 0, 1) * 255).astype(np.uint8)])[0]
        assert framed.any()


def lines_of_a_cell(side, sides, width):
    """Draw lines along some sides of a square."""
    cell = np.zeros((side, side), np.uint8)
    for turn in sides:
        np.rot90(cell, turn)[1 : 1 + width] = 255
    return cell


@pytest.mark.parametrize("side", [28, 40, 90])
@pytest.mark.parametrize("sides", [[0], [1, 2], [0, 2], [0, 1, 3]])
def test_lines_of_a_table_are_left_out(side, sides):
    cell = lines_of_a_cell(side, sides, side // 20)
    assert not BLANKS.transform([cell]).any()
    for row in range(8):
        digit = resized(tight(IMAGES[row]), side // 2)
        top, left = (np.array([side, side]) - digit.shape) // 2
        if left < side // 5:
            continue
        written = cell.copy()
        written[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
        check(written, row, 0.8)
        check(255 - written, row, 0.8)


def with_joint(ink, rng, darkness):
    """Make a stroke faint in one place."""
    rows, columns = np.nonzero(ink > 0.5)
    place = rng.randint(len(rows))
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]]
    near = np.hypot(y - rows[place], x - columns[place]) < 0.08 * max(ink.shape)
    return np.where(near, darkness * ink, ink)


@pytest.mark.parametrize("side", [32, 60, 136, 240])
@pytest.mark.parametrize("edge", [False, True])
def test_a_digit_with_a_faint_joint_stays_whole(side, edge):
    rng = np.random.RandomState(side)
    for row in range(20):
        ink = handwriting.strokes(IMAGES[row], 0.6 * side, thickness=0.7)
        # Something remains to the left and right, and perhaps below.
        below = 0 if edge else side // 5
        picture = np.pad(with_joint(ink, rng, 0.4), ((side // 5, below), (side // 5, side // 5)))
        whole = np.pad(ink, side // 5)
        framed, expected = BLANKS.transform(
            [(255 - 200 * each).astype(np.uint8) for each in (picture, whole)]
        )
        assert alike(framed, expected) > 0.8


@pytest.mark.parametrize("side", [60, 136, 240])
def test_a_stroke_that_fades_stays(side):
    for row in range(20):
        ink = handwriting.strokes(IMAGES[row], 0.6 * side, thickness=0.7)
        fading = ink * np.linspace(1, 0.35, len(ink))[:, np.newaxis]
        framed, expected = BLANKS.transform(
            [255 - 200 * np.pad(each, side // 5) for each in (fading, ink)]
        )
        assert alike(framed, expected) > 0.7


@pytest.mark.parametrize("side", [136, 240])
@pytest.mark.parametrize("margin", [False, True])
def test_ruled_paper_is_blank_and_digits_on_it_are_not(side, margin):
    lines = np.zeros((side, side), bool)
    for level in range(side // 8, side, side // 3):
        lines[level : level + max(side // 60, 1)] = True
    if margin:
        lines[:, side // 5 : side // 5 + max(side // 60, 1)] = True
    assert not BLANKS.transform([(255 - 120 * lines).astype(np.uint8)]).any()
    for row in range(8):
        ink = handwriting.strokes(IMAGES[row], 0.45 * side)
        top, left = side // 4, side // 3
        written = np.zeros((side, side))
        written[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
        check((255 - np.maximum(120 * lines, 230 * written)).astype(np.uint8), row, 0.75)


@pytest.mark.parametrize("faint", [0.2, 0.28, 0.35])
def test_faint_squares_of_the_paper_do_not_become_part_of_a_digit(faint):
    for row in range(12):
        ink = handwriting.strokes(IMAGES[row], 60, thickness=1.0)
        squares = np.zeros((200, 220))
        for at in range(10 + row, 220, 40):
            squares[at : at + 2] = faint
            squares[:, at : at + 2] = faint
        written, alone = np.zeros_like(squares), np.zeros_like(squares)
        place = np.s_[70 : 70 + ink.shape[0], 90 : 90 + ink.shape[1]]
        alone[place] = ink
        written = np.maximum(squares, alone)
        framed, expected = BLANKS.transform(
            [(220 - 180 * each).astype(np.uint8) for each in (written, alone)]
        )
        assert alike(framed, expected) > 0.9


def test_digits_on_hard_photographs_are_framed_like_those_they_were_drawn_from():
    drawn = handwriting.photographs(150, seed=11)
    originals = load_mnist(subset="test").images[drawn.rows]
    framed, expected = BLANKS.transform(drawn.pictures), BLANKS.transform(originals)
    likeness = np.array([alike(*pair) for pair in zip(framed, expected, strict=True)])
    assert np.mean(likeness > 0.5) >= 0.98
