"""The rendered handwriting of the benchmarks, for tests."""

from __future__ import annotations

import importlib.util
import sys
from itertools import groupby
from pathlib import Path

from skdigits import predict_digits
from skdigits.exceptions import BlankPictureError

_FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"


def _load(name):
    spec = importlib.util.spec_from_file_location(name, _FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_module = _load("handwriting")
# These import the first.
joined = _load("joined_digits")
pages = _load("handwriting_pages")
signs = _load("single_signs")
touching_digits = _load("touching_digits")

ink_on_paper = _module.ink_on_paper
numbers = _module.numbers
photographs = _module.photographs
strokes = _module.strokes
write = _module.write


def share_read(model, drawn):
    """Measure the share of images on which `predict_digits` reads the whole label."""
    return sum(
        read(model, picture) == label
        for picture, label in zip(drawn.pictures, drawn.labels, strict=True)
    ) / len(drawn.labels)


def read(model, picture):
    """Read an image, line by line, without what is left out."""
    try:
        digits = predict_digits(model, picture, segment=True)
    except BlankPictureError:
        return ""
    kept = [digit for digit in digits if digit.left_out is None]
    lines = groupby(kept, key=lambda digit: digit.line)
    return "\n".join("".join(str(digit.label) for digit in line) for _, line in lines)
