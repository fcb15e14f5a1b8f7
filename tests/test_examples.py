"""The gallery's examples run, on little data."""

from __future__ import annotations

import ast
import importlib.util
import types
from pathlib import Path

import matplotlib
import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("plot_*.py"))
#: Each example has these constants at its top; they are replaced before it runs.
SMALL = {"N_TRAIN": 300, "EPOCHS": 1}


def _with_small_constants(source: str) -> ast.Module:
    """Replace the values of the constants in an example's source."""
    tree = ast.parse(source)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in SMALL:
                statement.value = ast.copy_location(ast.Constant(SMALL[name]), statement.value)
    return tree


def _missing(tree: ast.Module) -> set[str]:
    """Name the packages that an example imports and that are not installed."""
    modules = {
        name
        for statement in tree.body
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for name in [getattr(statement, "module", None) or statement.names[0].name]
    }
    packages = {module.partition(".")[0] for module in modules}
    return {package for package in packages if importlib.util.find_spec(package) is None}


def test_examples_are_found():
    assert len(EXAMPLES) >= 8


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
# Keras converts its variables by NumPy's older protocol when it saves them.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
def test_example_runs(example, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    n_shown = []
    monkeypatch.setattr(plt, "show", lambda: n_shown.append(len(plt.get_fignums())))
    module = types.ModuleType(example.stem)
    module.__file__ = str(example)
    tree = _with_small_constants(example.read_text("utf-8"))
    missing = _missing(tree)
    if missing:
        pytest.skip(f"needs {', '.join(sorted(missing))}, which the extra examples installs")
    try:
        exec(compile(tree, str(example), "exec", dont_inherit=True), vars(module))
    finally:
        plt.close("all")
    for name, value in SMALL.items():
        assert getattr(module, name) == value, f"{example.name} has no constant {name}"
    assert n_shown
    assert not list(tmp_path.iterdir()), "an example leaves files behind"
