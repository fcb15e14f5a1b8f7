"""The docstrings of the classifiers have all that their base class documents."""

from __future__ import annotations

import inspect

import pytest
from numpydoc.docscrape import ClassDoc

from skdigits import BaseKerasClassifier, KerasCNNClassifier, KerasMLPClassifier


@pytest.mark.parametrize("kind", [KerasCNNClassifier, KerasMLPClassifier])
def test_a_shared_parameter_is_documented_in_the_same_words(kind):
    own, base = ClassDoc(kind), ClassDoc(BaseKerasClassifier)
    assert [parameter.name for parameter in own["Parameters"]] == list(
        inspect.signature(kind).parameters
    )
    assert own["Parameters"][-len(base["Parameters"]) :] == base["Parameters"]
    for section in ("Attributes", "Notes"):
        assert own[section] == base[section]
    assert own["Examples"] != base["Examples"]


def test_classes_can_be_used_where_python_drops_docstrings(run_python):
    program = "import skdigits; print(skdigits.KerasCNNClassifier.__doc__)"
    assert run_python("-OO", "-c", program).strip() == "None"
