"""Check that no page of the built documentation is cut off at the right.

    python docs/check_width.py docs/_build/html [--screenshots FOLDER]

opens every page in Chromium, as wide as a laptop and as a phone, and lists each page and each
table that is wider than its place. It needs playwright and Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTHS = (1280, 390)
#: The page's own overflow, and the tables that do not fit into their box.
MEASURE = """() => {
  const root = document.documentElement;
  const found = [];
  if (root.scrollWidth > root.clientWidth) found.push(`page: ${root.scrollWidth} pixels`);
  document.querySelectorAll("article table").forEach((table, i) => {
    const right = table.getBoundingClientRect().left + table.scrollWidth;
    const box = table.parentElement.getBoundingClientRect();
    if (right > Math.min(box.right, root.clientWidth) + 1)
      found.push(`table ${i + 1}: ${Math.round(right - box.right)} pixels too wide`);
  });
  return found;
}"""


def main() -> int:
    """Open all pages and print what is too wide."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("html", type=Path, help="folder of the built pages")
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    n_found = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            for path in sorted(options.html.rglob("*.html")):
                page.goto(path.resolve().as_uri())
                page.wait_for_timeout(50)
                name = path.relative_to(options.html)
                for problem in page.evaluate(MEASURE):
                    n_found += 1
                    print(f"{name} at {width}: {problem}")  # noqa: T201
                if options.screenshots:
                    options.screenshots.mkdir(parents=True, exist_ok=True)
                    file = f"{'-'.join(name.with_suffix('').parts)}-{width}.png"
                    page.screenshot(path=options.screenshots / file, full_page=True)
    return 1 if n_found else 0


if __name__ == "__main__":
    sys.exit(main())
