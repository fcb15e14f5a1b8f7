"""The page as one file: in a browser, without a server, with the same answers."""

from __future__ import annotations

import base64
import re
from importlib.resources import files
from pathlib import Path

import keras
import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skdigits import (
    Deskewer,
    ImageScaler,
    KerasCNNClassifier,
    KerasMLPClassifier,
    MNISTNormalizer,
    load_mnist,
    save_model,
)
from skdigits.cli import main
from skdigits.exceptions import ExportError
from skdigits.neural_network import BaseKerasClassifier

from .. import handwriting
from ._browsing import STROKES, expect, has_ink, seen, shows, write
from ._serving import draw, to_file

single_file = pytest.importorskip("skdigits.web._single_file", reason="needs the extra web")
answers = pytest.importorskip("skdigits.web._answers", reason="needs the extra web")

MOST_BYTES = 1_500_000
#: The share of answers that are the same as the server's.
LEAST_SAME = 0.995
HEIGHT, WIDTH = 360, 480
#: Puts an image on the sheet in place of what is drawn there, just before it is read.
PUT_IMAGES = """
const { getImageData } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.getImageData = function (...window_) {
  const image = getImageData.apply(this, window_);
  if (window.sheet && image.data.length === 4 * window.sheet.length) {
    const bytes = window.sheet;
    for (let i = 0; i < bytes.length; i++) image.data.fill(bytes.charCodeAt(i), 4 * i, 4 * i + 3);
  }
  return image;
};
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Give the page as one file, with the included network."""
    path = tmp_path_factory.mktemp("page") / "digits.html"
    assert main(["demo", "--export", str(path)]) == 0
    return path


@pytest.fixture
def open_file(browser):
    """Give a function that opens a file in the browser; any request or complaint fails."""
    contexts, complaints, requests = [], [], []

    def open_file(path, *, put_images=False, width=1200, height=850, **options):
        options = {"reduced_motion": "reduce", "offline": True} | options
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        if put_images:
            page.add_init_script(PUT_IMAGES)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        assert requests.pop() == path.as_uri()
        expect(page.locator(".card").first).to_be_visible()
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert complaints == []
    assert requests == []


def test_it_is_small_and_names_no_address(exported):
    text = exported.read_text()
    assert len(text.encode()) <= MOST_BYTES
    assert "http:" not in text
    assert "https:" not in text
    assert "default-src 'none'" in text
    assert "connect-src" not in text


@pytest.mark.parametrize("digit", STROKES)
def test_a_digit_is_read_without_a_server(open_file, exported, digit):
    page = open_file(exported)
    write(page, digit)
    shows(page, digit)
    expect(page.locator(".bars li.best")).to_contain_text(re.compile(rf"^{digit}"))
    assert seen(page).max() == 255
    expect(page.locator("#spoken")).to_have_text(re.compile(rf"^{digit}, \d+ percent sure"))
    page.keyboard.press("Escape")
    shows(page, "")
    has_ink(page, "sheet", 0)


def test_all_can_be_done_by_keyboard_and_pictures_are_not_offered(open_file, exported):
    page = open_file(exported)
    assert page.get_by_text("photograph").count() == page.get_by_text("picture").count() == 0
    assert page.locator("input[type=file]").count() == 0
    page.locator("#sheet").focus()
    for digit in "0123456789":
        page.keyboard.press(digit)
        shows(page, digit)
    page.keyboard.press("Control+z")
    shows(page, "8")


def test_several_digits_are_a_number_with_boxes(open_file, exported):
    page = open_file(exported)
    page.get_by_role("switch", name="Several digits").check(force=True)
    write(page, "7", at=(-0.25, -0.2), scale=0.4)
    write(page, "1", at=(0.05, -0.2), scale=0.4)
    write(page, "4", at=(0.05, 0.3), scale=0.4)
    shows(page, "71\n4")
    expect(page.locator(".digits button")).to_have_count(3)
    has_ink(page, "boxes", 1_000, 1_000_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_scrolling_sideways(open_file, exported, scheme):
    page = open_file(exported, width=360, height=740, color_scheme=scheme, has_touch=True)
    page.locator("#sheet").focus()
    page.keyboard.press("5")
    shows(page, "5")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("n", [60, pytest.param(500, marks=pytest.mark.slow)])
def test_answers_are_those_of_the_server(open_file, exported, model, n):
    page = open_file(exported, put_images=True)
    sheets = [*_digits(n), *_letters(n // 6)]
    found = [_ask(page, sheet) for sheet in sheets]
    expected = [_expect(model, sheet, segment=False) for sheet in sheets]
    same = np.mean([one == other for one, other in zip(found, expected, strict=True)])
    print(f"{same:.1%} of {len(sheets)} answers are the same")
    assert same >= LEAST_SAME
    assert {text for text, _ in expected} == {*"0123456789", "no digit"}


def test_numbers_are_those_of_the_server(open_file, exported, model):
    page = open_file(exported, put_images=True)
    page.get_by_role("switch", name="Several digits").check(force=True)
    sheets = [*_numbers(12), draw(((60, 180), (420, 180)), shape=(HEIGHT, WIDTH))]
    assert [_ask(page, sheet)[0] for sheet in sheets] == [
        _expect(model, sheet, segment=True)[0] for sheet in sheets
    ]


def _ask(page, sheet):
    """Put an image on the sheet; give what the page reads, and how sure it is."""
    page.evaluate("bytes => { window.sheet = atob(bytes); }", base64.b64encode(sheet).decode())
    page.keyboard.press("Escape")
    page.locator("#sheet").focus()
    page.keyboard.press("1")  # whatever is drawn, the image is read
    page.evaluate("new Promise(done => setTimeout(() => requestAnimationFrame(done), 20))")
    return page.locator(".label").inner_text(), page.locator(".sure").inner_text().split(",")[0]


def _expect(model, sheet, *, segment):
    """Give what the server's page shows."""
    limits = answers.Limits()
    read = answers.answer(to_file(sheet), {"model": model}, ["model"], limits, segment=segment)
    [found] = read["models"]
    if not found["digits"]:
        return "", ""
    [digit, *_] = found["digits"]
    share = 1 - digit["digit_probability"] if digit["left_out"] else digit["probability"]
    shown = "> 99.9%" if share > 0.999 else "0%" if share < 0.0005 else f"{100 * share:.1f}%"
    return found["text"] or "no digit", f"{shown} sure"


def _on_paper(ink):
    return np.rint(255 * (1 - ink.clip(0, 1))).astype(np.uint8)


def _digits(n):
    """Draw MNIST's test images with smooth strokes, on sheets of the page's size."""
    rng = np.random.RandomState(0)
    images, _ = load_mnist(subset="test", n_samples=n, return_X_y=True, random_state=0)
    for image in images.reshape(-1, 28, 28):
        ink = np.zeros((HEIGHT, WIDTH), np.float32)
        strokes = handwriting.strokes(
            image, HEIGHT * rng.uniform(0.3, 0.8), thickness=rng.choice([0.4, 0.6, 1.0, 1.4])
        )
        handwriting.write(ink, strokes, (rng.uniform(0.45, 0.55), rng.uniform(0.35, 0.65)))
        yield _on_paper(ink)


def _letters(n):
    """Draw letters."""
    rng = np.random.RandomState(0)
    fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
    for letter in rng.choice(list("AEFHKMNRWXYaefkmnwx"), n):
        font = ImageFont.truetype(fonts / "DejaVuSans.ttf", rng.randint(120, 260))
        image = Image.new("L", (WIDTH, HEIGHT), 255)
        ImageDraw.Draw(image).text((WIDTH / 2, HEIGHT / 2), letter, 0, font, "mm")
        yield np.array(image)


def _numbers(n):
    """Draw numbers whose digits do not touch."""
    rng = np.random.RandomState(0)
    images, _ = load_mnist(subset="test", n_samples=3 * n, return_X_y=True, random_state=1)
    for digits in images.reshape(n, 3, 28, 28):
        ink = np.zeros((HEIGHT, WIDTH), np.float32)
        for place, image in zip((0.2, 0.5, 0.8), digits, strict=True):
            strokes = handwriting.strokes(image, rng.uniform(90, 120))
            handwriting.write(ink, strokes, (rng.uniform(0.4, 0.6), place))
        yield _on_paper(ink)


class _OwnNetwork(BaseKerasClassifier):
    """A network of layers that the others do not have."""

    def __init__(self, layers=(), epochs=1, random_state=0):
        super().__init__(epochs=epochs, random_state=random_state)
        self.layers = layers

    def _build_network(self, input_shape, n_classes):
        return keras.Sequential(
            [
                keras.layers.Input(input_shape),
                keras.layers.Reshape((28, 28, 1)),
                *[getattr(keras.layers, name)(*values) for name, *values in self.layers],
                keras.layers.Dense(n_classes),
            ]
        )


NETWORKS = {
    "dense": KerasMLPClassifier(hidden_layer_sizes=(16,), activation="selu", epochs=1),
    "copies": KerasCNNClassifier(
        filters=(4,), epochs=1, test_time_shift=1, test_time_rotation=5.0, batch_normalization=True
    ),
    "strides": _OwnNetwork(
        layers=(
            ("Conv2D", 6, 3, 2, "same"),
            ("PReLU",),
            ("AveragePooling2D", 3, None, "same"),
            ("DepthwiseConv2D", 3),
            ("LayerNormalization",),
            ("GlobalMaxPooling2D",),
        )
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_are_those_of_the_classifier(browser, name):
    X, y = load_mnist(subset="train", n_samples=100, return_X_y=True, random_state=0)
    model = make_pipeline(ImageScaler(), NETWORKS[name]).fit(X, y)
    script = (files("skdigits.web") / "offline" / "network.js").read_text()
    page = browser.new_page()
    logits = page.evaluate(
        """([script, described, images]) => {
          const Network = new Function(`${script}; return Network;`)();
          const network = new Network(described);
          return images.map((image) => [...network.logits(image)]);
        }""",
        [
            script.replace("export class", "class"),
            single_file.describe_network(name, model),
            X[:5].tolist(),
        ],
    )
    page.close()
    np.testing.assert_allclose(logits, model.decision_function(X[:5]), atol=1e-5)


def test_two_models_are_shown_side_by_side(open_file, framed_mlp, tmp_path):
    save_model(framed_mlp, tmp_path / "mine.skdigits")
    words = ["--model", str(tmp_path / "mine.skdigits")]
    assert main(["demo", "--export", str(tmp_path / "digits.html"), *words]) == 0
    page = open_file(tmp_path / "digits.html")
    write(page, "1")
    expect(page.locator(".card h3")).to_have_text(["included network", "mine"])
    expect(page.locator("#spoken")).to_have_text(
        re.compile("included network reads 1.*mine reads ")
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (LogisticRegression, "to_onnx exports subclasses of BaseKerasClassifier"),
        (
            lambda: make_pipeline(
                MNISTNormalizer(), Deskewer(), ImageScaler(), KerasMLPClassifier(epochs=1)
            ),
            r"\(Deskewer\)",
        ),
        (
            lambda: _OwnNetwork(layers=(("Flatten",), ("Dense", 4, "gelu"))),
            "operations Gelu. Build the network without",
        ),
    ],
)
def test_what_the_page_cannot_compute_is_refused(make, message, tmp_path):
    X, y = load_mnist(subset="train", n_samples=60, return_X_y=True, random_state=0)
    with pytest.raises(ExportError, match=message):
        single_file.write_page({"mine": make().fit(X, y)}, tmp_path / "digits.html")
    assert not list(tmp_path.iterdir())


def test_images_of_another_size_are_refused(tmp_path):
    X = np.random.RandomState(0).uniform(size=(20, 64))
    model = KerasMLPClassifier(epochs=1).fit(X, np.arange(20) % 2)
    with pytest.raises(ExportError, match="28 x 28 pixels, but the model 'mine' takes 64 values"):
        single_file.write_page({"mine": model}, tmp_path / "digits.html")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere/digits.html"], "there is no folder nowhere"),
        (["."], "--export . is a folder"),
        (["digits.html", "--port", "0"], "omit --port, --no-browser and --keep"),
        (["digits.html", "--model", "missing.joblib"], "there is no file missing.joblib"),
    ],
)
def test_words_that_do_not_fit(words, message, capsys):
    assert main(["demo", "--export", *words]) == 1
    assert message in capsys.readouterr().err
