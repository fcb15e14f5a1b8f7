"""scikit-learn's classes in model files, and what their compiled code relies on.

A file can give any attribute any value. Python code then raises an error at worst, but compiled
code reads and writes where wrong numbers send it: that is checked here, before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Bunch

from .._typing import AnyArray
from ..exceptions import ModelFileError, UnsavableModelError
from ._trees import boosted_from_parts, boosted_parts, tree_from_parts, tree_parts

#: By the module that users import them from. Their fitted attributes are plain values, arrays
#: and estimators, and what is compiled in them is checked below. Before you add one, read what its
#: predictions hand to compiled code (also to SciPy's sparse matrices), and what they allocate.
CLASSES_BY_MODULE = {
    "calibration": "CalibratedClassifierCV",
    "compose": "ColumnTransformer",
    "decomposition": "FactorAnalysis FastICA IncrementalPCA KernelPCA PCA TruncatedSVD",
    "discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    "ensemble": "AdaBoostClassifier BaggingClassifier ExtraTreesClassifier "
    "HistGradientBoostingClassifier RandomForestClassifier StackingClassifier",
    "feature_selection": "SelectFromModel SelectKBest SelectPercentile VarianceThreshold",
    "frozen": "FrozenEstimator",
    "impute": "SimpleImputer",
    "isotonic": "IsotonicRegression",
    "kernel_approximation": "Nystroem RBFSampler",
    "linear_model": "LogisticRegression Perceptron RidgeClassifier "
    "RidgeClassifierCV SGDClassifier",
    "model_selection": "FixedThresholdClassifier KFold StratifiedKFold StratifiedShuffleSplit "
    "TunedThresholdClassifierCV",
    "multiclass": "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier",
    "multioutput": "MultiOutputClassifier",
    "naive_bayes": "BernoulliNB ComplementNB GaussianNB MultinomialNB",
    "neighbors": "KNeighborsClassifier NearestCentroid",
    "neural_network": "MLPClassifier",
    "pipeline": "FeatureUnion",
    "preprocessing": "Binarizer FunctionTransformer KernelCenterer LabelBinarizer LabelEncoder "
    "MaxAbsScaler MinMaxScaler Normalizer PowerTransformer QuantileTransformer RobustScaler "
    "StandardScaler",
    "random_projection": "GaussianRandomProjection",
    "svm": "LinearSVC NuSVC SVC",
    "tree": "DecisionTreeClassifier ExtraTreeClassifier",
}
#: Parts of those that scikit-learn keeps to itself; a test fails when they move.
PRIVATE_CLASSES = {
    "calibration": "_CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
}
#: Functions that may be parameters; they play a part in training alone.
FUNCTIONS = tuple(
    f"sklearn.feature_selection.{name}" for name in ("chi2", "f_classif", "mutual_info_classif")
)
#: Attributes that only training needs, or that follow from the others.
LEFT_OUT = {
    "HistGradientBoostingClassifier": (
        *("_bin_mapper", "_feature_subsample_rng", "_is_categorical_remapped", "_label_encoder"),
        *("_loss", "_preprocessor", "_random_seed", "_scorer", "_use_validation_data"),
    ),
    "IsotonicRegression": ("f_",),
    "KNeighborsClassifier": ("_tree",),
    "MLPClassifier": ("_optimizer", "_random_state"),
    "Perceptron": ("_loss_function_",),
    "SGDClassifier": ("_loss_function_",),
    "StackingClassifier": ("named_estimators_",),
    "TunedThresholdClassifierCV": ("_curve_scorer",),
}
_KERNELS = ("linear", "poly", "rbf", "sigmoid")
_METHODS = {"decision_function", "predict", "predict_proba"}
_FOREST_TREES = ("DecisionTreeClassifier", "ExtraTreeClassifier")


def plain_state(estimator: Any) -> dict[str, Any]:
    """Give the attributes of an estimator, with compiled objects as plain values.

    Parameters
    ----------
    estimator : estimator
        Any, fitted or not.

    Returns
    -------
    state : dict
        Of which `complete` makes the objects again.
    """
    state: dict[str, Any] = vars(estimator)
    if type(estimator).__name__ in _FOREST_TREES and "tree_" in state:
        return {**state, "tree_": tree_parts(state["tree_"])}
    if state.get("_predictors"):
        if state["_preprocessor"] is not None:
            raise UnsavableModelError(
                "save_model cannot write a HistGradientBoostingClassifier of categories. Pass "
                "categorical_features=None, or use joblib.dump(pipeline, path)."
            )
        return {**state, "_predictors": boosted_parts(state["_predictors"])}
    return state


def complete(estimator: Any) -> None:
    """Check what compiled code relies on, and make what a file does not hold.

    Parameters
    ----------
    estimator : estimator
        With the fitted attributes of a file.

    Raises
    ------
    ModelFileError
        If compiled code could not trust them. Other faults raise any exception.
    """
    state = vars(estimator)
    if "n_classes_" in state and "classes_" in state:
        # Predictions have a column for each, whatever the arrays say.
        _require(estimator.n_classes_ == len(estimator.classes_), estimator)
    step = _STEPS.get(type(estimator).__name__)
    if step is not None:
        step(estimator)


def _complete_voting(voting: Any) -> None:
    """Make the attributes of a VotingClassifier that follow from the others."""
    if hasattr(voting, "estimators_"):
        voting.le_ = LabelEncoder()
        voting.le_.classes_ = voting.classes_
        _name_members(voting)


def _complete_stacking(stacking: Any) -> None:
    """Check the methods that a StackingClassifier calls, and give its members by name."""
    if hasattr(stacking, "estimators_"):
        _require(set(stacking.stack_method_) <= _METHODS, stacking)
        _name_members(stacking)


def _name_members(ensemble: Any) -> None:
    """Give the members of an ensemble by name."""
    names = [name for name, voter in ensemble.estimators if voter != "drop"]
    fitted = dict(zip(names, ensemble.estimators_, strict=True))
    ensemble.named_estimators_ = Bunch(
        **{name: fitted.get(name, "drop") for name, _ in ensemble.estimators}
    )


def _require(holds: bool, estimator: Any) -> None:
    """Refuse an estimator whose attributes do not fit each other."""
    if not holds:
        raise ModelFileError(
            f"the fitted attributes of {type(estimator).__name__} do not fit each other. Do not "
            "use it."
        )


def _is_array(value: Any, kind: str, shape: tuple[int, ...]) -> bool:
    """Whether a value is an array of that kind of numbers and shape."""
    return isinstance(value, np.ndarray) and value.dtype.kind == kind and value.shape == shape


def _complete_svm(svm: Any) -> None:
    """Check what libsvm takes for granted."""
    if not hasattr(svm, "support_"):
        return
    # libsvm would look up other kernels by the numbers of training samples.
    _require(svm.kernel in _KERNELS and svm._sparse is False, svm)  # noqa: SLF001 - see the top
    counts = svm._n_support  # noqa: SLF001 - libsvm reads these, not the public ones
    n_classes, n_vectors = len(svm.classes_), len(svm.support_)
    n_pairs = n_classes * (n_classes - 1) // 2
    _require(_is_array(counts, "i", (n_classes,)) and counts.min() >= 0, svm)
    _require(int(counts.sum(dtype=object)) == n_vectors, svm)
    for value, kind, shape in (
        (svm.support_, "i", (n_vectors,)),
        (svm.support_vectors_, "f", (n_vectors, svm.n_features_in_)),
        (svm._dual_coef_, "f", (n_classes - 1, n_vectors)),
        (svm._intercept_, "f", (n_pairs,)),
    ):
        _require(_is_array(value, kind, shape), svm)
    # Both are read if there is one of them.
    sigmoids = [svm._probA, svm._probB]  # noqa: SLF001
    _require(any(all(_is_array(one, "f", (n,)) for one in sigmoids) for n in (0, n_pairs)), svm)


def _complete_neighbors(neighbors: Any) -> None:
    """Check the samples and the labels that distances are computed to, and make the tree."""
    if not hasattr(neighbors, "_fit_X"):
        return
    samples, codes = neighbors._fit_X, neighbors._y  # noqa: SLF001 - there is no public one
    shape = (neighbors.n_samples_fit_, neighbors.n_features_in_)
    _require(any(_is_array(samples, kind, shape) for kind in "uif"), neighbors)
    _require(_is_array(codes, "i", shape[:1]) and shape[0] > 0, neighbors)
    _require(codes.min() >= 0 and codes.max() < len(neighbors.classes_), neighbors)
    metric, params = neighbors.effective_metric_, neighbors.effective_metric_params_
    _require(isinstance(metric, str) and set(params) <= {"p"}, neighbors)
    neighbors._tree = _neighbors_tree(neighbors, samples, metric, params)  # noqa: SLF001


def _neighbors_tree(neighbors: Any, samples: AnyArray, metric: str, params: Any) -> Any:
    """Make the tree that finds neighbours, as a fit does."""
    from sklearn.neighbors import BallTree, KDTree

    make = {"ball_tree": BallTree, "brute": None, "kd_tree": KDTree}[neighbors._fit_method]  # noqa: SLF001
    if make is None:
        return None
    return make(samples, neighbors.leaf_size, metric=metric, **params)


def _complete_tree(tree: Any) -> None:
    """Make the nodes, and check that they take the features that the classifier lets through."""
    if hasattr(tree, "tree_"):
        tree.tree_ = nodes = tree_from_parts(tree.tree_)
        _require(tree.n_outputs_ == 1, tree)
        _require(nodes.n_features == tree.n_features_in_, tree)
        _require(nodes.n_classes.tolist() == [tree.n_classes_], tree)


def _complete_forest(forest: Any) -> None:
    """Check that the trees take the features that the forest lets through."""
    for tree in getattr(forest, "estimators_", ()):
        _require(type(tree).__name__ in _FOREST_TREES and hasattr(tree, "tree_"), forest)
        _require(tree.n_features_in_ == forest.n_features_in_, forest)


def _complete_boosting(boosting: Any) -> None:
    """Make the trees, and what a fit has made for them."""
    if not hasattr(boosting, "_predictors"):
        return
    from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper

    n_features, n_classes = boosting.n_features_in_, len(boosting.classes_)
    predictors = boosted_from_parts(boosting._predictors, n_features)  # noqa: SLF001
    n_trees = 1 if n_classes == 2 else n_classes
    _require(boosting.n_trees_per_iteration_ == len(predictors[0]) == n_trees, boosting)
    boosting._predictors = predictors  # noqa: SLF001 - there is no public one
    boosting._preprocessor = None  # noqa: SLF001
    boosting._loss = boosting._get_loss(None)  # noqa: SLF001 - as in a fit
    boosting._bin_mapper = _BinMapper()  # noqa: SLF001
    boosting._bin_mapper.bin_thresholds_ = []  # noqa: SLF001 - of categories
    boosting._bin_mapper.is_categorical_ = np.zeros(n_features, np.uint8)  # noqa: SLF001


def _complete_isotonic(isotonic: Any) -> None:
    """Make the function that interpolates, as unpickling does."""
    isotonic.__setstate__({"_sklearn_version": sklearn.__version__})


def _complete_threshold(classifier: Any) -> None:
    """Make what says which class a tuned threshold is for."""
    if hasattr(classifier, "best_threshold_"):
        classifier._curve_scorer = classifier._get_curve_scorer()  # noqa: SLF001 - as in a fit


_STEPS: dict[str, Callable[[Any], None]] = {
    "DecisionTreeClassifier": _complete_tree,
    "ExtraTreeClassifier": _complete_tree,
    "ExtraTreesClassifier": _complete_forest,
    "HistGradientBoostingClassifier": _complete_boosting,
    "IsotonicRegression": _complete_isotonic,
    "KNeighborsClassifier": _complete_neighbors,
    "NuSVC": _complete_svm,
    "RandomForestClassifier": _complete_forest,
    "StackingClassifier": _complete_stacking,
    "SVC": _complete_svm,
    "TunedThresholdClassifierCV": _complete_threshold,
    "VotingClassifier": _complete_voting,
}
