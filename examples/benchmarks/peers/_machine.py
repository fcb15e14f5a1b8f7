"""On what a run took place."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = (
    "skdigits",
    "numpy",
    "scikit-learn",
    "keras",
    "tensorflow",
    "scikeras",
    "torch",
    "skorch",
)


def describe_run(processor: str, repeats: int, quick: bool) -> dict:
    """Say when, where and with what the run takes place."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": processor,
        "system": platform.system(),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "repeats": repeats,
        "quick": quick,
        "versions": {"python": platform.python_version(), **_library_versions()},
    }


def list_versions(run: dict) -> str:
    """Write the versions of a run's libraries in a line."""
    return ", ".join(f"{library} {number}" for library, number in run["versions"].items())


def _library_versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
