"""Take the screenshots of the demo page for the documentation and README.md.

    python docs/photograph_demo.py

needs playwright and Chromium, and two minutes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from skdigits import load_mnist, make_recipe, save_model

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "examples" / "benchmarks"))

from handwriting_pages import ruled_pages  # noqa: E402
from single_signs import letters  # noqa: E402

FOLDER = HERE / "_static" / "demo"
#: Of a ruled page, and of a letter.
RULED_SEED, LETTER_SEED = 3, 4
#: Colours of a screenshot: a quarter of the bytes, and no visible difference.
COLOURS = 128


def main() -> None:
    """Serve the page and take the screenshots."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        pictures = {
            "ruled": ruled_pages(1, subset="train", seed=RULED_SEED),
            "letter": letters(1, subset="train", seed=LETTER_SEED),
        }
        for name, drawn in pictures.items():
            Image.fromarray(drawn.pictures[0]).save(Path(folder, f"{name}.jpg"), quality=90)
        with serve() as address:
            page = open_page(browser, address, 1200, 690)
            write(page, "5")
            take(page, "light")
            page.get_by_role("button", name="Why?").click()
            page.locator("figcaption").get_by_text("Red supports").wait_for()
            take(page.locator(".card"), "why")
            for name in pictures:
                page = open_page(browser, address, 1200, 690 if name == "letter" else 860)
                if name != "letter":
                    page.get_by_role("switch", name="Several digits").check(force=True)
                page.locator("#file").set_input_files(Path(folder, f"{name}.jpg"))
                take(page, name)
            page = open_page(browser, address, 360, 740, device_scale_factor=2)
            page.get_by_role("switch", name="Several digits").check(force=True)
            write(page, "1984")
            take(page, "phone")
        with serve("--model", str(train(Path(folder)))) as address:
            page = open_page(browser, address, 1200, 730, color_scheme="dark")
            write(page, "3")
            take(page, "dark")
        photograph_keeping(browser, Path(folder))
        photograph_file(browser, Path(folder, "digits.html"))


def photograph_keeping(browser: Browser, folder: Path) -> None:
    """Keep a digit with the label that it is given."""
    with serve("--keep", "my-digits", folder=folder) as address:
        page = open_page(browser, address, 1200, 810)
        write(page, "2")
        page.get_by_label("That was a").select_option("2")
        page.locator(".kept").get_by_text("Kept as").wait_for()
        take(page, "kept")


def photograph_file(browser: Browser, path: Path) -> None:
    """Open the page that is one file, on a desktop and on a phone in dark colours."""
    command = [sys.executable, "-m", "skdigits", "demo", "--export", path]
    subprocess.run(command, check=True)
    page = open_page(browser, path.as_uri(), 1200, 690)
    write(page, "6")
    take(page, "file")
    page = open_page(browser, path.as_uri(), 390, 844, device_scale_factor=2, color_scheme="dark")
    page.get_by_role("switch", name="Several digits").check(force=True)
    write(page, "2026")
    take(page, "file-phone")


def train(folder: Path) -> Path:
    """Train a small network, whose probabilities are lower."""
    X, y = load_mnist(subset="train", n_samples=2_000, return_X_y=True, random_state=0)
    path = folder / "levelup-mlp.skdigits"
    save_model(make_recipe("levelup-mlp", random_state=0).fit(X, y), path)
    return path


@contextmanager
def serve(*words: str, folder: Path | None = None) -> Iterator[str]:
    """Run ``skdigits demo`` in a folder and return its address."""
    command = [sys.executable, "-m", "skdigits", "demo", "--no-browser", "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0]
        process.terminate()


def open_page(browser: Browser, address: str, width: int, height: int, **options: object) -> Page:
    """Open the page in a window."""
    page = browser.new_page(
        viewport={"width": width, "height": height}, reduced_motion="reduce", **options
    )
    page.goto(address)
    page.wait_for_selector(".card")
    return page


def write(page: Page, digits: str) -> None:
    """Let the page draw digits, and wait until they are read."""
    page.locator("#sheet").focus()
    for n in range(len(digits)):
        page.keyboard.press(digits[n])
        page.locator(".label").first.get_by_text(digits[: n + 1]).wait_for()
    page.locator("#sheet").blur()


def take(shown: Page | Locator, name: str) -> None:
    """Take a small screenshot of a page, or of a part of it."""
    page = shown if isinstance(shown, Page) else shown.page
    page.wait_for_timeout(1_500)
    path = FOLDER / f"{name}.png"
    if shown is page:
        page.screenshot(path=path, full_page=True)
    else:
        shown.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    print(f"{path.relative_to(HERE.parent)}: {path.stat().st_size / 1000:.0f} kB")  # noqa: T201


if __name__ == "__main__":
    main()
