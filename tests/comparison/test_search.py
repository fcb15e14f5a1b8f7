"""A comparison treats all models alike and keeps the test samples out of its choices."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from skdigits import load_mnist
from skdigits.comparison import Contender, compare, model_names


@pytest.fixture(scope="module")
def digits():
    X, y = load_mnist(subset="train", n_samples=300, return_X_y=True, random_state=0)
    return (X, y, *load_mnist(subset="test", n_samples=200, return_X_y=True, random_state=0))


@pytest.fixture(scope="module")
def report(digits):
    X, y, X_test, y_test = digits
    return compare(
        X, y, X_test=X_test, y_test=y_test, models=["dummy", "knn"], folds=2, random_state=0
    )


class FoldRecorder(DummyClassifier):
    """Remembers the samples of every fit, in a list of the class."""

    seen: list = []  # noqa: RUF012 - shared on purpose

    def fit(self, X, y, sample_weight=None):
        self.seen.append(np.asarray(X).copy())
        return super().fit(X, y, sample_weight)


class OtherRecorder(FoldRecorder):
    seen: list = []  # noqa: RUF012 - shared on purpose


def test_the_best_cross_validated_model_comes_first_and_is_trained(report, digits):
    assert [result.model for result in report.results] == ["knn", "dummy"]
    assert report.best_estimator_.score(digits[0], digits[1]) > 0.7


def test_a_result_has_the_figures_of_the_search(report):
    knn = report.results[0]
    assert 0.5 < knn.cv_mean < 1
    assert knn.cv_std > 0
    assert 0 < knn.test_error < 0.5
    assert knn.fit_time > 0
    assert knn.predict_time > 0
    assert knn.n_candidates == 6
    assert set(knn.best_params) == {
        "kneighborsclassifier__n_neighbors",
        "kneighborsclassifier__weights",
    }


def test_the_test_samples_change_no_choice(digits, report):
    X, y, X_test, y_test = digits
    others = compare(
        X,
        y,
        X_test=255 - X_test,
        y_test=np.roll(y_test, 1),
        models=["dummy", "knn"],
        folds=2,
        random_state=0,
    )
    for ours, theirs in zip(report.results, others.results, strict=True):
        assert ours.best_params == theirs.best_params
        assert (ours.cv_mean, ours.cv_std) == (theirs.cv_mean, theirs.cv_std)
        assert ours.model == theirs.model


def test_all_models_get_the_same_stratified_folds(digits):
    X, y, *_ = digits
    order = np.argsort(y, kind="stable")
    contenders = [Contender("a", FoldRecorder(), {}), Contender("b", OtherRecorder(), {})]
    compare(X[order], y[order], models=contenders, folds=3, random_state=1)
    assert len(FoldRecorder.seen) == len(OtherRecorder.seen) == 4
    for ours, theirs in zip(FoldRecorder.seen, OtherRecorder.seen, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    labels = {X[i].tobytes(): y[i] for i in range(len(X))}
    first_fold = [labels[row.tobytes()] for row in FoldRecorder.seen[0]]
    np.testing.assert_allclose(
        np.bincount(first_fold, minlength=10) / len(first_fold), np.bincount(y) / len(y), atol=0.01
    )


def test_the_seed_repeats_the_table_with_any_number_of_jobs(digits):
    X, y, *_ = digits
    models = ["knn", "keras-mlp"]
    contenders = [
        Contender("forest-like", KNeighborsClassifier(), {"n_neighbors": [1, 3], "p": [1, 2]}),
        *models[:1],
    ]
    once = compare(X, y, models=contenders, folds=2, random_state=0, n_jobs=1)
    twice = compare(X, y, models=contenders, folds=2, random_state=0, n_jobs=2)
    for a, b in zip(once.results, twice.results, strict=True):
        assert (a.model, a.cv_mean, a.cv_std, a.best_params) == (
            b.model,
            b.cv_mean,
            b.cv_std,
            b.best_params,
        )


def test_both_networks_are_searched_without_test_samples(digits):
    X, y, *_ = digits
    report = compare(X[:200], y[:200], models=["keras-mlp", "keras-cnn"], folds=2, random_state=0)
    assert {result.model for result in report.results} == {"keras-mlp", "keras-cnn"}
    assert all(result.test_error is None for result in report.results)
    assert all(result.cv_mean > 0.4 for result in report.results)


def test_any_images_and_labels_can_be_compared(digits):
    X, y, *_ = digits
    names = np.array(["even", "odd"])[y % 2]
    own = Contender("naive-bayes", GaussianNB(), {"var_smoothing": [1e-9, 1e-2]})
    report = compare(X.reshape(-1, 28 * 28), names, models=["logistic-regression", own], folds=2)
    assert set(report.best_estimator_.classes_) == {"even", "odd"}


def test_progress_is_told_before_and_after_each_model(digits):
    X, y, *_ = digits
    heard = []
    compare(
        X,
        y,
        models=["dummy", "logistic-regression"],
        folds=2,
        progress=lambda *event: heard.append(event),
    )
    assert [(name, n, result is None) for name, n, result in heard] == [
        ("dummy", 1, True),
        ("dummy", 1, False),
        ("logistic-regression", 3, True),
        ("logistic-regression", 3, False),
    ]


def test_a_mistyped_model_is_answered_with_the_names(digits):
    with pytest.raises(ValueError, match=r"'keras-cn'.*mean 'keras-cnn'.* rbf-svm"):
        compare(*digits[:2], models=["keras-cn"])


@pytest.mark.parametrize("models", [[], ["knn", "knn"]])
def test_no_model_or_one_model_twice_is_refused(models, digits):
    with pytest.raises(ValueError, match="at least one model, and none twice"):
        compare(*digits[:2], models=models)


def test_fewer_samples_than_folds_is_refused_by_name():
    X = np.zeros((7, 4))
    with pytest.raises(ValueError, match=r"Class 1 has 2 samples, fewer than the 3 folds"):
        compare(X, [0, 0, 0, 0, 0, 1, 1], models=["knn"])


def test_one_class_is_refused():
    with pytest.raises(ValueError, match=r"one class \[3\]"):
        compare(np.zeros((7, 4)), [3] * 7, models=["knn"])


def test_test_samples_without_labels_are_refused(digits):
    with pytest.raises(ValueError, match="go together"):
        compare(*digits[:2], X_test=digits[2], models=["knn"])


def test_a_failing_candidate_is_not_hidden(digits):
    failing = Contender("failing", LogisticRegression(solver="lbfgs"), {"C": [-1.0]})
    with pytest.raises(ValueError, match="C"):
        compare(*digits[:2], models=[failing], folds=2)


def test_every_name_is_known():
    assert model_names()[:2] == ["keras-mlp", "keras-cnn"]
    assert len(model_names()) == 13
