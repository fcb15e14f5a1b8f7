"""The included network, a server of its page, and pictures; imported without the extra, too."""

from __future__ import annotations

import shutil

import pytest

from skdigits.cli._model_file import load_picture_classifier


@pytest.fixture(scope="session")
def model():
    """Give the included Pipeline, which takes pictures of any size, not to be changed."""
    return load_picture_classifier(None)


@pytest.fixture(scope="module")
def browser():
    """Give a browser that runs."""
    from ._browsing import sync_api

    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs a browser: install the package chromium of Debian")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def client(model):
    """Give a client of a server with the usual limits."""
    from ._serving import served

    with served({"included network": model}) as client:
        yield client


@pytest.fixture(scope="session")
def seven():
    """Give a file with a seven."""
    from ._serving import SEVEN, draw, to_file

    return to_file(draw(*SEVEN))


@pytest.fixture(scope="session")
def seventy_one():
    """Give a file with a seven and a one beside it."""
    from ._serving import ONE_BESIDE, SEVEN, draw, to_file

    return to_file(draw(*SEVEN, ONE_BESIDE))
