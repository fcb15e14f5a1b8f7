"""Baselines are ready Pipelines whose grids fit them."""

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.model_selection import ParameterGrid

from skdigits.baselines import baseline_grid, baseline_names, make_baseline
from skdigits.baselines._classifiers import BASELINES


@pytest.fixture(scope="module")
def blobs():
    """Pictures of three classes that any classifier can tell apart."""
    rng = np.random.RandomState(0)
    y = np.repeat([0, 1, 2], 40)
    X = rng.randint(0, 40, size=(120, 16)).astype(np.uint8)
    X[np.arange(120), y * 5] = 255
    return X, y


@pytest.mark.parametrize("name", baseline_names())
def test_every_baseline_learns_with_every_candidate_of_its_grid(name, blobs):
    X, y = blobs
    pipeline = make_baseline(name, random_state=0)
    assert is_classifier(pipeline)
    for params in ParameterGrid(baseline_grid(name)):
        candidate = clone(pipeline).set_params(**params)
        # What suits thousands of digits is too much for 120 samples of sixteen pixels.
        sizes = {
            "pca__n_components": 5,
            "nystroem__n_components": 50,
            "mlpclassifier__n_iter_no_change": 100,
        }
        known = candidate.get_params()
        candidate.set_params(**{k: v for k, v in sizes.items() if k in known})
        score = candidate.fit(X, y).score(X, y)
        assert score > 0.9 or name == "dummy"


@pytest.mark.parametrize("name", baseline_names())
def test_every_grid_has_its_reason(name):
    assert BASELINES[name].reason.endswith(".")


def test_a_grid_can_be_changed_without_changing_the_next():
    baseline_grid("knn")["kneighborsclassifier__n_neighbors"].append(99)
    assert 99 not in baseline_grid("knn")["kneighborsclassifier__n_neighbors"]


def test_the_seed_reaches_the_classifier():
    assert make_baseline("random-forest", random_state=5)[-1].random_state == 5


@pytest.mark.parametrize("find", [make_baseline, baseline_grid])
def test_a_mistyped_name_is_answered_with_the_names(find):
    with pytest.raises(ValueError, match=r"'randm-forest'.*mean 'random-forest'.* knn"):
        find("randm-forest")
