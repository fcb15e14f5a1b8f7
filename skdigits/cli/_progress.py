"""Progress of a comparison: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from ..comparison import ComparisonProgress

_STAGES = {"train": "final training", "test": "scoring on the test images"}


def watch(console: Console) -> LiveProgress | PlainProgress:
    """Make a display of a comparison's progress.

    Parameters
    ----------
    console : rich.console.Console
        Where to show it.

    Returns
    -------
    progress : LiveProgress or PlainProgress
        A context manager, to be called with each `ComparisonProgress`.
    """
    return LiveProgress(console) if console.is_terminal else PlainProgress(console)


class LiveProgress:
    """A bar for each model, and for each stage after the search.

    Parameters
    ----------
    console : rich.console.Console
        A terminal.
    """

    def __init__(self, console: Console) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(separator=" of "),
            TextColumn("{task.fields[best]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> LiveProgress:
        """Start the display."""
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the bars as they are."""
        self._bars.stop()

    def __call__(self, progress: ComparisonProgress) -> None:
        """Move the bar of a model or a stage."""
        name = _STAGES.get(progress.stage, progress.model)
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=None, start=False, best="")
        task = self._tasks[name]
        if progress.n_done:
            # Before its first candidate is finished, a model may still be waiting.
            self._bars.start_task(task)
        best = "" if progress.best is None else f"best {progress.best:.2%}"
        self._bars.update(task, total=progress.n_total, completed=progress.n_done, best=best)


class PlainProgress:
    """A line for each candidate of a model, and for each model of a later stage.

    Parameters
    ----------
    console : rich.console.Console
        A file or a pipe.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._start = time.perf_counter()
        self._shown: dict[str, int] = {}
        self._began: dict[str, float] = {}

    def __enter__(self) -> PlainProgress:
        """Start the clock."""
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: every line is complete."""

    def __call__(self, progress: ComparisonProgress) -> None:
        """Print a line where a number has changed."""
        name = _STAGES.get(progress.stage, progress.model)
        now = time.perf_counter() - self._start
        self._began.setdefault(name, now)
        if progress.n_done <= self._shown.get(name, 0):
            return
        self._shown[name] = progress.n_done
        left = progress.n_total - progress.n_done
        rest = (now - self._began[name]) * left / progress.n_done
        parts = [f"{now:6.0f} s  {name}: {progress.n_done} of {progress.n_total}"]
        if progress.best is not None:
            parts.append(f"best {progress.best:.2%}")
        if left and progress.stage == "search":
            parts.append(f"about {rest:.0f} s left")
        self._console.print(", ".join(parts), markup=False, highlight=False)
