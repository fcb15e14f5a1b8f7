"""The page in a real browser: written on, dropped on, by keyboard, on a phone, in the dark."""

from __future__ import annotations

import base64
import contextlib
import re

import numpy as np
import pytest

from .._contrasts import CONTRASTS
from ._browsing import (
    INK,
    STROKES,
    expect,
    has_ink,
    ink_once_painted,
    seen,
    shows,
    sync_api,
    write,
)
from ._serving import ONE_BESIDE, SEVEN, draw, served, to_file


@pytest.fixture
def open_page(browser, client):
    """Give a function that opens the page; what it complains of or asks elsewhere fails."""
    contexts, complaints, requests = [], [], []

    def open_page(address=client.base_url, *, width=1200, height=850, expected=(), **options):
        options = {"reduced_motion": "reduce"} | options
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()

        def complain(words):
            if not any(part in words for part in expected):
                complaints.append(words)

        page.on("console", lambda message: complain(message.text))
        page.on("pageerror", lambda error: complain(str(error)))
        page.on("request", lambda request: requests.append((str(address), request.url)))
        page.goto(str(address))
        expect(page.locator(".card").first).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for own, url in requests if not url.startswith(own)] == []
    assert len(requests) >= 8  # the page was asked of its server


@pytest.fixture
def page(open_page):
    """Give the opened page."""
    return open_page()


def ink_of_boxes(page):
    """Count the ink of the boxes, after what is due has been painted."""
    has_ink(page, "boxes", 100, 1_000_000)
    return page.evaluate(INK, "boxes")


@pytest.mark.parametrize("digit", STROKES)
def test_a_digit_that_is_written_is_read(page, digit):
    write(page, digit)
    shows(page, digit)
    best = page.locator(".bars li.best")
    expect(best).to_have_count(1)
    expect(best).to_contain_text(re.compile(rf"^{digit}"))
    assert seen(page).max() == 255
    expect(page.locator("#spoken")).to_have_text(re.compile(rf"^{digit}, \d+ percent sure"))


def test_the_answer_follows_the_pen(page):
    box = page.locator("#sheet").bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
    page.mouse.move(*at(0.5, 0.2))
    page.mouse.down()
    page.mouse.move(*at(0.5, 0.8), steps=10)
    shows(page, "1")  # the pen is still down
    page.mouse.up()


def test_a_finger_and_a_pen_that_presses_write_too(open_page):
    page = open_page(has_touch=True)
    devtools = page.context.new_cdp_session(page)
    box = page.locator("#sheet").bounding_box()
    points = [
        (box["x"] + 0.5 * box["width"], box["y"] + y * box["height"]) for y in (0.2, 0.5, 0.8)
    ]

    def touch(kind, *at):
        touched = [{"x": x, "y": y} for x, y in at]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    touch("touchStart", points[0])
    for point in points[1:]:
        touch("touchMove", point)
    touch("touchEnd")
    shows(page, "1")
    page.keyboard.press("Escape")
    widths = []
    for force in (0.1, 0.9):
        for kind, (x, y) in zip(
            ("mousePressed", "mouseMoved", "mouseReleased"), points, strict=True
        ):
            event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1}
            event |= {"pointerType": "pen", "force": force, "clickCount": 1}
            devtools.send("Input.dispatchMouseEvent", event)
        shows(page, "1")
        widths.append(ink_once_painted(page))
        page.keyboard.press("Escape")
        shows(page, "")
    assert widths[1] > 1.5 * widths[0]


#: Hand a file to the page, as a drop or from the clipboard.
GIVE = """([kind, content]) => {
  const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], "seven.png", { type: "image/png" }));
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: files })
    : new DragEvent(kind, { ...options, dataTransfer: files });
  document.getElementById("sheet").dispatchEvent(event);
}"""


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(page, seven, kind):
    if kind == "drop":
        page.evaluate(GIVE, ["dragover", base64.b64encode(seven).decode()])
        expect(page.locator("body")).to_have_class("dropping")
    page.evaluate(GIVE, [kind, base64.b64encode(seven).decode()])
    shows(page, "7")
    expect(page.locator("body")).not_to_have_class("dropping")
    has_ink(page, "sheet", 10_000, 1_000_000)  # it is shown
    write(page, "1")
    shows(page, "1")  # on a new sheet
    page.keyboard.press("Control+z")
    shows(page, "7")


def test_a_picture_is_chosen_and_one_that_is_none_is_named(open_page, seven, tmp_path):
    page = open_page(expected=["422"])
    (tmp_path / "seven.png").write_bytes(seven)
    (tmp_path / "none.png").write_bytes(b"no picture")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files(tmp_path / "seven.png")
    shows(page, "7")
    page.locator("#file").set_input_files(tmp_path / "none.png")
    expect(page.locator("#message")).to_contain_text("Save it as PNG or JPEG first")
    shows(page, "")
    page.get_by_role("button", name="Undo").click()
    shows(page, "7")
    expect(page.locator("#message")).to_be_empty()


def test_a_picture_without_ink_says_so(page, tmp_path):
    (tmp_path / "blank.png").write_bytes(to_file(np.full((60, 80), 250)))
    page.locator("#file").set_input_files(tmp_path / "blank.png")
    expect(page.locator("#message")).to_contain_text("There is no ink in this picture")


def test_a_picture_without_a_digit_may_show_several(open_page, without_ones, tmp_path):
    (tmp_path / "one.png").write_bytes(to_file(draw(ONE_BESIDE)))
    with served({"mine": without_ones}) as client:
        page = open_page(client.base_url)
        page.locator("#file").set_input_files(tmp_path / "one.png")
        shows(page, "no digit")
        expect(page.locator("#message")).to_contain_text("turn on “Several digits”")
        page.get_by_role("switch", name="Several digits").check(force=True)
        expect(page.locator("#message")).to_be_empty()


def test_undo_redo_and_clear_by_keyboard(page):
    write(page, "1", at=(-0.2, 0))
    shows(page, "1")
    one = ink_once_painted(page)
    write(page, "1", at=(0.2, 0))
    both = ink_once_painted(page)
    assert both > 1.5 * one

    page.keyboard.press("Control+z")
    has_ink(page, "sheet", one)
    shows(page, "1")
    page.keyboard.press("Control+Shift+Z")
    has_ink(page, "sheet", both)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    has_ink(page, "sheet", both)
    page.keyboard.press("Delete")
    has_ink(page, "sheet", 0)
    shows(page, "")
    expect(page.locator("#spoken")).to_have_text("The sheet is empty.")
    expect(page.get_by_role("button", name="Clear")).to_be_disabled()
    page.keyboard.press("Control+z")
    has_ink(page, "sheet", both)
    page.keyboard.press("Escape")
    has_ink(page, "sheet", 0)


def test_all_can_be_done_without_a_pointer(page):
    order = []
    for _ in range(4):
        page.keyboard.press("Tab")
        order.append(
            page.evaluate("document.activeElement.id || document.activeElement.innerText")
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid" or order[-1] == "several"  # the switch's track has it
    assert order == ["sheet", "choose", "several", "0"]  # what is disabled is left out
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    shows(page, "1")
    page.locator("#sheet").focus()
    for digit in "0123456789":
        page.keyboard.press(digit)
        shows(page, digit)


def test_a_digit_writes_itself_where_motion_is_welcome(open_page):
    page = open_page(reduced_motion="no-preference")
    page.get_by_role("button", name="Draw the digit 8").click()
    shows(page, "8")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    page.keyboard.press("Control+z")
    shows(page, "")


def test_several_digits_are_a_number_with_boxes(page):
    page.get_by_role("switch", name="Several digits").check(force=True)
    write(page, "7", at=(-0.25, 0), scale=0.6)
    write(page, "1", at=(0.05, 0), scale=0.6)
    write(page, "4", at=(0.25, 0), scale=0.6)
    shows(page, "714")
    tiles = page.locator(".digits button")
    expect(tiles).to_have_count(3)
    has_ink(page, "boxes", 1_000, 1_000_000)
    tiles.nth(0).click()
    expect(tiles.nth(0)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".bars li.best")).to_contain_text(re.compile("^7"))
    expect(page.locator("#spoken")).to_have_text(re.compile("^7 1 4, "))
    page.get_by_role("switch", name="Several digits").uncheck(force=True)
    expect(tiles.first).to_be_hidden()
    has_ink(page, "boxes", 0)


def test_what_is_no_digit_is_said_and_left_out_of_a_number(open_page, without_ones):
    with served({"mine": without_ones}) as client:
        page = open_page(client.base_url)
        write(page, "1")
        shows(page, "no digit")
        expect(page.locator(".sure")).to_have_text(re.compile(r"% sure"))
        expect(page.locator(".bars li.best")).to_have_count(0)
        expect(page.locator(".left-out")).to_be_empty()
        expect(page.locator("#spoken")).to_have_text("No digit found.")
        page.get_by_role("switch", name="Several digits").check(force=True)
        shows(page, "no digit")
        expect(page.locator(".left-out")).to_have_text("Left out: 1 piece that is no digit")
        expect(page.locator(".digits")).to_be_hidden()
        one = ink_of_boxes(page)
        write(page, "7", at=(0.25, 0), scale=0.6)
        shows(page, "7")
        expect(page.locator(".digits button")).to_have_count(1)
        expect(page.locator(".left-out")).to_have_text("Left out: 1 piece that is no digit")
        expect(page.locator("#spoken")).to_have_text(
            re.compile(r"^7, \d+ percent sure\. Left out: 1 piece that is no digit\.$")
        )
        has_ink(page, "boxes", one + 500, 1_000_000)


def test_models_are_shown_side_by_side_and_switched(open_page, model):
    with served({"included network": model, "mine": model}) as two:
        page = open_page(two.base_url)
        write(page, "7")
        shows(page, "7", card=0)
        shows(page, "7", card=1)
        tops = [page.locator(".card").nth(i).bounding_box() for i in (0, 1)]
        assert tops[0]["y"] == tops[1]["y"]
        expect(page.locator("#spoken")).to_have_text(
            re.compile("included network reads 7.*mine reads 7")
        )
        page.get_by_role("checkbox", name="included network").uncheck()
        expect(page.locator(".card")).to_have_count(1)
        expect(page.locator(".card h3")).to_have_text("mine")
        shows(page, "7")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_needs_no_scrolling_sideways(open_page, scheme):
    page = open_page(width=360, height=740, color_scheme=scheme, has_touch=True)
    page.get_by_role("switch", name="Several digits").check(force=True)
    page.locator("#sheet").focus()
    for n, digit in enumerate("1984560", 1):
        page.keyboard.press(digit)
        expect(page.locator(".digits button")).to_have_count(n, timeout=15_000)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    for button in page.locator("button:visible").all():
        box = button.bounding_box()
        assert box["height"] >= 44
        assert box["x"] + box["width"] <= 360
    sheet = page.locator("#sheet").bounding_box()
    assert sheet["width"] > 300


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_and_the_colours_follow_the_system(open_page, scheme):
    page = open_page(color_scheme=scheme)
    hint = page.evaluate(CONTRASTS, "#hint-text")
    write(page, "7")
    shows(page, "7")
    contrasts = hint | page.evaluate(
        CONTRASTS,
        "h1, header p, .label, .sure, figcaption, .class, .share, #choose, #clear, .switch, "
        "#examples-title, #examples button",
    )
    assert min(contrasts.values()) >= 4.5, contrasts
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(18, 21, 24)") == (scheme == "dark")


def test_high_contrast_keeps_bars_and_states(open_page):
    page = open_page(forced_colors="active")
    write(page, "1")
    shows(page, "1")
    colours = page.evaluate(
        "['.best .bar', '.best .rail'].map(selector =>"
        " getComputedStyle(document.querySelector(selector)).backgroundColor)"
    )
    assert colours[0] != colours[1]


def test_a_server_that_has_ended_is_said(open_page, model):
    with served({"included network": model}) as ending:
        page = open_page(ending.base_url, expected=["ERR_CONNECTION_REFUSED", "Failed to fetch"])
        write(page, "1")
        shows(page, "1")
    write(page, "1", at=(0.1, 0))
    expect(page.locator("#message")).to_contain_text("skdigits demo")


def test_an_answer_that_comes_late_is_dropped(page):
    # The server would answer at once: the first answer is held back here.
    held = []
    page.route("**/api/read*", lambda route: held.append(route), times=1)
    page.evaluate(GIVE, ["drop", base64.b64encode(to_file(draw(*SEVEN))).decode()])
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    write(page, "1")
    shows(page, "1")
    [late] = held
    with contextlib.suppress(sync_api.Error):  # the page has given the question up
        late.continue_()
    page.wait_for_timeout(500)
    shows(page, "1")
