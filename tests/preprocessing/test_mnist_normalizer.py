"""Tests of MNISTNormalizer: any picture of a digit gets MNIST's frame, and MNIST keeps its own."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdigits import ImageScaler, MNISTNormalizer, load_mnist
from skdigits.exceptions import BlankPictureError

from .. import handwriting

MNIST = load_mnist(subset="train", n_samples=1000, random_state=0)
#: The stroke of a 7, in shares of a square.
SEVEN = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.35)]


def seven(height, width, *, thickness=None, top=0.2, left=0.3, size=0.6):
    """Draw a 7 with smooth borders, from 0 to 1, at a place given in shares of the picture."""
    size = size * min(height, width)
    thickness = thickness or size / 8
    y, x = np.mgrid[:height, :width] + 0.5
    points = [(top * height + size * down, left * width + size * 0.6 * far) for down, far in SEVEN]
    distance = np.full((height, width), np.inf)
    for (y0, x0), (y1, x1) in pairwise(points):
        length = (y1 - y0) ** 2 + (x1 - x0) ** 2
        along = np.clip(((y - y0) * (y1 - y0) + (x - x0) * (x1 - x0)) / length, 0, 1)
        away = np.hypot(y - y0 - along * (y1 - y0), x - x0 - along * (x1 - x0))
        distance = np.minimum(distance, away)
    return np.clip(0.5 + thickness / 2 - distance, 0, 1)


FRAMED_SEVEN = MNISTNormalizer(invert=False).transform([seven(280, 280)])[0]


def on_paper(ink, paper=230, pen=40):
    """Write dark ink on paper."""
    return np.rint(paper + (pen - paper) * ink).astype(np.uint8)


def box(picture):
    """Find the tight box of the ink."""
    rows, columns = np.nonzero(picture)
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


def similarity(one, other):
    """Correlate two pictures, of which one may stand a pixel beside the other."""
    moved = [np.roll(one, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(np.corrcoef(each.ravel(), other.ravel())[0, 1] for each in moved)


def check_frame(framed):
    """Check what is true of every picture of MNIST."""
    assert framed.dtype == np.uint8
    assert framed.shape[1:] == (28, 28)
    for picture in framed:
        top, left, bottom, right = box(picture)
        assert max(bottom - top, right - left) <= 20
        assert picture.max() == 255
        # It is moved by whole pixels.
        np.testing.assert_allclose(ndimage.center_of_mass(picture), 14, atol=0.51)


@parametrize_with_checks([MNISTNormalizer(handle_blank="zeros")])
@pytest.mark.filterwarnings(
    # The checks' data has 1 to 20 columns, mostly no square.
    "ignore:.*features do not form a square image:UserWarning",
)
def test_sklearn_checks(estimator, check):
    check(estimator)


# MNIST itself


def test_mnist_is_framed_already():
    framed = MNISTNormalizer().fit_transform(MNIST.images)
    difference = np.abs(framed.astype(int) - MNIST.images).max(axis=(1, 2))
    assert (difference == 0).mean() > 0.85
    assert (difference <= 2).mean() > 0.995
    np.testing.assert_array_equal(MNISTNormalizer().fit_transform(framed), framed)


@pytest.mark.parametrize("place", [(3, 1), (-3, 2), (0, -3)])
def test_a_moved_picture_of_mnist_is_moved_back(place):
    images = MNIST.images[(MNIST.images[:, :4].max(axis=(1, 2)) == 0)][:200]
    inner = images[(images[:, :, [*range(4), *range(24, 28)]].max(axis=(1, 2)) == 0)]
    inner = inner[inner[:, 24:].max(axis=(1, 2)) == 0]
    assert len(inner) > 20
    normalizer = MNISTNormalizer()
    moved = np.roll(inner, place, axis=(1, 2))
    np.testing.assert_array_equal(normalizer.transform(moved), normalizer.transform(inner))


def test_inverted_mnist_gives_mnist():
    expected = MNISTNormalizer().transform(MNIST.images)
    np.testing.assert_array_equal(MNISTNormalizer().transform(255 - MNIST.images), expected)


@pytest.mark.parametrize("way", [lambda X: X / 255, lambda X: X * 2.0 - 255, lambda X: X * 257])
def test_the_scale_of_the_values_does_not_matter(way):
    expected = MNISTNormalizer().transform(MNIST.images)
    scaled = MNISTNormalizer().transform(way(MNIST.images.astype(np.float64)))
    assert np.abs(scaled.astype(int) - expected).max() <= 1


def test_enlarged_mnist_comes_back_nearly():
    images = MNIST.images[:100]
    framed = MNISTNormalizer().transform(ndimage.zoom(images, (1, 10, 10), order=1))
    # Strokes are made solid and some are thickened, so that their borders differ.
    alike = [similarity(*pair) for pair in zip(framed, images, strict=True)]
    assert np.median(alike) > 0.95
    assert min(alike) > 0.8


# Any picture


@settings(deadline=None, max_examples=25)
@given(
    height=st.integers(24, 400),
    width=st.integers(24, 400),
    paper=st.integers(120, 255),
    contrast=st.integers(60, 120),
    dark=st.booleans(),
    place=st.tuples(st.floats(0.08, 0.32), st.floats(0.08, 0.32)),
)
def test_size_polarity_place_and_contrast_do_not_matter(
    height, width, paper, contrast, dark, place
):
    top, left = place
    ink = seven(height, width, top=top, left=left)
    picture = on_paper(ink, paper, paper - contrast)
    if not dark:
        picture = 255 - picture
    framed = MNISTNormalizer().fit_transform([picture])
    check_frame(framed)
    np.testing.assert_array_equal(MNISTNormalizer(invert=dark).transform([picture]), framed)
    assert similarity(framed[0], FRAMED_SEVEN) > (0.9 if min(height, width) > 60 else 0.75)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, np.float16, np.float64])
@pytest.mark.parametrize("size", [(28, 28), (90, 70)])
def test_every_type(dtype, size):
    picture = on_paper(seven(*size))
    expected = MNISTNormalizer().fit_transform([picture])
    framed = MNISTNormalizer().fit_transform([picture.astype(dtype)])
    np.testing.assert_array_equal(framed, expected)


def test_booleans_are_a_drawing():
    drawing = seven(100, 100) > 0.5
    check_frame(MNISTNormalizer().fit_transform([drawing]))


@pytest.mark.parametrize(
    ("pen", "paper"),
    [
        ((20, 30, 140), (250, 250, 250)),
        ((170, 20, 30), (240, 230, 200)),
        ((230, 230, 220), (20, 60, 40)),
        # As bright as each other: only the hue differs.
        ((255, 60, 60), (60, 144, 60)),
    ],
    ids=["blue on white", "red on cream", "chalk on green", "red on green"],
)
def test_colours(pen, paper):
    ink = seven(120, 100)[..., np.newaxis]
    picture = np.rint(np.array(paper) * (1 - ink) + np.array(pen) * ink).astype(np.uint8)
    framed = MNISTNormalizer().fit_transform([picture])
    check_frame(framed)
    expected = MNISTNormalizer().fit_transform([seven(120, 100)])
    assert np.abs(framed.astype(int) - expected).mean() < 3


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 0, 0)])
@pytest.mark.parametrize("hidden", [0, 255])
def test_what_is_transparent_is_ground(colour, hidden):
    # A drawing program may keep any colour below what is transparent.
    alpha = np.rint(seven(100, 100) * 255).astype(np.uint8)
    picture = np.where(alpha[..., np.newaxis] > 0, colour, hidden).astype(np.uint8)
    framed = MNISTNormalizer().fit_transform([np.dstack([picture, alpha])])
    expected = MNISTNormalizer().fit_transform([seven(100, 100)])
    assert np.abs(framed.astype(int) - expected).max() <= 2
    grey = np.dstack([picture[..., 0], alpha])
    if colour[0] == colour[1]:
        framed = MNISTNormalizer().fit_transform([grey])
        assert np.abs(framed.astype(int) - expected).max() <= 2


def test_uneven_light_noise_and_a_shadow_are_removed():
    rng = np.random.RandomState(0)
    y, x = np.mgrid[-1:1:200j, -1:1:240j]
    light = (1 + 0.3 * x - 0.2 * y) * (1 - 0.35 / (1 + np.exp((x + y) / 0.1)))
    scene = on_paper(seven(200, 240), 200, 50) * light / 1.6 + rng.normal(scale=3, size=y.shape)
    framed = MNISTNormalizer().fit_transform([np.clip(scene, 0, 255).astype(np.uint8)])
    check_frame(framed)
    assert (framed[0, [0, -1]] == 0).all()
    expected = MNISTNormalizer().fit_transform([seven(200, 240)])
    assert np.abs(framed.astype(int) - expected).mean() < 4


@pytest.mark.parametrize("thickness", [2, 20, 40])
def test_thick_and_thin_pens_become_like_those_of_mnist(thickness):
    ink = seven(300, 300, thickness=thickness)
    framed = MNISTNormalizer().fit_transform([on_paper(ink)])[0] / 255
    area, outline = framed.sum(), np.hypot(*np.gradient(framed)).sum()
    assert 1.7 < 2 * area / outline < 4.2


def test_specks_and_ruled_lines_are_left_out():
    picture = on_paper(seven(240, 240))
    expected = MNISTNormalizer().fit_transform([picture])
    picture[::30] = np.minimum(picture[::30], 205)  # pale lines
    picture[[20, 200], [40, 215]] = 30
    framed = MNISTNormalizer().fit_transform([picture])
    assert np.abs(framed.astype(int) - expected).mean() < 2


def test_aspect_is_kept():
    one = np.full((200, 200), 240, np.uint8)
    one[20:180, 90:98] = 30
    top, left, bottom, right = box(MNISTNormalizer().fit_transform([one])[0])
    assert bottom - top == 20
    assert right - left <= 4
    bar = one.T
    top, left, bottom, right = box(MNISTNormalizer().fit_transform([bar])[0])
    assert right - left == 20
    assert bottom - top <= 4


@pytest.mark.parametrize("draw", [handwriting.ink_on_paper, handwriting.photographs])
def test_rendered_handwriting_is_framed_like_the_images_that_were_rendered(draw):
    drawn = draw(40, subset="train", seed=9)
    images = load_mnist(subset="train").images[drawn.rows]
    framed = MNISTNormalizer().fit_transform(drawn.pictures)
    check_frame(framed)
    alike = [similarity(*pair) for pair in zip(framed, images, strict=True)]
    # Photographs are turned and seen from the side, and other pens have written on them.
    assert np.median(alike) > (0.9 if draw is handwriting.ink_on_paper else 0.8)


# Blank pictures


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("size", [(28, 28), (64, 64, 3), (300, 200)])
def test_blank_pictures_are_named(value, size):
    inked, blank = on_paper(seven(60, 60)), np.full(size, value, np.uint8)
    with pytest.raises(BlankPictureError, match=r" 1, 3 are blank.*handle_blank") as caught:
        MNISTNormalizer().fit_transform([inked, blank, inked, blank])
    assert caught.value.indices == (1, 3)
    framed = MNISTNormalizer(handle_blank="zeros").fit_transform([inked, blank])
    assert framed[0].any()
    assert not framed[1].any()


@pytest.mark.parametrize("size", [(28, 28), (100, 100), (240, 320)])
@pytest.mark.parametrize("noise", [1, 6])
def test_empty_paper_is_blank(size, noise):
    rng = np.random.RandomState(0)
    y, x = np.mgrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j]
    papers = [
        np.clip(200 + 20 * x - 15 * y**2 + rng.normal(scale=noise, size=size), 0, 255)
        for _ in range(10)
    ]
    framed = MNISTNormalizer(handle_blank="zeros").fit_transform(np.array(papers, np.uint8))
    assert not framed.any()


def test_a_dot_is_no_digit():
    nearly_blank = np.full((200, 200), 240, np.uint8)
    nearly_blank[100:102, 90:92] = 20
    with pytest.raises(
        BlankPictureError, match=r"ink on the image, but it is blank or nearly blank"
    ):
        MNISTNormalizer().fit_transform([nearly_blank])


# Parameters


def test_polarity_can_be_told():
    # Ink fills most of the picture: nobody could know.
    picture = np.full((40, 40), 30, np.uint8)
    picture[5:35, 17:23] = 220
    dark, bright = (
        MNISTNormalizer(invert=invert, handle_blank="zeros").fit_transform([picture])[0]
        for invert in (True, False)
    )
    assert not np.array_equal(dark, bright)
    top, left, bottom, right = box(bright)
    assert bottom - top == 20
    assert right - left <= 6


@pytest.mark.parametrize("invert", ["yes", None, 1, 0.0, np.array([True])])
def test_invalid_invert(invert):
    normalizer = MNISTNormalizer(invert=invert)
    for call in (normalizer.fit, normalizer.transform):
        with pytest.raises(ValueError, match=r'invert must be "auto", True .* or False'):
            call(MNIST.images[:2])


@pytest.mark.parametrize("handle_blank", ["ignore", None, True])
def test_invalid_handle_blank(handle_blank):
    with pytest.raises(ValueError, match='handle_blank must be "error" or "zeros"'):
        MNISTNormalizer(handle_blank=handle_blank).fit(MNIST.images[:2])


# What it takes


def test_flat_and_image_input_agree_in_any_container():
    images = MNIST.images[:5]
    flat = images.reshape(5, 784)
    expected = MNISTNormalizer().fit_transform(images)
    names = [f"pixel{number}" for number in range(784)]
    objects = np.empty(5, object)
    objects[:] = list(images)
    for X in (
        flat,
        flat.tolist(),
        list(flat),
        list(images),
        images.tolist(),
        tuple(images),
        objects,
        images[..., np.newaxis],
        np.asfortranarray(images),
        pd.DataFrame(flat, columns=names),
    ):
        np.testing.assert_array_equal(MNISTNormalizer().fit_transform(X), expected)


def test_a_list_of_any_sizes_keeps_its_order():
    rng = np.random.RandomState(0)
    pictures = [on_paper(seven(*rng.randint(20, 120, 2))) for _ in range(12)]
    pictures[3] = np.dstack([pictures[3]] * 3)
    pictures[5] = pictures[5] / 255
    together = MNISTNormalizer().fit_transform(pictures)
    alone = [MNISTNormalizer().fit_transform([picture])[0] for picture in pictures]
    np.testing.assert_array_equal(together, alone)


def test_one_by_one_is_the_same_as_many():
    images = np.random.RandomState(0).permutation(255 - MNIST.images)
    together = MNISTNormalizer().fit_transform(images)
    alone = [MNISTNormalizer().transform(image[np.newaxis])[0] for image in images]
    np.testing.assert_array_equal(together, alone)


def test_pictures_are_not_changed_and_may_be_read_only():
    pictures = [on_paper(seven(100, 80)), MNIST.images[0].copy()]
    before = [picture.copy() for picture in pictures]
    for picture in pictures:
        picture.setflags(write=False)
    MNISTNormalizer().fit_transform(pictures)
    for picture, expected in zip(pictures, before, strict=True):
        np.testing.assert_array_equal(picture, expected)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 2), (3, 1000), (7, 9)])
@pytest.mark.filterwarnings("error")
def test_tiny_and_narrow_pictures_do_no_harm(size):
    rng = np.random.RandomState(0)
    pictures = rng.randint(0, 256, (4, *size)).astype(np.uint8)
    framed = MNISTNormalizer(handle_blank="zeros").fit_transform(pictures)
    assert framed.shape == (4, 28, 28)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_numbers_give_a_frame_or_zeros(data):
    shape = data.draw(st.tuples(st.integers(1, 50), st.integers(1, 50)))
    channels = data.draw(st.sampled_from([(), (1,), (2,), (3,), (4,)]))
    seed = data.draw(st.integers(0, 2**16))
    scale = data.draw(st.sampled_from([1e-30, 1e-3, 1.0, 255.0, 1e6, 1e30]))
    values = np.random.RandomState(seed).normal(size=(1, *shape, *channels)) * scale
    framed = MNISTNormalizer(handle_blank="zeros").fit_transform(values)
    assert framed.shape == (1, 28, 28)
    assert framed.max() in (0, 255)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_missing_and_infinite_values_are_named(value):
    pictures = [np.zeros((30, 30)), np.zeros((40, 40)), np.zeros((30, 30))]
    pictures[2][3, 3] = value
    with pytest.raises(ValueError, match=r"In image 2: .*contains (NaN|infinity)"):
        MNISTNormalizer().fit(pictures)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match=r"got shape \(30, 30, 5\) for image 1"):
        MNISTNormalizer().fit([np.zeros((9, 9)), np.zeros((30, 30, 5))])
    with pytest.raises(ValueError, match=r"one colour image, of shape \(60, 50, 3\).*\[X\]"):
        MNISTNormalizer().fit(np.zeros((60, 50, 3)))
    with pytest.raises(ValueError, match=r"image 0 of shape .* Remove it"):
        MNISTNormalizer().fit([np.zeros((0, 5))])
    with pytest.raises(ValueError, match=r"a list of 0 sample\(s\)"):
        MNISTNormalizer().fit([])
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        MNISTNormalizer().fit(np.empty((0, 28, 28)))
    with pytest.raises(ValueError, match="rows of different lengths in image 1"):
        MNISTNormalizer().fit([[[1, 2], [3, 4]], [[1, 2], [3]]])
    with pytest.raises(ValueError, match="Complex data not supported"):
        MNISTNormalizer().fit(np.ones((2, 9, 9), complex))
    with pytest.raises(TypeError, match="Sparse data was passed"):
        MNISTNormalizer().fit(scipy.sparse.csr_array(np.eye(4)))


def test_a_strip_of_pixels_is_refused_before_it_fills_the_memory():
    strip = np.zeros((2, 200_000), np.uint8)
    with pytest.raises(ValueError, match=r"image 1 of 2 x 200000 pixels.*Cut out the digit"):
        MNISTNormalizer().transform([np.eye(30), strip])


def test_flat_pictures_that_are_no_square_are_one_row():
    X = np.random.RandomState(0).rand(3, 10)
    with pytest.warns(UserWarning, match=r"10 features do not form a square.*reshape") as caught:
        MNISTNormalizer(handle_blank="zeros").fit(X)
    assert caught[0].filename == __file__


# A transformer among others


def test_nothing_is_learnt():
    picture = on_paper(seven(90, 50))
    unfitted = MNISTNormalizer()
    expected = unfitted.transform([picture])
    assert unfitted.__dict__ == MNISTNormalizer().__dict__
    fitted = MNISTNormalizer().fit(MNIST.images)
    np.testing.assert_array_equal(fitted.transform([picture]), expected)


def test_number_and_names_of_features_are_those_of_the_last_fit():
    flat = MNIST.data[:3]
    names = [f"pixel{number}" for number in range(784)]
    normalizer = MNISTNormalizer().fit(pd.DataFrame(flat, columns=names))
    assert normalizer.n_features_in_ == 784
    assert list(normalizer.feature_names_in_) == names
    with pytest.raises(ValueError, match="feature names should match"):
        normalizer.transform(pd.DataFrame(flat, columns=names[::-1]))
    with pytest.raises(ValueError, match="X has 64 features, but MNISTNormalizer is expecting"):
        MNISTNormalizer().fit(flat).transform(np.ones((1, 64)))
    normalizer.transform([on_paper(seven(50, 60))])
    normalizer.fit([on_paper(seven(50, 60))])
    assert not hasattr(normalizer, "n_features_in_")
    assert not hasattr(normalizer, "feature_names_in_")


def test_clone_and_pickle():
    normalizer = MNISTNormalizer(invert=True, handle_blank="zeros").fit(MNIST.data[:9])
    assert clone(normalizer).get_params() == normalizer.get_params()
    again = pickle.loads(pickle.dumps(normalizer))
    X = 255 - MNIST.data[:9]
    np.testing.assert_array_equal(again.transform(X), normalizer.transform(X))


def test_blank_picture_error_can_be_pickled():
    error = pickle.loads(pickle.dumps(BlankPictureError([1, 4], 9)))
    assert error.indices == (1, 4)
    assert "1, 4 are blank" in str(error)


def test_it_has_no_output_for_a_data_frame():
    assert not hasattr(MNISTNormalizer(), "set_output")
    with config_context(transform_output="pandas"):
        scaled = make_pipeline(MNISTNormalizer(), ImageScaler()).fit_transform(MNIST.data[:5])
    assert isinstance(scaled, pd.DataFrame)
    assert scaled.shape == (5, 784)


def test_a_classifier_of_mnist_reads_ink_on_paper():
    drawn = handwriting.ink_on_paper(40, subset="test", seed=3)
    labels = [int(label) for label in drawn.labels]
    X, y = MNIST.data, MNIST.target
    normalized = make_pipeline(MNISTNormalizer(), ImageScaler(), KNeighborsClassifier(1))
    assert normalized.fit(X, y).score(drawn.pictures, labels) > 0.8


def test_in_a_grid_search():
    pipeline = make_pipeline(MNISTNormalizer(), ImageScaler(), KNeighborsClassifier(1))
    grid = {"mnistnormalizer__invert": [True, False, "auto"]}
    options = {"handle_blank": "zeros"}
    pipeline.set_params(**{f"mnistnormalizer__{name}": each for name, each in options.items()})
    search = GridSearchCV(pipeline, grid, cv=3).fit(MNIST.data[:300], MNIST.target[:300])
    told_wrongly, told, found = search.cv_results_["mean_test_score"]
    assert found == told > told_wrongly


def test_callbacks_are_told_of_the_fit():
    callback = pytest.importorskip("sklearn.callback")
    normalizer = MNISTNormalizer().set_callbacks(callback.ProgressBar())
    assert normalizer.fit(MNIST.images[:3]) is normalizer
