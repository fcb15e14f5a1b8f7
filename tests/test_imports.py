"""Importing is cheap and has no side effects."""

from __future__ import annotations

import pytest

CHECK = """
import sys, os, logging, random
import sklearn.model_selection  # sets two variables of OpenMP by itself
before = dict(os.environ), logging.root.handlers[:], random.getstate()
{program}
heavy = {{"tensorflow", "keras", "scikeras", "matplotlib"}} & set(sys.modules)
assert not heavy, heavy
assert (dict(os.environ), logging.root.handlers, random.getstate()) == before
"""


@pytest.mark.parametrize(
    "program",
    [
        "import skdigits; skdigits.__version__; dir(skdigits)",
        """
from sklearn.base import clone, is_classifier
from skdigits import ImageScaler, KerasCNNClassifier, KerasMLPClassifier
for made in (KerasMLPClassifier(), KerasCNNClassifier()):
    assert is_classifier(clone(made).set_params(epochs=3))
    repr(made), made.get_params()
    try:
        made.fit([[1.0]], None)
    except ValueError:
        pass
""",
        """
import runpy, contextlib, io
sys.argv = ["skdigits", "--help"]
out = io.StringIO()
try:
    with contextlib.redirect_stdout(out):
        runpy.run_module("skdigits", run_name="__main__")
except SystemExit as stop:
    assert not stop.code, stop.code
assert "compare" in out.getvalue()
""",
    ],
    ids=["package", "classifiers", "command"],
)
def test_neither_tensorflow_nor_matplotlib_is_loaded(program, run_python):
    assert run_python("-c", CHECK.format(program=program)) == ""


def test_help_is_shown_by_the_module(run_python):
    assert "compare" in run_python("-m", "skdigits", "--help")


def test_what_predicts_loads_of_other_libraries_only_what_scikit_learns_own_network_does(
    run_python,
):
    program = """
import sys
import sklearn.neural_network, sklearn.pipeline, sklearn.preprocessing
before = set(sys.modules)
import skdigits.neural_network, skdigits.prediction, skdigits.preprocessing, skdigits.pretrained
added = set(sys.modules) - before
parts = [name for name in added if name.startswith(("pandas.", "scipy.", "sklearn."))]
assert not parts, parts
heavy = {"PIL", "jinja2", "keras", "matplotlib", "rich", "scikeras", "statsmodels", "tensorflow"}
assert not heavy & added, heavy & added
"""
    assert run_python("-c", program) == ""
