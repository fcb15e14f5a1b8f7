"""The rendered handwriting of the benchmarks, for tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_PATH = Path(__file__).parents[1] / "examples" / "benchmarks" / "handwriting.py"
_spec = importlib.util.spec_from_file_location("handwriting", _PATH)
_module = importlib.util.module_from_spec(_spec)
sys.modules["handwriting"] = _module
_spec.loader.exec_module(_module)

ink_on_paper = _module.ink_on_paper
numbers = _module.numbers
photographs = _module.photographs
