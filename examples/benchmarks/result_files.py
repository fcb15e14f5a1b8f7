"""A file of results: a JSON object with one entry a work, or a recipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from skdigits._files import write_whole


def read_results(path: Path) -> dict[str, dict]:
    """Read the results, none if there is no file yet.

    Raises
    ------
    ValueError
        If the file cannot be read, or holds something else.
    """
    if not path.exists():
        return {}
    try:
        results = json.loads(path.read_text("utf-8"))
        if isinstance(results, dict) and all(isinstance(each, dict) for each in results.values()):
            return results
        reason = "it holds no entries"
    except (OSError, ValueError) as error:
        reason = str(error)
    raise ValueError(
        f"{path} should hold what was measured before, but cannot be read: {reason}. Put a copy "
        "of it back, or delete it to measure all again."
    )


def write_results(path: Path, results: Mapping[str, dict]) -> None:
    """Write the results; whoever reads the file, or stops this program, never finds half of it."""
    text = json.dumps(results, indent=2) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))


def store_result(path: Path, name: str, entry: dict, order: Iterable[str]) -> None:
    """Put the entry of a work into the file and leave the other works as they are.

    Parameters
    ----------
    path : Path
        The file; made if there is none.
    name : str
        Name of the work.
    entry : dict
        ``title``, ``run`` and ``cases``.
    order : iterable of str
        All names, in the order of the file.
    """
    results = {**read_results(path), name: entry}
    known = [work for work in order if work in results]
    others = [work for work in results if work not in known]
    write_results(path, {work: results[work] for work in (*known, *others)})


def has_quick_results(results: dict[str, dict]) -> bool:
    """Whether any of the results come from a quick run, on little data."""
    return any(entry["run"]["quick"] for entry in results.values())
