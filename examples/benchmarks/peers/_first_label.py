"""Task: seconds and memory of a new process that loads a trained model and classifies an image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import joblib
import numpy as np

from ._architecture import Architecture
from ._data import load_digits
from ._new_process import start_process

_CLASSIFY = """
import sys
import numpy as np
{load}
print(model.predict(np.load("image.npy"))[0], flush=True)
sys.stdin.read()
"""
_FROM_FILE = "import joblib; model = joblib.load('model.joblib')"
_PRETRAINED = "from skdigits import load_pretrained; model = load_pretrained()"


def start(
    side: ModuleType, *, architecture: Architecture | None, fit_rows: int
) -> Callable[[bool], dict[str, float]]:
    """Train and write the model; without an architecture, classify by the pretrained one."""
    folder = TemporaryDirectory()
    images, labels = load_digits(fit_rows)
    image = images[:1]
    if architecture is None:
        image = image.reshape(1, 28, 28)
    else:
        model = side.fit(architecture, *side.prepare(images, labels, architecture), 1)
        joblib.dump(model, Path(folder.name, "model.joblib"))
    np.save(Path(folder.name, "image.npy"), image)
    program = _CLASSIFY.format(load=_PRETRAINED if architecture is None else _FROM_FILE)
    arguments = ("-c", f"import os; os.chdir({folder.name!r})\n{program}")

    def measure(first: bool, folder: TemporaryDirectory = folder) -> dict[str, float]:
        with start_process(*arguments) as process:
            process.read_line()
            seconds = process.seconds()
            memory = process.memory()
            process.end()
        return {"seconds": seconds} | memory

    return measure
