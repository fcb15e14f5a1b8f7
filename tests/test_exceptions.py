"""Errors word themselves and can cross processes."""

import builtins
import pickle
import re

import pytest

from skdigits import exceptions
from skdigits.exceptions import UnknownNameError


def test_a_near_name_is_suggested_and_all_are_listed():
    error = UnknownNameError("recipe", "mlm-cn", ["mlm-cnn", "levelup-mlp"])
    assert "mean 'mlm-cnn'?" in str(error)
    assert "levelup-mlp" in str(error)


def test_nothing_is_suggested_for_a_name_like_no_other():
    assert "mean" not in str(UnknownNameError("recipe", "zzz", ["mlm-cnn"]))


def test_an_error_survives_pickling():
    error = UnknownNameError("model", "kn", ["knn"])
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def drawn():
    """Read the tree in the module's docstring: each class and what it is caught as."""
    lines = re.findall(r"[├└]── (\w+) \((\w+)\)", exceptions.__doc__)
    return {name: getattr(builtins, kind) for name, kind in lines}


def test_the_tree_that_is_drawn_names_every_class():
    assert sorted(["SkdigitsError", *drawn()]) == exceptions.__all__


@pytest.mark.parametrize(("name", "caught_as"), sorted(drawn().items()))
def test_an_error_is_caught_as_its_built_in_kind_and_as_ours(name, caught_as):
    kind = getattr(exceptions, name)
    assert issubclass(kind, caught_as)
    assert issubclass(kind, exceptions.SkdigitsError)
