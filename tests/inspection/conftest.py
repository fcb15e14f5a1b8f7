"""A matplotlib that opens no windows."""

from __future__ import annotations

import matplotlib
import pytest


@pytest.fixture(autouse=True)
def _no_windows():
    """Draw into memory, and close what a test has drawn."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    yield
    plt.close("all")
