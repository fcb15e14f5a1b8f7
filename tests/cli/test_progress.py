"""Progress is a live display on a terminal, and lines elsewhere."""

import io

import pytest
from rich.console import Console

from skdigits.cli._progress import watch
from skdigits.comparison import ComparisonProgress

EVENTS = [
    ComparisonProgress("search", "knn", 0, 2),
    ComparisonProgress("search", "knn", 0, 2),
    ComparisonProgress("search", "knn", 1, 2, 0.93),
    ComparisonProgress("search", "knn", 2, 2, 0.95),
    ComparisonProgress("train", "knn", 1, 1),
    ComparisonProgress("test", "knn", 1, 1),
]


def _show(*, terminal):
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=120, color_system=None)
    with watch(console) as progress:
        for event in EVENTS:
            progress(event)
    return file.getvalue()


def test_lines_tell_each_candidate_once():
    lines = [line.split("s  ", 1)[1] for line in _show(terminal=False).splitlines()]
    assert lines == [
        "knn: 1 of 2, best 93.00%, about 0 s left",
        "knn: 2 of 2, best 95.00%",
        "final training: 1 of 1",
        "scoring on the test images: 1 of 1",
    ]


@pytest.mark.parametrize("said", ["knn", "2 of 2", "best 95.00%", "left", "scoring on the test"])
def test_the_live_display_shows_the_last_state(said):
    assert said in _show(terminal=True)
