"""What a test does with the page in a real browser."""

from __future__ import annotations

import time

import numpy as np
import pytest

# Where it is missing, each file that imports this one is skipped.
sync_api = pytest.importorskip(
    "playwright.sync_api", reason="needs playwright, and the package chromium of Debian"
)
expect = sync_api.expect

#: Corners of strokes, as shares of the sheet's sides.
STROKES = {
    "1": [[(0.5, 0.2), (0.5, 0.82)]],
    "7": [[(0.36, 0.2), (0.62, 0.2), (0.45, 0.82)]],
    "4": [[(0.42, 0.2), (0.36, 0.55), (0.6, 0.55)], [(0.56, 0.3), (0.54, 0.85)]],
    "0": [
        [
            (0.5 + 0.13 * np.sin(angle), 0.5 - 0.3 * np.cos(angle))
            for angle in np.linspace(0, 2 * np.pi, 25)
        ]
    ],
}


#: The pixels of a canvas, read from a copy so that the canvas stays where it is drawn fastest.
PIXELS = """canvas => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  return context.getImageData(0, 0, copy.width, copy.height).data;
}"""
#: How many pixels of a canvas are not clear.
INK = f"""id => ({PIXELS})(document.getElementById(id))
  .reduce((n, value, i) => n + (i % 4 === 3 && value > 128), 0)"""


def write(page, digit, *, at=(0, 0), scale=1.0):
    """Write a digit with the mouse."""
    box = page.locator("#sheet").bounding_box()
    for stroke in STROKES[digit]:
        points = [
            (
                box["x"] + box["width"] * (0.5 + at[0] + scale * (x - 0.5)),
                box["y"] + box["height"] * (0.5 + at[1] + scale * (y - 0.5)),
            )
            for x, y in stroke
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=6)
        page.mouse.up()


def shows(page, text, card=0):
    """Wait until a card shows this text."""
    expect(page.locator(".card").nth(card).locator(".label")).to_have_text(text, timeout=15_000)


def has_ink(page, name, least, most=None):
    """Wait until a canvas has so many pixels of ink; the page itself may evaluate nothing."""
    end = time.monotonic() + 15
    while not least <= (found := page.evaluate(INK, name)) <= (least if most is None else most):
        assert time.monotonic() < end, found
        page.wait_for_timeout(50)


def ink_once_painted(page):
    """Count the ink on the sheet, after what is due has been painted."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate(INK, "sheet")


def seen(page):
    """Give the 28 x 28 pixels that are shown as what the network sees."""
    pixels = page.evaluate(f"[...({PIXELS})(document.querySelector('.seen canvas'))]")
    return np.array(pixels).reshape(28, 28, 4)[:, :, 0]
