"""Baselines are ready Pipelines whose grids fit them."""

import importlib
import sys

import numpy as np
import pytest
from sklearn import __version__ as sklearn_version
from sklearn.base import clone, is_classifier
from sklearn.model_selection import ParameterGrid

from skdigits.baselines import baseline_grid, baseline_names, make_baseline
from skdigits.baselines._classifiers import BASELINES

OPTIONAL = [name for name, baseline in BASELINES.items() if baseline.library is not None]
STAND_IN = """
class Recorder:
    def __init__(self, **settings):
        self.settings = settings

    def fit(self, X, y):
        raise NotImplementedError

LGBMClassifier = XGBClassifier = Recorder
"""


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


@pytest.mark.parametrize("name", baseline_names())
def test_labels_of_any_kind(name, blobs):
    if name == "sklearn-mlp" and sklearn_version.startswith(("1.6.", "1.7.", "1.8.")):
        pytest.skip("before scikit-learn 1.9 MLPClassifier stops early with numbers alone")
    X, y = blobs
    labels = np.array(["seven", "one", "three"])[y]
    pipeline = make_baseline(name, random_state=0).set_params(
        **({"pca__n_components": 5} if name == "pca-rbf-svm" else {}),
        **({"nystroem__n_components": 50} if name == "nystroem-svm" else {}),
    )
    assert set(pipeline.fit(X, labels).predict(X)) <= set(labels)
    assert list(pipeline.classes_) == ["one", "seven", "three"]


@pytest.mark.parametrize("name", baseline_names())
def test_a_fit_is_left_on_one_core(name):
    params = make_baseline(name).get_params()
    assert {v for k, v in params.items() if k.endswith("n_jobs")} <= {None, 1}


def test_deskewing_sees_the_shape_of_the_pictures(blobs):
    X, y = blobs
    pipeline = make_baseline("knn-deskewed").fit(X.reshape(-1, 2, 8), y)
    assert pipeline[0].image_shape_ == (2, 8, 1)
    assert pipeline.predict(X[:3].reshape(-1, 2, 8)).shape == (3,)


@pytest.mark.parametrize("name", OPTIONAL)
def test_a_baseline_whose_library_is_missing_says_what_to_install(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    assert name not in baseline_names()
    for find in (make_baseline, baseline_grid):
        with pytest.raises(ImportError, match=rf'{name}.*pip install "skdigits\[boosting\]"'):
            find(name)


@pytest.mark.parametrize("name", OPTIONAL)
def test_a_library_that_is_installed_is_listed_and_imported_when_used(name, monkeypatch, tmp_path):
    (tmp_path / f"{name}.py").write_text(STAND_IN)
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()

    assert name in baseline_names()
    assert name not in sys.modules
    last = make_baseline(name, random_state=5)[-1]
    classifier = getattr(last, "estimators", [(name, last)])[0][1]
    assert classifier.settings["n_jobs"] == 1
    assert classifier.settings["random_state"] == 5


def test_the_seed_reaches_the_classifier():
    assert make_baseline("random-forest", random_state=5)[-1].random_state == 5


@pytest.mark.parametrize("find", [make_baseline, baseline_grid])
def test_a_mistyped_name_is_answered_with_the_names(find):
    with pytest.raises(ValueError, match=r"'randm-forest'.*mean 'random-forest'.* knn"):
        find("randm-forest")


@pytest.mark.parametrize("name", ["pca-rbf-svm", "nystroem-svm", "rbf-svm", "knn-deskewed"])
@pytest.mark.parametrize("shape", [(6, 5), (8, 8), (6, 5, 3)])
def test_a_grid_fits_images_of_any_shape(name, shape):
    rng = np.random.RandomState(0)
    y = np.repeat(["a", "b"], 60)
    X = rng.randint(0, 4, (120, *shape))
    X[y == "a", :3] += 12
    pipeline = make_baseline(name, image_shape=shape, data_range=(0, 16), random_state=0)
    for params in ParameterGrid(baseline_grid(name, image_shape=shape)):
        candidate = clone(pipeline).set_params(**params)
        if name == "nystroem-svm":  # more components than there are samples
            candidate.set_params(nystroem__n_components=50)
        for samples in (X, X.reshape(120, -1)):
            assert candidate.fit(samples, y).score(samples, y) > 0.95


def test_a_kernel_is_as_wide_for_few_pixels_as_for_many():
    few = baseline_grid("rbf-svm", image_shape=(14, 14))["svc__gamma"]
    assert few == ["scale", 0.03 * 4]
    assert baseline_grid("rbf-svm", image_shape=(28, 28)) == baseline_grid("rbf-svm")
    with pytest.raises(ValueError, match="image_shape must be"):
        make_baseline("knn", image_shape=(28,))


def test_a_grid_fits_few_samples():
    components, neighbours = "pca__n_components", "kneighborsclassifier__n_neighbors"
    assert baseline_grid("pca-rbf-svm", n_samples=60)[components] == [40, 60]
    assert baseline_grid("pca-rbf-svm", n_samples=20)[components] == [20]
    assert baseline_grid("pca-rbf-svm", n_samples=100) == baseline_grid("pca-rbf-svm")
    assert baseline_grid("knn", n_samples=2)[neighbours] == [1, 2]
