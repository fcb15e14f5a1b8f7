"""The page of a report in a real browser, wide and on a phone, light and dark."""

from __future__ import annotations

import shutil

import pytest

from skdigits.comparison._html import render_report

from .._contrasts import CONTRASTS
from ._hand_made import make_report

TEXTS = (
    "h1, .lead, .kind, li, thead th, tbody th, td, .badge, .frontier, .legend, "
    "summary, figcaption, dt, dd, .note"
)
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render_report(make_report()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    """Give a browser that runs."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="needs playwright, and the package chromium of Debian"
    )
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs a browser: install the package chromium of Debian")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture(params=SIZES)
def shown(request, browser, address, scheme):
    """Give the opened page, what it complained of, and what it asked for."""
    width, height = SIZES[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, service_workers="block"
    )
    page = context.new_page()
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    yield page, complaints, requests
    context.close()


def test_the_page_opens_without_complaint_and_alone(shown, address):
    page, complaints, requests = shown
    assert page.title() == "keras-cnn wins: comparison of 8 models"
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [address]


def test_nothing_is_wider_than_the_window(shown):
    page, _, _ = shown
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_no_table_is_cut_off_at_the_right(shown):
    page, _, _ = shown
    widths = page.evaluate(
        "[...document.querySelectorAll('.scroll')]"
        ".map(each => [each.scrollWidth, each.clientWidth])"
    )
    assert len(widths) == 2
    assert all(needed <= given for needed, given in widths)


def test_the_results_can_be_seen_and_all_figures_are_drawn(shown):
    page, _, _ = shown
    assert page.locator("table").first.is_visible()
    assert page.locator("tr.winner").is_visible()
    widths = page.evaluate(
        "Promise.all([...document.images].map(async image => {"
        " await image.decode(); return image.naturalWidth; }))"
    )
    assert len(widths) == 5
    assert min(widths) > 0


def test_text_stands_out_from_what_is_behind_it(shown):
    page, _, _ = shown
    contrasts = page.evaluate(CONTRASTS, TEXTS)
    assert min(contrasts.values()) >= 4.5, contrasts
