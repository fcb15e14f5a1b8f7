"""What scikit-learn puts around a network, or behind it, is saved and loaded as it was."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pytest
import sklearn
from sklearn.ensemble import VotingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from skops.io._trusted_types import SKLEARN_ESTIMATOR_TYPE_NAMES

from skdigits import ImageScaler, load_model, save_model
from skdigits._archive import array_from_bytes, array_to_bytes, unpack
from skdigits.exceptions import ModelFileError, UnsavableModelError
from skdigits.persistence._model_files import DESCRIPTION, model_from_bytes
from skdigits.persistence._scikit_learn import CLASSES_BY_MODULE, PRIVATE_CLASSES

from .._small import mlp
from ._made_up import change

NAMES = [f"{home}.{name}" for home, names in CLASSES_BY_MODULE.items() for name in names.split()]
LINEAR, BAYES = LogisticRegression(max_iter=20), GaussianNB()
#: Positional arguments and options, where a class needs them or would take long.
ARGUMENTS = {
    "AdaBoostClassifier": ((LINEAR,), {"n_estimators": 3}),
    "BaggingClassifier": ((BAYES, 2), {"max_features": 0.5}),
    "CalibratedClassifierCV": ((BAYES,), {"cv": KFold(2, shuffle=True)}),
    "ColumnTransformer": (
        ([("a", StandardScaler(), slice(0, 3)), ("b", "passthrough", [5, 7])],),
        {"remainder": StandardScaler()},
    ),
    "ExtraTreesClassifier": ((3,), {}),
    "FactorAnalysis": ((3,), {}),
    "FastICA": ((3,), {"random_state": 0, "tol": 0.1}),
    "FeatureUnion": (([("a", StandardScaler()), ("b", SelectKBest(k=5))],), {}),
    "FixedThresholdClassifier": ((BAYES,), {"threshold": 0.3, "response_method": "predict_proba"}),
    "FrozenEstimator": ((BAYES,), {}),
    "GaussianRandomProjection": ((5,), {}),
    "HistGradientBoostingClassifier": ((), {"max_iter": 3, "min_samples_leaf": 5}),
    "LogisticRegression": ((), {"max_iter": 1000}),
    "MLPClassifier": ((8,), {"max_iter": 3}),
    "MultiOutputClassifier": ((BAYES,), {}),
    "NuSVC": ((), {"nu": 0.1}),
    "Nystroem": ((), {"n_components": 20}),
    "OneVsOneClassifier": ((BAYES,), {}),
    "OneVsRestClassifier": ((BAYES,), {}),
    "OutputCodeClassifier": ((BAYES,), {}),
    "QuantileTransformer": ((), {"n_quantiles": 20}),
    "RandomForestClassifier": ((3,), {}),
    "SelectFromModel": ((LINEAR,), {}),
    "StackingClassifier": (([("a", BAYES), ("b", "drop"), ("c", BAYES)], BAYES), {"cv": 2}),
    "TunedThresholdClassifierCV": ((BAYES,), {"cv": 2}),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
METHODS = ("predict", "predict_proba", "decision_function", "transform")


def _class(name):
    home, simple = name.split(".")
    return getattr(importlib.import_module(f"sklearn.{home}"), simple)


def _fitted(name, X, y):
    """Fit an estimator of the table on what it takes."""
    make = _class(name)
    arguments, options = ARGUMENTS.get(make.__name__, ((), {}))
    model = make(*arguments, **options)
    match make.__name__:
        case "LabelBinarizer" | "LabelEncoder":
            return model.fit(y)
        case "IsotonicRegression":
            return model.fit(X[:, 0], y)
        case "KernelCenterer":
            return model.fit(X @ X.T)
        case "MultiOutputClassifier":
            return model.fit(X, np.c_[y > 4, y % 2])
        case (
            "FixedThresholdClassifier"
            | "QuadraticDiscriminantAnalysis"
            | "TunedThresholdClassifierCV"
        ):
            return model.fit(X, y > 4)
        case "FrozenEstimator":
            model.estimator.fit(X, y)
    return model.fit(X, y)


def _samples(name, X, y):
    """Give what the methods of a model take."""
    match name.rpartition(".")[2]:
        case "LabelBinarizer" | "LabelEncoder":
            return y
        case "IsotonicRegression":
            return X[:, 0]
        case "KernelCenterer":
            return X @ X.T
    return X


def _answers(model, samples):
    """Give what each method of a model answers."""
    answers = {name: getattr(model, name)(samples) for name in METHODS if hasattr(model, name)}
    return {
        name: [np.asarray(part.toarray() if hasattr(part, "toarray") else part) for part in parts]
        for name, answer in answers.items()
        for parts in [answer if isinstance(answer, list) else [answer]]
    }


def _assert_same(model, loaded, samples):
    expected, found = _answers(model, samples), _answers(loaded, samples)
    assert expected
    for name, parts in expected.items():
        for one, other in zip(parts, found[name], strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def pixels(raw):
    """Give the ten pixels of each digit that differ most."""
    X, y = raw
    return np.ascontiguousarray(X[:, np.argsort(X.std(axis=0))[-10:]]), y


SPLITTERS = {"KFold", "StratifiedKFold", "StratifiedShuffleSplit"}
ESTIMATORS = [name for name in NAMES if name.rpartition(".")[2] not in SPLITTERS]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_each_class_answers_the_same_after_it_was_saved(name, pixels, tmp_path):
    model = _fitted(name, *pixels)
    one, other = tmp_path / "one", tmp_path / "other"
    save_model(model, one)
    loaded = load_model(one)
    _assert_same(model, loaded, _samples(name, *pixels))
    assert repr(loaded) == repr(model)
    save_model(loaded, other)
    assert one.read_bytes() == other.read_bytes()


def test_no_class_is_loaded_that_skops_would_not_trust_but_splitters():
    paths = {name: f"{_class(name).__module__}.{_class(name).__name__}" for name in NAMES}
    untrusted = {name for name, path in paths.items() if path not in SKLEARN_ESTIMATOR_TYPE_NAMES}
    assert {name.rpartition(".")[2] for name in untrusted} == SPLITTERS


def test_private_classes_are_where_they_were():
    for home, names in PRIVATE_CLASSES.items():
        for name in names.split():
            if name != "_TemperatureScaling":  # since scikit-learn 1.8
                assert _class(f"{home}.{name}")


# Around a network, and behind it


AROUND = {
    "scaler": lambda: make_pipeline(StandardScaler(), mlp(epochs=1)),
    "components": lambda: make_pipeline(
        ImageScaler(data_range=(0, 16)), _class("decomposition.PCA")(20), mlp(epochs=1)
    ),
    "union": lambda: make_pipeline(
        make_union(StandardScaler(), _class("decomposition.PCA")(5)), mlp(epochs=1)
    ),
    "calibrated": lambda: _class("calibration.CalibratedClassifierCV")(
        make_pipeline(StandardScaler(), mlp(epochs=1)), cv=2, method="isotonic"
    ),
    "stacked": lambda: _class("ensemble.StackingClassifier")(
        [("network", mlp(epochs=1)), ("svm", SVC())],
        LogisticRegression(max_iter=1000),
        cv=StratifiedKFold(2, shuffle=True, random_state=0),
    ),
    "voting with others": lambda: VotingClassifier(
        [("network", mlp(epochs=1)), ("forest", _class("ensemble.RandomForestClassifier")(3))],
        voting="soft",
    ),
    "bagged": lambda: _class("ensemble.BaggingClassifier")(mlp(epochs=1), 2),
    "one against the rest": lambda: _class("multiclass.OneVsRestClassifier")(mlp(epochs=1)),
    "behind hidden features": lambda: make_pipeline(
        ImageScaler(data_range=(0, 16)), mlp(epochs=1), SVC()
    ),
    "neighbours of a tree": lambda: KNeighborsClassifier(algorithm="kd_tree", weights="distance"),
    "neighbours of bytes": lambda: make_pipeline(
        FunctionTransformer(), KNeighborsClassifier(algorithm="ball_tree", p=1)
    ),
}


@pytest.mark.parametrize("case", AROUND)
def test_what_is_around_a_network_answers_the_same(case, raw, tmp_path):
    X, y = raw
    model = AROUND[case]().fit(X.astype(np.uint8) if "bytes" in case else X, y)
    save_model(model, tmp_path / "m.skdigits")
    _assert_same(model, load_model(tmp_path / "m.skdigits"), X[:100])


def test_the_best_estimator_of_a_search_is_saved_and_the_search_says_so(raw, tmp_path):
    search = GridSearchCV(
        make_pipeline(StandardScaler(), mlp()), {"kerasmlpclassifier__epochs": [1, 2]}, cv=2
    ).fit(*raw)
    path = tmp_path / "m.skdigits"
    with pytest.raises(UnsavableModelError, match=r"GridSearchCV\. .*search\.best_estimator_, p"):
        save_model(search, path)
    save_model(search.best_estimator_, path)
    _assert_same(search.best_estimator_, load_model(path), raw[0])


UNSAVABLE = {
    "function": (lambda: FunctionTransformer(np.sqrt), "'func' of FunctionTransf"),
    "callable kernel": (
        lambda: SVC(kernel=lambda a, b: a @ b.T), "parameter 'kernel' of SVC: found function"),
    "precomputed kernel": (
        lambda: SVC(kernel="precomputed"), "load_model would refuse.*of SVC do not fit"),
    "subclass": (
        lambda: type("Own", (StandardScaler,), {})(), r"the model: found .*Own\. .*joblib\.dump"),
    "other class": (
        lambda: _class("ensemble.GradientBoostingClassifier")(n_estimators=1),
        r"found sklearn\.ensemble.*GradientBoostingClassifier\. .*joblib\.dump"),
    "generator": (lambda: SVC(random_state=np.random.RandomState(0)), "found numpy.*RandomState"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNSAVABLE)
def test_what_cannot_be_saved_is_named_with_the_cure(case, pixels, tmp_path):
    make, match = UNSAVABLE[case]
    X, y = pixels
    model = make().fit(X @ X.T if case == "precomputed kernel" else X, y)
    with pytest.raises(UnsavableModelError, match=match):
        save_model(model, tmp_path / "m.skdigits")
    assert not list(tmp_path.iterdir())


# Another scikit-learn


@pytest.fixture(scope="module")
def scaler_file(pixels, tmp_path_factory):
    """Give the bytes of a file with a scaler."""
    path = tmp_path_factory.mktemp("models") / "scaler"
    save_model(StandardScaler().fit(pixels[0]), path)
    return path.read_bytes()


def _older(description):
    description["versions"]["scikit-learn"] = "1.5.2"


def test_a_file_of_another_scikit_learn_is_loaded_with_a_warning(scaler_file, pixels):
    content = change(scaler_file, _older)
    match = rf"m: It was saved with scikit-learn '1\.5\.2', and {sklearn.__version__} is installed"
    with pytest.warns(UserWarning, match=rf"{match}.* these are StandardScaler\. .*install the"):
        loaded = model_from_bytes(content, "m")
    assert loaded.transform(pixels[0]).shape == pixels[0].shape


@pytest.mark.parametrize(
    ("key", "value", "match"),
    [
        ("class", "sklearn.preprocessing.OldScaler", "names the class .*OldScaler"),
        ("params", {"with_sd": True}, "with_sd"),
    ],
)
def test_an_error_names_the_scikit_learn_that_saved_the_file(key, value, match, scaler_file):
    def edit(description):
        _older(description)
        description["model"][key] = value

    with pytest.raises(ModelFileError, match=rf"{match}.* saved with scikit-learn '1\.5\.2'"):
        model_from_bytes(change(scaler_file, edit), "m")


def test_a_class_that_scikit_learn_no_longer_has_says_what_to_install(scaler_file, monkeypatch):
    monkeypatch.delattr("sklearn.preprocessing.StandardScaler")
    with pytest.raises(ModelFileError, match=r"no class .*\.StandardScaler\. Install the version"):
        model_from_bytes(scaler_file, "m")


# Files that lie


@pytest.mark.parametrize(
    "key",
    [
        *("transform", "__class__", "__dict__", "_sklearn_output_config", "with_mean", "a-b"),
        *("_parameter_constraints", "set_output"),
    ],
)
def test_an_attribute_that_is_not_free_is_refused(key, scaler_file):
    content = change(scaler_file, lambda d: d["model"]["fitted"].update({key: 1}))
    with pytest.raises(ModelFileError, match="has no fitted attribute"):
        model_from_bytes(content, "m")


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ({"function": "os.system"}, "names the function 'os.system', and only"),
        ({"function": ["os.system"]}, "names the function"),
        ({"type": "object"}, "'object' is no type of numbers"),
        ({"dtype": "O"}, "'O' is no type of numbers"),
        ({"scalar": ["S1000000000", 1]}, "'S1000000000' is no type of numbers"),
        ({"estimator": {"class": "sklearn.calibration.eval", "params": {}, "fitted": {}}},
         "names the class 'sklearn.calibration.eval'"),
        ({"tree": {}}, "KeyError"),
    ],
)  # fmt: skip
def test_a_value_that_would_be_code_is_refused(value, match, scaler_file):
    content = change(scaler_file, lambda d: d["model"]["fitted"].update(more_=value))
    with pytest.raises(ModelFileError, match=match):
        model_from_bytes(content, "m")


def _file(name, pixels, tmp_path):
    """Save an estimator of the table, and give its bytes and its description."""
    save_model(_fitted(name, *pixels), tmp_path / "m")
    content = (tmp_path / "m").read_bytes()
    return content, json.loads(unpack(content, DESCRIPTION)[DESCRIPTION])["model"]


LYING_ARRAYS = {
    "svm.SVC": [
        ("_n_support", lambda a: a + 1),
        ("_n_support", lambda a: np.concatenate([[-1, a[0] + a[1] + 1], a[2:]]).astype(a.dtype)),
        ("_n_support", lambda a: a[:-1]),
        ("support_", lambda a: a[:-1]),
        ("support_vectors_", lambda a: a[:-1]),
        ("support_vectors_", lambda a: a[:, :-1]),
        ("support_vectors_", lambda a: a.astype(np.int64)),
        ("_dual_coef_", lambda a: a[:-1]),
        ("_intercept_", lambda a: a[:1]),
        ("_probA", lambda a: np.ones(3)),
        ("_probB", lambda a: np.ones(45)),
        ("classes_", lambda a: a[:-1]),
    ],
    "neighbors.KNeighborsClassifier": [
        ("_fit_X", lambda a: a[:, :-1]),
        ("_fit_X", lambda a: a[:-1]),
        ("_y", lambda a: a + 1),
        ("_y", lambda a: a - 1),
        ("_y", lambda a: a[:-1]),
        ("_y", lambda a: a.astype(float)),
        ("classes_", lambda a: a[:-1]),
    ],
}


@pytest.mark.parametrize(
    ("name", "key", "edit"),
    [(name, *case) for name, cases in LYING_ARRAYS.items() for case in cases],
)
def test_arrays_that_compiled_code_would_trust_are_refused(name, key, edit, pixels, tmp_path):
    content, model = _file(name, pixels, tmp_path)
    part = model["fitted"][key]["array"]
    array = array_from_bytes(unpack(content, DESCRIPTION)[part])
    lying = change(content, lambda d: None, {part: array_to_bytes(edit(array))})
    with pytest.raises(ModelFileError, match="do not fit each other"):
        model_from_bytes(lying, "m")


def _fields(model, attribute):
    """Give the names of the arrays of nodes by field."""
    parts = dict(model["fitted"][attribute]["dict"])
    return {key: value["array"] for key, value in parts["nodes"]["dict"]}


TREE = ("tree.DecisionTreeClassifier", "tree_")
BOOSTING = ("ensemble.HistGradientBoostingClassifier", "_predictors")
LYING_NODES = {
    "a feature that samples lack": (*TREE, "feature", 0, 10),
    "a negative feature": (*TREE, "feature", 0, -2),
    "a node that leads to itself": (*TREE, "left_child", 0, 0),
    "a node that leads back": (*TREE, "right_child", 2, 1),
    "a node beyond the last": (*TREE, "right_child", 0, 10**6),
    "a child before the first": (*TREE, "left_child", 0, -5),
    "two ways to a node": (*TREE, "right_child", 0, 1),
    "a boosted feature that samples lack": (*BOOSTING, "feature_idx", 0, 10),
    "a boosted node that leads to itself": (*BOOSTING, "left", 0, 0),
    "a boosted node beyond the last": (*BOOSTING, "right", 0, 2**31),
    "a boosted node of categories": (*BOOSTING, "is_categorical", 0, 1),
}


@pytest.mark.parametrize("case", LYING_NODES)
def test_a_tree_that_leads_elsewhere_is_refused(case, pixels, tmp_path):
    name, attribute, field, node, value = LYING_NODES[case]
    content, model = _file(name, pixels, tmp_path)
    part = _fields(model, attribute)[field]
    array = array_from_bytes(unpack(content, DESCRIPTION)[part])
    array[node] = value
    lying = change(content, lambda d: None, {part: array_to_bytes(array)})
    with pytest.raises(ModelFileError, match="tree in it is not one"):
        model_from_bytes(lying, "m")


@pytest.mark.parametrize("value", [0, 2**40, 11, "10"])
def test_a_tree_for_other_samples_is_refused(value, pixels, tmp_path):
    def edit(description):
        for pair in description["model"]["fitted"]["tree_"]["dict"]:
            if pair[0] == "n_features":
                pair[1] = value

    content, _ = _file("tree.DecisionTreeClassifier", pixels, tmp_path)
    with pytest.raises(ModelFileError, match=r"tree in it is not one|do not fit each other"):
        model_from_bytes(change(content, edit), "m")


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("ensemble.BaggingClassifier", "n_classes_", 10**9),
        ("ensemble.RandomForestClassifier", "n_classes_", 10**9),
        ("ensemble.StackingClassifier", "stack_method_", ["fit", "__setstate__"]),
    ],
)
def test_attributes_that_cost_memory_or_name_methods_are_refused(
    name, key, value, pixels, tmp_path
):
    content, _ = _file(name, pixels, tmp_path)
    lying = change(content, lambda d: d["model"]["fitted"].update({key: value}))
    with pytest.raises(ModelFileError, match="do not fit each other"):
        model_from_bytes(lying, "m")


def test_a_forest_of_trees_for_other_samples_is_refused(pixels, tmp_path):
    def edit(description):
        description["model"]["fitted"]["n_features_in_"] = 9

    content, _ = _file("ensemble.RandomForestClassifier", pixels, tmp_path)
    with pytest.raises(ModelFileError, match="RandomForestClassifier do not fit each other"):
        model_from_bytes(change(content, edit), "m")
