"""The settings of a comparison: what a reader needs to judge and repeat it."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import joblib
import numpy as np

from .._plurals import counted
from ._tasks import LabelledSamples

if TYPE_CHECKING:
    from ._search import SearchPlan

#: Libraries that results depend on.
LIBRARIES = ("skdigits", "scikit-learn", "keras", "tensorflow", "numpy", "scipy")


def library_versions() -> dict[str, str]:
    """List the versions of the libraries that results depend on.

    Returns
    -------
    versions : dict of str to str
        Version of each library.
    """
    return {name: version(name) for name in LIBRARIES}


def describe_setting(
    samples: LabelledSamples,
    test: LabelledSamples | None,
    plan: SearchPlan,
    time_limit: float | None,
    n_workers: int,
) -> dict[str, str]:
    """Describe the settings of a comparison for its report.

    Parameters
    ----------
    samples : LabelledSamples
        Training samples.
    test : LabelledSamples or None
        Test samples.
    plan : SearchPlan
        How each model was searched.
    time_limit : float or None
        Seconds of computation for the search of each model.
    n_workers : int
        Number of fits that ran at a time.

    Returns
    -------
    setting : dict of str to str
        Name and value of each setting.
    """
    classes = len(np.unique(samples.y))
    return {
        "Training samples": f"{len(samples.y):,} of {classes} classes",
        "Test samples": "none" if test is None else f"{len(test.y):,}, used once at the end",
        "Search": f"{plan.kind}, {plan.n_folds} stratified folds, the same for all models",
        "Time limit": "none" if time_limit is None else f"{time_limit:g} s of fits per model",
        "Seed": str(plan.seed),
        "Workers": f"{n_workers}, one core each",
        "Machine": f"{_processor()}, {counted(joblib.cpu_count(), 'core')}, {platform.system()}",
        "Versions": ", ".join(
            [f"Python {platform.python_version()}"]
            + [f"{name} {number}" for name, number in library_versions().items()]
        ),
    }


def _processor() -> str:
    """Name the processor, if the system says."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
