"""The file of results: a JSON object with one entry a work."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path


def read_results(path: Path) -> dict[str, dict]:
    """Read the results, none if there is no file yet."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def store_result(path: Path, name: str, entry: dict, order: Iterable[str]) -> None:
    """Put the entry of a work into the file and leave the other works as they are.

    The new file takes the place of the old one at once: whoever reads it, or stops
    this program, never finds half a file.

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
    text = json.dumps({work: results[work] for work in (*known, *others)}, indent=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text + "\n", encoding="utf-8")
    os.replace(new, path)


def has_quick_results(results: dict[str, dict]) -> bool:
    """Whether any of the results come from a quick run, on little data."""
    return any(entry["run"]["quick"] for entry in results.values())
