"""scikit-learn's own callbacks: told of every epoch, and given the network as it then is."""

from __future__ import annotations

import doctest
import pickle
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, KerasMLPClassifier, load_mnist
from skdigits.exceptions import DivergenceError

from .._small import both, cnn, figures, mlp, pipeline

skl = pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")

SEARCHING = Path(__file__).parents[2] / "docs" / "searching.rst"


class Recorder:
    """Notes which hook is called for which task, and what it is given at the end of one."""

    def __init__(self, stop_after=None):
        self.seen = []
        self.ends = []
        self._stop_after = stop_after

    def setup(self, estimator, context):
        self._note("setup", context)

    def teardown(self, estimator, context):
        self._note("teardown", context)

    def on_fit_task_begin(self, estimator, context):
        self._note("begin", context)

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self._note("end", context)
        self.ends.append((context, X, y, metadata, fitted_estimator))
        return context.task_name == "epoch" and context.task_id + 1 == self._stop_after

    def _note(self, hook, context):
        self.seen.append((hook, context.task_name, context.task_id))

    @property
    def after_epochs(self):
        """The classifier as it was after each epoch."""
        return [fitted for context, *_, fitted in self.ends if context.task_name == "epoch"]


class PassedOn(Recorder):
    """Is handed down to the estimators inside of others."""

    max_propagation_depth = None


def tasks(n_epochs):
    """List the hooks that a fit of so many epochs calls."""
    epochs = [(hook, "epoch", i) for i in range(n_epochs) for hook in ("begin", "end")]
    return [("setup", "fit", 0), ("begin", "fit", 0), *epochs, ("end", "fit", 0),
            ("teardown", "fit", 0)]  # fmt: skip


def rows(monitor, task):
    """List the scores that a ScoringMonitor has of one kind of task."""
    return [row["accuracy"] for row in monitor.get_logs().data if row["task_name"] == task]


class Batches(keras.callbacks.Callback):
    """Needs Keras' own training loop."""

    def on_train_batch_end(self, batch, logs=None):
        pass


by_either_loop = pytest.mark.parametrize(
    "options", [{}, {"callbacks": Batches}], ids=["compiled", "Model.fit"]
)


# What is told


@both
@by_either_loop
def test_each_epoch_is_a_task_of_the_fit(make, options, digits):
    recorder = Recorder()
    make(epochs=4, **options).set_callbacks(recorder).fit(*digits)
    assert recorder.seen == tasks(4)
    (*epochs, (fit, *_)) = recorder.ends
    assert fit.max_subtasks == 4
    assert all(context.parent is fit and context.max_subtasks == 0 for context, *_ in epochs)


def test_hooks_are_given_the_samples_as_the_user_gave_them(digits):
    X, y = pd.DataFrame(digits[0]).add_prefix("pixel "), digits[1].astype(str)
    recorder, weights = Recorder(), np.linspace(1, 2, 300)
    mlp().set_callbacks(recorder).fit(X, y, sample_weight=list(weights))
    for _, given, labels, metadata, _ in recorder.ends:
        assert given is X
        np.testing.assert_array_equal(labels, y)
        np.testing.assert_array_equal(metadata["sample_weight"], weights)


@pytest.mark.parametrize("convert", [np.asarray, np.ndarray.tolist, pd.DataFrame])
def test_hooks_are_not_given_what_is_held_out(convert, digits):
    X, y = digits
    X = np.c_[np.arange(300) / 300, X[:, 1:]]  # the first pixel numbers the sample
    recorder, weights = Recorder(), np.linspace(1, 2, 300)
    classifier = mlp(validation_fraction=0.2).set_callbacks(recorder)
    classifier.fit(convert(X), y, sample_weight=weights)
    for _, given, labels, metadata, _ in recorder.ends:
        kept = np.rint(np.asarray(given)[:, 0] * 300).astype(int)
        assert len(set(kept)) == 240
        np.testing.assert_array_equal(labels, y[kept])
        np.testing.assert_array_equal(metadata["sample_weight"], weights[kept])


def test_without_weights_there_is_no_metadata(digits):
    recorder = Recorder()
    mlp(class_weight="balanced", validation_fraction=0.2).set_callbacks(recorder).fit(*digits)
    assert [metadata for *_, metadata, _ in recorder.ends] == [None] * 4


# The network after an epoch


@both
@pytest.mark.parametrize(
    "options",
    [{}, {"dropout": 0.3, "augmentation": "light"}, {"callbacks": Batches}],
    ids=["plain", "random", "Model.fit"],
)
def test_fitted_estimator_is_what_a_shorter_fit_gives(make, options, digits):
    recorder = Recorder()
    classifier = make(**options).set_callbacks(recorder).fit(*digits)
    make(**options, random_state=1).fit(*digits)  # of the same structure: trains the same program
    last = recorder.ends[-1][-1]
    for n_epochs, fitted in enumerate([*recorder.after_epochs, last], 1):
        expected = make(**options, epochs=min(n_epochs, 3)).fit(*digits)
        np.testing.assert_array_equal(
            fitted.decision_function(digits[0]), expected.decision_function(digits[0])
        )
        assert figures(fitted) == figures(expected)
        assert fitted.n_epochs_ == expected.n_epochs_
    assert classifier.n_epochs_ == 3
    assert last is not classifier


def test_fitted_estimator_can_be_pickled_and_trained_on(digits):
    recorder = Recorder()
    mlp(random_state=0).set_callbacks(recorder).fit(*digits)
    fitted = recorder.after_epochs[0].set_callbacks()
    again = pickle.loads(pickle.dumps(fitted))
    before = fitted.decision_function(digits[0])
    np.testing.assert_array_equal(again.decision_function(digits[0]), before)
    assert again.partial_fit(*digits).n_epochs_ == 2
    np.testing.assert_array_equal(fitted.decision_function(digits[0]), before)


def test_running_means_of_batch_normalization_are_of_the_epoch(digits):
    monitor = skl.ScoringMonitor(scoring="accuracy")
    classifier = cnn(epochs=6, batch_normalization=True).set_callbacks(monitor).fit(*digits)
    assert len(set(rows(monitor, "epoch"))) > 1
    assert rows(monitor, "epoch")[-1] == classifier.score(*digits)


@both
@pytest.mark.parametrize(
    "options",
    [{}, {"dropout": 0.3, "augmentation": "strong"}, {"early_stopping": True, "patience": 1}],
    ids=["plain", "random", "early stopping"],
)
def test_being_watched_changes_nothing(make, options, digits):
    alone = make(**options).fit(*digits)
    watched = make(**options).set_callbacks(Recorder()).fit(*digits)
    np.testing.assert_array_equal(
        alone.decision_function(digits[0]), watched.decision_function(digits[0])
    )
    assert figures(alone) == figures(watched)
    public = {name for name in vars(watched) if name != "_skl_callbacks"}
    assert public == set(vars(alone))


@both
@by_either_loop
def test_monitor_has_a_score_an_epoch_and_one_of_the_fit(make, options, digits):
    monitor = skl.ScoringMonitor(scoring="accuracy")
    classifier = make(epochs=5, **options).set_callbacks(monitor).fit(*digits)
    scores = rows(monitor, "epoch")
    assert len(scores) == 5
    assert scores[-1] == classifier.score(*digits) > scores[0]
    assert rows(monitor, "fit") == [scores[-1]]


def test_monitor_scores_data_frames_with_weights(digits):
    # A warning of lost names would be an error here.
    X, y = pd.DataFrame(digits[0]).add_prefix("pixel "), digits[1]
    weights = np.linspace(0, 3, 300)
    monitor = skl.ScoringMonitor(scoring="accuracy")
    classifier = mlp().set_callbacks(monitor).fit(X, y, sample_weight=weights)
    expected = classifier.score(X, y, sample_weight=weights)
    assert rows(monitor, "epoch")[-1] == expected != classifier.score(X, y)


# Stopping


@both
def test_early_stopping_closes_the_tasks(make, digits):
    X, y = digits[0][:200], np.random.RandomState(0).permutation(digits[1])[:200]
    recorder, monitor = Recorder(), skl.ScoringMonitor(scoring="accuracy")
    classifier = make(early_stopping=True, patience=2, epochs=60)
    classifier.set_callbacks(recorder, monitor).fit(X, y)
    assert classifier.n_epochs_ < 60
    assert recorder.seen == tasks(classifier.n_epochs_)
    assert len(rows(monitor, "epoch")) == classifier.n_epochs_
    # The fit ends with the weights of the best epoch.
    best = int(np.argmin(classifier.history_["val_loss"]))
    _, X, y, _, fitted = recorder.ends[-1]
    assert rows(monitor, "fit") == [classifier.score(X, y)] == [rows(monitor, "epoch")[best]]
    np.testing.assert_array_equal(fitted.predict_proba(X), classifier.predict_proba(X))


@both
@by_either_loop
def test_callback_can_stop_the_training(make, options, digits):
    recorder = Recorder(stop_after=2)
    classifier = make(epochs=9, **options).set_callbacks(recorder).fit(*digits)
    assert classifier.n_epochs_ == len(classifier.history_["loss"]) == 2
    assert recorder.seen == tasks(2)
    expected = make(epochs=2, **options).fit(*digits).predict_proba(digits[0])
    np.testing.assert_array_equal(classifier.predict_proba(digits[0]), expected)
    # The program that was stopped serves the next fit.
    assert make(epochs=9, **options).fit(*digits).n_epochs_ == 9


def test_failed_fit_is_torn_down_and_the_next_one_works(digits):
    recorder = Recorder()
    classifier = mlp(learning_rate=1e30, optimizer="sgd").set_callbacks(recorder)
    with pytest.raises(DivergenceError):
        classifier.fit(*digits)
    assert recorder.seen[-1] == ("teardown", "fit", 0)
    assert not hasattr(classifier, "model_")
    assert not hasattr(classifier, "_callback_fit_ctx")
    recorder.seen.clear()
    classifier.set_params(learning_rate=0.01).fit(*digits)
    assert recorder.seen == tasks(3)


def test_wrong_samples_are_refused_as_ever(digits):
    recorder = Recorder()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        mlp().set_callbacks(recorder).fit(digits[0], digits[1][:-1])
    assert recorder.seen == []


def test_callback_of_keras_is_refused():
    with pytest.raises(TypeError, match="FitCallback"):
        mlp().set_callbacks(keras.callbacks.TerminateOnNaN())


# Going on


@both
def test_every_call_of_partial_fit_is_a_fit_of_one_epoch(make, digits):
    X, y = digits
    recorder = Recorder()
    classifier = make().set_callbacks(recorder)
    for start in (0, 100, 200):
        batch = slice(start, start + 100)
        classifier.partial_fit(X[batch], y[batch], classes=range(10))
    assert recorder.seen == 3 * tasks(1)
    assert [fitted.n_epochs_ for fitted in recorder.after_epochs] == [1, 2, 3]
    np.testing.assert_array_equal(
        recorder.after_epochs[-1].predict_proba(X), classifier.predict_proba(X)
    )
    assert (recorder.after_epochs[0].predict_proba(X) != classifier.predict_proba(X)).any()


@both
def test_warm_start_is_told_of_its_own_epochs(make, digits):
    recorder = Recorder()
    classifier = make(warm_start=True).set_callbacks(recorder).fit(*digits)
    classifier.set_params(epochs=2).fit(*digits)
    assert recorder.seen == tasks(3) + tasks(2)
    assert [fitted.n_epochs_ for fitted in recorder.after_epochs] == [1, 2, 3, 4, 5]
    assert figures(recorder.after_epochs[-1]) == figures(classifier)
    scores = [fitted.predict_proba(digits[0]) for fitted in recorder.after_epochs]
    np.testing.assert_array_equal(scores[-1], classifier.predict_proba(digits[0]))
    assert (scores[2] != scores[3]).any()


# Copies


def test_clones_share_callbacks_as_those_of_scikit_learn_do(digits):
    recorder = Recorder()
    classifier = mlp().set_callbacks(recorder)
    copy = clone(classifier)
    copy.fit(*digits)
    assert recorder.seen == tasks(3)
    assert not hasattr(clone(mlp()), "_skl_callbacks")
    recorder.seen.clear()
    copy.set_callbacks().fit(*digits)
    assert recorder.seen == []


def test_pickled_classifier_keeps_its_callback(digits):
    monitor = skl.ScoringMonitor(scoring="accuracy")
    classifier = mlp().set_callbacks(monitor)
    unfitted = pickle.loads(pickle.dumps(classifier))
    assert len(unfitted.fit(*digits)._skl_callbacks) == 1
    again = pickle.loads(pickle.dumps(classifier.fit(*digits)))
    np.testing.assert_array_equal(
        again.predict_proba(digits[0]), classifier.predict_proba(digits[0])
    )
    again.fit(*digits)
    (copy,) = again._skl_callbacks
    assert len(copy.get_logs(select="all")) == 2
    assert len(monitor.get_logs(select="all")) == 1


# In a search


def test_epochs_are_nested_in_the_folds_of_a_search(raw):
    recorder = PassedOn()
    grid = {"kerasmlpclassifier__learning_rate": [0.003, 0.01]}
    search = GridSearchCV(pipeline(mlp), grid, cv=2).set_callbacks(recorder)
    search.fit(*raw)
    paths = []
    for context, *_ in recorder.ends:
        if context.task_name == "epoch":
            path = []
            while context is not None:
                path.insert(0, context)
                context = context.parent
            paths.append([(step.estimator_name, step.task_id) for step in path])
    folds = [("GridSearchCV", 0), ("GridSearchCV", 0)]
    expected = [
        [*folds[: 2 - refit], ("Pipeline", task), ("KerasMLPClassifier", 1),
         ("KerasMLPClassifier", epoch)]
        for refit, fits in enumerate([range(4), [1]])
        for task in fits
        for epoch in range(3)
    ]  # fmt: skip
    assert paths == expected
    assert not hasattr(search.best_estimator_[-1], "_skl_callbacks")


def test_parallel_search_reports_from_its_workers(raw, capfd):
    monitor = skl.ScoringMonitor(scoring="accuracy")
    model = pipeline(mlp)
    model[-1].set_callbacks(monitor)
    grid = {"kerasmlpclassifier__epochs": [2, 3]}
    search = GridSearchCV(model, grid, cv=2, n_jobs=2)
    search.set_callbacks(skl.ProgressBar(max_propagation_depth=None)).fit(*raw)
    log = monitor.get_logs()
    assert log.estimator_name == "GridSearchCV"
    counts = {}
    for row in log.data:
        if row["task_name"] == "epoch":
            path = row["parent_task_id_path"]
            counts[path] = counts.get(path, 0) + 1
    n_best = search.best_params_["kerasmlpclassifier__epochs"]
    assert counts == {(0, 1, 1): n_best} | {
        (0, 0, fit, 1): n_epochs for fit, n_epochs in enumerate([2, 2, 3, 3])
    }
    scores = [row for row in log.data if row["parent_task_id_path"] == (0, 1, 1)]
    assert scores[-1]["accuracy"] == search.score(*raw)
    out = capfd.readouterr().out
    assert out.count("KerasMLPClassifier - fit") == 5
    assert "Pipeline - fit-final-estimator | KerasMLPClassifier - fit #1" in " ".join(out.split())


def test_documented_search_runs(capsys):
    page = SEARCHING.read_text("utf-8")
    X, y = load_mnist(subset="train", n_samples=600, return_X_y=True, random_state=0)
    names = {"X": X, "y": y, "GridSearchCV": GridSearchCV, "make_pipeline": make_pipeline,
             "ImageScaler": ImageScaler, "KerasMLPClassifier": KerasMLPClassifier}  # fmt: skip
    examples = doctest.DocTestParser().get_examples(page)
    assert examples
    for example in examples:
        exec(compile(example.source, str(SEARCHING), "single"), names)
    out = capsys.readouterr().out
    assert out.count("KerasMLPClassifier - fit") > 1
