"""The routes of the page."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, MNISTNormalizer
from skdigits.images import predict_digits

from ._serving import ONE_BESIDE, SEVEN, ask, draw, served, to_file


def test_the_page_and_its_files_are_served(client):
    start = client.get("/")
    assert start.status_code == 200
    assert start.headers["content-type"] == "text/html; charset=utf-8"
    for name, kind in {
        "style.css": "text/css",
        "main.js": "text/javascript",
        "icon.svg": "image/svg+xml",
    }.items():
        file = client.get(f"/{name}")
        assert file.status_code == 200
        assert file.headers["content-type"] == f"{kind}; charset=utf-8"
        assert name in start.text


def test_a_picture_is_read(client, model, seven):
    found = ask(client, seven).json()
    assert (found["width"], found["height"]) == (160, 120)
    [read] = found["models"]
    [digit] = read["digits"]
    assert (read["name"], read["text"], digit["label"], digit["box"]) == (
        "included network",
        "7",
        "7",
        None,
    )
    [expected] = predict_digits(model, draw(*SEVEN))
    np.testing.assert_allclose(digit["probabilities"], expected.probabilities, atol=1e-6)
    assert digit["classes"] == [str(label) for label in range(10)]
    framed = np.frombuffer(base64.b64decode(digit["framed"]), np.uint8).reshape(28, 28)
    np.testing.assert_array_equal(framed, expected.framed)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"])
@pytest.mark.parametrize("said", ["image/png", "application/octet-stream", "IMAGE/X-UNKNOWN; a=b"])
def test_the_format_is_found_whatever_the_content_type_says(client, kind, said):
    assert ask(client, to_file(draw(*SEVEN), kind), said).json()["models"][0]["text"] == "7"


def test_several_digits_are_read_as_a_number(client, seventy_one):
    [read] = ask(client, seventy_one, segment=1).json()["models"]
    assert read["text"] == "71"
    boxes = [digit["box"] for digit in read["digits"]]
    np.testing.assert_allclose(boxes, [[20, 45, 105, 110], [20, 125, 105, 135]], atol=3)


def test_a_blank_picture_has_no_digit(client):
    for segment in (0, 1):
        found = ask(client, to_file(np.full((60, 80), 255)), segment=segment)
        assert found.status_code == 200
        assert found.json()["models"] == [
            {"name": "included network", "text": "", "digits": [], "left_out": ""}
        ]


def test_what_is_no_digit_is_left_out_of_the_number(without_ones, seventy_one):
    one = to_file(draw(ONE_BESIDE))
    with served({"mine": without_ones}) as client:
        [read] = ask(client, seventy_one, segment=1).json()["models"]
        assert (read["text"], read["left_out"]) == ("7", "1 piece that is no digit")
        assert [digit["left_out"] for digit in read["digits"]] == [None, "no digit"]
        assert [digit["label"] for digit in read["digits"]] == ["7", None]
        assert (
            read["digits"][0]["digit_probability"] > 0.5 > read["digits"][1]["digit_probability"]
        )
        [read] = ask(client, one).json()["models"]
        assert (read["text"], read["left_out"]) == ("", "")
        assert read["digits"][0]["left_out"] == "no digit"
        assert read["digits"][0]["label"] is None


def test_models_are_asked_by_name_and_one_that_fails_says_why(model, seven):
    blind = make_pipeline(ImageScaler(), DummyClassifier())
    blind.fit(np.zeros((2, 784), np.uint8), [0, 1])
    with served({"small": model, "again": model, "blind": blind}) as client:
        assert client.get("/api/models").json()["models"] == ["small", "again", "blind"]
        every = ask(client, seven).json()["models"]
        chosen = ask(client, seven, model=["blind", "again"]).json()["models"]
    assert [read["name"] for read in every] == ["small", "again", "blind"]
    assert [read["text"] for read in every[:2]] == ["7", "7"]
    assert "does not accept images of shape (120, 160)" in every[2]["error"]
    assert [read["name"] for read in chosen] == ["again", "blind"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"segment": "yes"}, "segment=0 or segment=1, found 'yes'"),
        ({"segments": "1"}, "found 'segments'"),
        ({"model": "large"}, "among ['included network'], found 'large'"),
    ],
)
def test_wrong_options_are_named(client, seven, options, said):
    refused = ask(client, seven, **options)
    assert refused.status_code == 422
    assert said in refused.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/../_app.py", 404),
        ("GET", "/%2e%2e/_app.py", 404),
        ("GET", "/_page.py", 404),
        ("GET", "/api/read", 405),
        ("DELETE", "/", 405),
        ("TRACE", "/api/models", 405),
    ],
)
def test_other_addresses_and_methods_are_refused_in_our_words(client, method, path, status):
    refused = client.request(method, path)
    assert refused.status_code == status
    assert "/" in refused.json()["error"]


def test_a_crash_is_answered_and_the_server_goes_on(model, seven, caplog):
    class Crashing:
        classes_ = np.arange(2)

        def predict_proba(self, X):
            raise RuntimeError("secret")

    with served(
        {"small": model, "crashing": make_pipeline(MNISTNormalizer(), Crashing())}
    ) as client:
        crashed = ask(client, seven)
        assert crashed.status_code == 500
        assert "RuntimeError" in crashed.json()["error"]
        assert "secret" not in crashed.text
        assert ask(client, seven, model="small").json()["models"][0]["text"] == "7"
