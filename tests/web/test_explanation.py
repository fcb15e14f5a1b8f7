"""Which pixels an answer depends on, from the server and on the page."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from skdigits.images import predict_digits
from skdigits.inspection import occlusion_map

from ._browsing import PIXELS, expect, shows
from ._serving import SEVEN, draw


def explain(client, content, **options):
    """Ask which pixels a label depends on."""
    headers = {"content-type": "application/octet-stream"}
    return client.post("/api/explain", content=content, headers=headers, params=options)


@pytest.fixture(scope="module")
def framed(model):
    """Give a framed seven."""
    [digit] = predict_digits(model, draw(*SEVEN))
    return digit.framed


@pytest.mark.parametrize("label", ["7", "1"])
def test_importances_are_those_of_the_inspection(client, model, framed, label):
    answer = explain(client, framed.tobytes(), label=label, model="included network").json()
    found = np.frombuffer(base64.b64decode(answer["importances"]), np.int8).reshape(28, 28)
    expected = occlusion_map(model, framed, label=int(label), framed=True)
    np.testing.assert_allclose(found, 127 * expected / np.abs(expected).max(), atol=0.51)


@pytest.mark.parametrize(
    ("n_bytes", "options", "message"),
    [
        (784, {"label": "10"}, "Expected a label among"),
        (784, {}, "Expected a label among"),
        (783, {"label": "7"}, "Expected 784 bytes, one for each pixel of 28 x 28, found 783"),
        (784, {"label": "7", "model": "other"}, "Expected a model among"),
        (784, {"label": "7", "digit": "0"}, "Expected the options model and label"),
    ],
)
def test_wrong_requests_are_refused(client, n_bytes, options, message):
    refused = explain(client, bytes(n_bytes), **options)
    assert refused.status_code == 422
    assert message in refused.json()["error"]


def test_a_blank_digit_depends_on_nothing(client):
    answer = explain(client, bytes(784), label="7").json()
    assert not np.frombuffer(base64.b64decode(answer["importances"]), np.int8).any()


def test_the_page_colours_what_the_answer_depends_on(browser, client):
    page = browser.new_page(reduced_motion="reduce")
    page.goto(str(client.base_url))
    button = page.get_by_role("button", name="Why?")
    expect(button).to_be_disabled()
    page.locator("#sheet").focus()
    page.keyboard.press("7")
    shows(page, "7")
    assert not is_coloured(page)
    button.click()
    caption = page.locator("figcaption")
    expect(caption).to_have_text("Red supports 7, blue speaks against it")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert is_coloured(page)
    button.click()
    expect(caption).to_have_text("What the network sees")
    assert not is_coloured(page)
    button.click()
    expect(caption).to_contain_text("Red supports 7")
    page.locator("#sheet").focus()
    page.keyboard.press("1")
    shows(page, "1")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert not is_coloured(page)
    page.get_by_role("switch", name="Several digits").check(force=True)
    expect(button).to_be_hidden()
    page.close()


def is_coloured(page):
    """Say whether the image that the network sees has other colours than grey."""
    pixels = page.evaluate(f"[...({PIXELS})(document.querySelector('.seen canvas'))]")
    red, _, blue, _ = np.array(pixels).reshape(-1, 4).T
    return bool((red != blue).any())
