"""Every public docstring is whole numpydoc."""

from __future__ import annotations

import importlib
import inspect
import tomllib
from pathlib import Path

import pytest
from numpydoc.validate import ERROR_MSGS, validate

from .test_public_api import NAMES, SURFACE

SETTINGS = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
EXCLUDED = set(SETTINGS["tool"]["numpydoc_validation"]["checks"]) - {"all"}


def _public_objects():
    """Name the public functions, classes, and the classes' own methods."""
    for module, name in NAMES:
        yield f"skdigits.{module}.{name}"
        thing = getattr(importlib.import_module(f"skdigits.{module}"), name)
        if inspect.isclass(thing):
            for method, value in vars(thing).items():
                if not method.startswith("_") and (
                    callable(value) or isinstance(value, (classmethod, property))
                ):
                    yield f"skdigits.{module}.{name}.{method}"


def test_settings_are_known_checks():
    assert set(ERROR_MSGS) >= EXCLUDED


@pytest.mark.parametrize("path", ["skdigits", *(f"skdigits.{module}" for module in SURFACE)])
def test_module_says_what_it_holds(path):
    summary = inspect.getdoc(importlib.import_module(path)).splitlines()[0]
    assert summary[0].isupper() or summary.split()[0] == "skdigits"
    assert summary.endswith(".")


@pytest.mark.parametrize("path", [*_public_objects()])
def test_docstring_is_valid(path):
    required = set(ERROR_MSGS) - EXCLUDED
    if path.count(".") == 2:
        required.add("EX01")  # classes and functions show an example, methods need not
    faults = [fault for fault in validate(path)["errors"] if fault[0] in required]
    assert faults == []
