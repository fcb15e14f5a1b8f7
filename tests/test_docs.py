"""The code in README.md and in docs/*.rst runs as it is written."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import matplotlib
import pytest

from skdigits._inference._layers import LAYERS

ROOT = Path(__file__).parents[1]
_MARKDOWN_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RST_BLOCK = re.compile(
    r"^\.\. code-block:: python\n(?:   +:.*\n)*\n((?:[ \t]*\n|   +.*\n?)+)", re.MULTILINE
)
_PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.rst"))]


def _find_blocks(page: Path) -> list[tuple[int, str]]:
    """Find the blocks of Python, each with the number of its first line."""
    text = page.read_text("utf-8")
    pattern = _MARKDOWN_BLOCK if page.suffix == ".md" else _RST_BLOCK
    return [
        (text.count("\n", 0, match.start(1)) + 1, textwrap.dedent(match[1]))
        for match in pattern.finditer(text)
    ]


def test_every_block_is_found():
    # A block that the pattern misses would never run.
    for page in _PAGES:
        text = page.read_text("utf-8")
        marker = "```python" if page.suffix == ".md" else "code-block:: python"
        assert len(_find_blocks(page)) == text.count(marker), page.name


def test_images_of_the_readme_load_fast():
    paths = re.findall(r'(?:src="|\]\()([^")]+\.png)', (ROOT / "README.md").read_text("utf-8"))
    assert paths
    for path in paths:
        assert (ROOT / path).stat().st_size < 100_000, path


def test_layers_that_predict_without_tensorflow_are_listed():
    page = (ROOT / "docs" / "own_networks.rst").read_text("utf-8")
    listed = set(re.findall(r"``(\w+?)(?:\dD)?``", page))
    stems = {re.sub(r"\dD(Transpose)?$", "", name) for name in LAYERS}
    assert not stems - listed, stems - listed


@pytest.mark.parametrize(
    "page", [page for page in _PAGES if _find_blocks(page)], ids=lambda page: page.name
)
# Keras converts its variables by NumPy's older protocol when it saves them.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
def test_blocks_run(page, tmp_path, monkeypatch, capsys):
    # One namespace a page, as a reader would paste one block after the other.
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "show", lambda: None)
    namespace = {"__name__": "__main__"}
    try:
        for line, block in _find_blocks(page):
            # The empty lines make a traceback point at the line of the page.
            exec(compile("\n" * (line - 1) + block, str(page), "exec"), namespace)
    finally:
        plt.close("all")
