"""The rendered handwriting of the benchmarks, for tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"


def _load(name):
    spec = importlib.util.spec_from_file_location(name, _FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_module = _load("handwriting")
pages = _load("handwriting_pages")  # which imports the first
joined = _load("joined_digits")

ink_on_paper = _module.ink_on_paper
numbers = _module.numbers
photographs = _module.photographs
strokes = _module.strokes
