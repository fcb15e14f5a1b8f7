"""A model's code is found, and that of what it is made of."""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdigits.comparison._sources import find_sources

from ._digits import FailingNeighbors, SlowNeighbors


def double(X):
    return 2 * X


def test_only_what_no_version_stands_for():
    assert find_sources(KNeighborsClassifier(), {"n_neighbors": [1, np.int64(2), None]}) == []


def test_classes_and_functions_in_pipelines_and_grids():
    pipeline = make_pipeline(FunctionTransformer(double), SlowNeighbors())
    first, second, third = find_sources(pipeline, {"slowneighbors": [FailingNeighbors()]})
    assert first.startswith("class FailingNeighbors")
    assert second.startswith("class SlowNeighbors")
    assert third == "def double(X):\n    return 2 * X\n"


def test_what_has_no_file_is_left_out():
    namespace = {"KNeighborsClassifier": KNeighborsClassifier, "__name__": "typed"}
    exec("class Typed(KNeighborsClassifier):\n    pass", namespace)
    assert find_sources(namespace["Typed"]()) == []
