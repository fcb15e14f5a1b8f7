"""A comparison treats all models alike and keeps the test samples out of its choices."""

import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterGrid,
    RandomizedSearchCV,
    StratifiedKFold,
)
from sklearn.neighbors import KNeighborsClassifier

from skdigits import baseline_names, load_mnist
from skdigits.comparison import Contender, compare, model_names
from skdigits.comparison._models import DEFAULT_MODELS, find_contenders

from ._digits import (
    BAYES,
    NEIGHBOURS,
    NETWORK,
    FailingNeighbors,
    ForgetfulNeighbors,
    SlowNeighbors,
    small_digits,
    table,
)


@pytest.fixture(scope="module")
def digits():
    return small_digits()


@pytest.fixture(scope="module")
def report(digits):
    X, y, X_test, y_test = digits
    models = ["dummy", NEIGHBOURS, BAYES]
    return compare(X, y, X_test=X_test, y_test=y_test, models=models, folds=2, random_state=0)


def test_the_best_cross_validated_model_comes_first_and_is_trained(report, digits):
    assert [result.model for result in report.results] == ["neighbours", "bayes", "dummy"]
    assert report.best_estimator_.score(digits[0], digits[1]) > 0.9


def test_a_result_has_the_figures_of_the_search_and_of_the_test(report, digits):
    best = report.results[0]
    assert 0.8 < best.cv_mean < 1
    assert best.cv_f1 == pytest.approx(best.cv_mean, abs=0.05)
    assert best.cv_log_loss > 0
    assert best.n_candidates == 3
    assert best.n_left_out == 0
    wrong = report.best_estimator_.predict(digits[2]) != digits[3]
    assert best.test_error == pytest.approx(wrong.mean())
    assert best.test_error_low < best.test_error < best.test_error_high
    assert best.p_value is None
    assert report.results[2].p_value < 0.001
    assert best.size > 1000
    assert min(best.fit_time, best.predict_time, best.predict_one_time) > 0


@pytest.mark.parametrize("kind", ["grid", "halving", "random"])
def test_the_search_chooses_what_scikit_learn_s_own_search_chooses(kind, digits):
    X, y, *_ = digits
    seed = 5
    shared = {"cv": StratifiedKFold(2, shuffle=True, random_state=seed), "scoring": "accuracy"}
    theirs = {
        "grid": lambda: GridSearchCV(*NEIGHBOURS[1:], **shared),
        "halving": lambda: HalvingGridSearchCV(*NEIGHBOURS[1:], random_state=seed, **shared),
        "random": lambda: RandomizedSearchCV(
            *NEIGHBOURS[1:], n_iter=2, random_state=seed, **shared
        ),
    }[kind]().fit(X, y)
    ours = compare(
        X, y, models=[NEIGHBOURS], folds=2, search=kind, n_candidates=2, random_state=seed
    ).results[0]
    assert ours.best_params == theirs.best_params_
    if kind != "halving":
        assert ours.cv_mean == pytest.approx(theirs.best_score_)
        assert ours.n_candidates == len(theirs.cv_results_["params"])


def test_a_candidate_of_a_halving_search_counts_once_in_all_its_rounds(digits):
    X, y, *_ = digits
    failing = Contender("failing", FailingNeighbors(), {"n_neighbors": [1, 2, 3, 4, 5, 6]})
    report = compare(X, y, models=[failing], folds=2, search="halving", random_state=0)
    [result] = report.results
    assert (result.n_candidates, result.n_left_out) == (5, 1)
    assert report.failures["failing"] == [
        "{'n_neighbors': 3} failed: ValueError: three is a crowd"
    ]


@pytest.mark.parametrize(("name", "n"), [("pca-rbf-svm", 30), ("knn", 4)])
def test_no_grid_has_more_components_or_neighbours_than_a_fold_has_samples(name, n, digits):
    X, y = digits[0][:200], digits[1][:200] % 2
    rows = np.r_[np.flatnonzero(y == 0)[: n // 2], np.flatnonzero(y == 1)[: n // 2]]
    found = compare(X[rows], y[rows], models=[name], folds=2, random_state=0, data_range=(0, 16))
    assert found.results[0].n_left_out == 0


def test_a_candidate_that_fails_in_a_later_round_is_no_candidate_less(digits):
    X, y, *_ = digits
    picky = Contender("picky", _FewNeighbors(), {"n_neighbors": [1, 2, 3]})
    report = compare(X, y, models=[picky], folds=2, search="halving", random_state=0)
    [result] = report.results
    assert (result.n_candidates, result.n_left_out) == (3, 0)
    [reason] = report.failures["picky"]
    assert reason.endswith("failed in one round: ValueError: too many samples")


def test_the_test_samples_change_no_choice(digits, report):
    X, y, X_test, y_test = digits
    others = compare(
        X,
        y,
        X_test=16 - X_test,
        y_test=np.roll(y_test, 1),
        models=["dummy", NEIGHBOURS, BAYES],
        folds=2,
        random_state=0,
    )
    for ours, theirs in zip(report.results, others.results, strict=True):
        assert ours.model == theirs.model
        assert ours.best_params == theirs.best_params
        assert (ours.cv_mean, ours.cv_std) == (theirs.cv_mean, theirs.cv_std)


def test_the_same_seed_gives_the_same_table_with_any_number_of_jobs(digits):
    X, y, X_test, y_test = digits
    tables = [
        table(
            compare(
                X,
                y,
                X_test=X_test,
                y_test=y_test,
                models=[NEIGHBOURS, NETWORK],
                folds=2,
                n_jobs=n_jobs,
                random_state=0,
            )
        )
        for n_jobs in (1, 2)
    ]
    assert tables[0] == tables[1]


def test_the_networks_are_compared_and_their_training_is_told():
    X, y = load_mnist(subset="train", n_samples=200, return_X_y=True, random_state=0)
    report = compare(X, y, models=["keras-mlp", "keras-cnn"], folds=2, n_jobs=2, random_state=0)
    assert {result.model for result in report.results} == {"keras-mlp", "keras-cnn"}
    assert all(result.cv_mean > 0.4 for result in report.results)
    assert all(result.test_error is None for result in report.results)
    assert len(report.histories["keras-cnn"]["loss"]) == 8
    weights = {result.model: result.n_parameters for result in report.results}
    assert weights["keras-mlp"] > 400_000


def test_any_images_and_labels_can_be_compared(digits):
    X, y, X_test, y_test = digits
    names = np.array(["even", "odd"])
    report = compare(
        X.reshape(-1, 8, 8),
        names[y % 2],
        X_test=X_test.reshape(-1, 8, 8),
        y_test=names[y_test % 2],
        models=["logistic-regression", "keras-cnn"],
        folds=2,
        random_state=0,
    )
    assert set(report.best_estimator_.classes_) == {"even", "odd"}
    assert all(result.test_error < 0.5 for result in report.results)


def test_progress_is_told_for_every_candidate_and_stage(digits):
    X, y, X_test, y_test = digits
    heard = []
    compare(
        X, y, X_test=X_test, y_test=y_test, models=[NEIGHBOURS], folds=2, progress=heard.append
    )
    search = [event for event in heard if event.stage == "search"]
    assert [event.n_done for event in search] == sorted(event.n_done for event in search)
    assert (search[-1].model, search[-1].n_done, search[-1].n_total) == ("neighbours", 3, 3)
    assert 0.8 < search[-1].best < 1
    assert [(event.stage, event.n_done, event.n_total) for event in heard[-2:]] == [
        ("train", 1, 1),
        ("test", 1, 1),
    ]


def test_a_failing_candidate_is_reported_and_ends_nothing(digits):
    X, y, *_ = digits
    failing = Contender("failing", FailingNeighbors(), NEIGHBOURS.grid)
    report = compare(X, y, models=[failing], folds=2, random_state=0)
    [result] = report.results
    assert (result.n_candidates, result.n_left_out) == (2, 1)
    assert result.best_params != {"n_neighbors": 3}
    [reason] = report.failures["failing"]
    assert reason == "{'n_neighbors': 3} failed: ValueError: three is a crowd"


def test_a_model_without_a_working_candidate_is_reported_beside_the_others(digits):
    X, y, *_ = digits
    failing = Contender("failing", FailingNeighbors(), {"n_neighbors": [3]})
    report = compare(X, y, models=[failing, BAYES], folds=2, random_state=0)
    assert [result.model for result in report.results] == ["bayes"]
    assert "three is a crowd" in report.failures["failing"][0]
    with pytest.raises(ValueError, match=r"No candidate of any model .*three is a crowd"):
        compare(X, y, models=[failing], folds=2, random_state=0)


def test_the_time_limit_leaves_candidates_out_and_says_so(digits):
    X, y, *_ = digits
    slow = Contender("slow", SlowNeighbors(), {"n_neighbors": list(range(1, 13))})
    report = compare(X, y, models=[slow], folds=2, time_limit=1, random_state=0)
    [result] = report.results
    assert 1 <= result.n_candidates < 12
    assert result.n_candidates + result.n_left_out == 12
    assert "the time limit was reached" in report.failures["slow"][-1]


def test_statements_say_who_wins_and_whether_it_is_significant(report):
    assert report.statements[0].startswith("neighbours has the best cross-validated accuracy")
    assert any("neighbours is significantly better than dummy" in s for s in report.statements)


def test_the_best_model_may_fail_at_the_end_and_is_not_passed_over_in_silence(digits):
    X, y, X_test, y_test = digits
    lost = Contender("lost", ForgetfulNeighbors(), {})
    for test in ({}, {"X_test": X_test, "y_test": y_test}):
        report = compare(X, y, **test, models=[lost, "dummy"], folds=2, random_state=0)
        [reason] = report.failures["lost"]
        assert re.search(r"\(cross-validated accuracy 9\d\.\d\d%\): MemoryError: too many", reason)
        assert report.statements[0].startswith(
            "dummy has the best cross-validated accuracy of the models that could be trained"
        )


def test_a_history_without_accuracies_does_no_harm(digits):
    X, y, *_ = digits
    brief = Contender("brief", ForgetfulNeighbors(), {})
    report = compare(X[:200], y[:200], models=[brief], folds=2, random_state=0)
    assert report.histories == {}
    assert "brief wins" in report.to_html()


def test_the_caller_s_own_parallel_search_works_after_a_comparison(digits):
    X, y, *_ = digits
    compare(X, y, models=[BAYES], folds=2, n_jobs=2)
    search = GridSearchCV(*NEIGHBOURS[1:], cv=2, n_jobs=2).fit(X, y)
    assert search.best_score_ > 0.8


def test_the_caller_s_estimator_is_left_alone(digits):
    X, y, *_ = digits
    estimator = clone(NEIGHBOURS.estimator)
    compare(X, y, models=[Contender("own", estimator, {"n_neighbors": [1]})], folds=2)
    assert not hasattr(estimator, "classes_")
    assert estimator.n_neighbors == 5


def test_a_mistyped_model_is_answered_with_the_names(digits):
    with pytest.raises(ValueError, match=r"'keras-cn'.*mean 'keras-cnn'.* rbf-svm"):
        compare(*digits[:2], models=["keras-cn"])


@pytest.mark.parametrize("models", [[], ["knn", "knn"]])
def test_no_model_or_one_model_twice_is_refused(models, digits):
    with pytest.raises(ValueError, match="at least one model, and no name twice"):
        compare(*digits[:2], models=models)


def test_a_kind_of_search_that_is_none_is_refused(digits):
    with pytest.raises(ValueError, match=r"'grid', 'halving' or 'random', got 'bayes'"):
        compare(*digits[:2], models=[BAYES], search="bayes")


def test_fewer_samples_than_folds_is_refused_by_name():
    with pytest.raises(ValueError, match=r"Class 1 has 2 samples, fewer than the 3 folds"):
        compare(np.zeros((7, 4)), [0, 0, 0, 0, 0, 1, 1], models=["knn"])
    with pytest.raises(ValueError, match="Class 1 has 1 sample, fewer than"):
        compare(np.zeros((7, 4)), [0, 0, 0, 0, 0, 0, 1], models=["knn"])


def test_one_class_is_refused():
    with pytest.raises(ValueError, match=r"only one class, \[3\]"):
        compare(np.zeros((7, 4)), [3] * 7, models=["knn"])


def test_samples_that_are_not_finite_are_refused_before_any_work(digits):
    X, y, X_test, y_test = digits
    hole = X.copy()
    hole[3, 4] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        compare(hole, y, models=[BAYES])
    hole = X_test.copy()
    hole[0, 0] = np.inf
    with pytest.raises(ValueError, match="Input X_test contains infinity"):
        compare(X, y, X_test=hole, y_test=y_test, models=[BAYES])


def test_test_samples_must_go_with_the_others(digits):
    X, y, X_test, y_test = digits
    with pytest.raises(ValueError, match="belong together"):
        compare(X, y, X_test=X_test, models=[BAYES])
    with pytest.raises(ValueError, match=r"same shape as those of X, \(64,\), got \(63,\)"):
        compare(X, y, X_test=X_test[:, 1:], y_test=y_test, models=[BAYES])
    with pytest.raises(ValueError, match=r"labels that do not occur in y: \[10\]"):
        compare(X, y, X_test=X_test, y_test=y_test + 1, models=[BAYES])


class _FewNeighbors(FailingNeighbors):
    """Fails in the last round of a halving search, and works in the training on all samples."""

    def fit(self, X, y):
        """Fit, but not on the samples of the last round."""
        if 100 < len(X) < 200:
            raise ValueError("too many samples")
        return KNeighborsClassifier.fit(self, X, y)


def test_every_listed_model_can_be_made():
    names = model_names()
    assert {"keras-mlp", "keras-cnn", *DEFAULT_MODELS, *baseline_names()} == set(names)
    for contender in find_contenders(names, random_state=0):
        for candidate in ParameterGrid(contender.grid):
            contender.estimator.set_params(**candidate)
