"""The steps before a classifier tell scikit-learn's callbacks of their fits."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdigits import Deskewer, ImageScaler

from ._small import mlp

skl = pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")

ONE_FIT = ["setup", "begin", "end", "teardown"]
both = pytest.mark.parametrize("make", [Deskewer, ImageScaler])


class Recorder:
    """Notes which hook is called, and goes down to the estimators inside of others."""

    max_propagation_depth = None

    def __init__(self):
        self.seen = []
        self.ends = []

    def setup(self, estimator, context):
        self.seen.append("setup")

    def teardown(self, estimator, context):
        self.seen.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.seen.append("begin")

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        self.seen.append("end")
        self.ends.append((context, X, y, fitted_estimator))


@both
def test_a_fit_is_one_task(make, raw):
    recorder, X = Recorder(), pd.DataFrame(raw[0]).add_prefix("pixel ")
    expected = make().fit_transform(X)
    transformer = make().set_callbacks(recorder)
    np.testing.assert_array_equal(transformer.fit_transform(X, raw[1]), expected)
    assert recorder.seen == ONE_FIT
    [(context, given, labels, fitted)] = recorder.ends
    assert (context.task_name, context.max_subtasks) == ("fit", 0)
    assert given is X
    assert labels is raw[1]
    np.testing.assert_array_equal(fitted.transform(X), expected)


@both
def test_samples_that_are_refused_are_no_fit(make, raw):
    recorder = Recorder()
    transformer = make().set_callbacks(recorder)
    with pytest.raises(ValueError, match="NaN"):
        transformer.fit([[np.nan, 1.0]])
    assert recorder.seen == []
    transformer.fit(*raw)
    assert recorder.seen == ONE_FIT


@both
def test_a_clone_shares_the_callback(make, raw):
    recorder = Recorder()
    clone(make().set_callbacks(recorder).fit(*raw)).fit(*raw)
    assert recorder.seen == 2 * ONE_FIT


@pytest.mark.parametrize("last", [LogisticRegression(max_iter=5000), mlp()], ids=["linear", "net"])
def test_a_search_tells_of_every_step_and_warns_of_none(last, raw):
    recorder = Recorder()
    model = make_pipeline(Deskewer(), ImageScaler(data_range=(0, 16)), last)
    grid = {"imagescaler__feature_range": [(0, 1), (-1, 1)]}
    # A warning is an error here.
    GridSearchCV(model, grid, cv=2).set_callbacks(recorder).fit(*raw)
    names = [context.estimator_name for context, *_ in recorder.ends]
    assert [names.count(type(step).__name__) for step in model[:2]] == [5, 5]
    assert names.count(type(last).__name__) >= 5


def test_a_progress_bar_shows_the_steps(raw, capfd):
    model = make_pipeline(Deskewer(), ImageScaler(), LogisticRegression(max_iter=5000))
    bar = skl.ProgressBar(max_propagation_depth=None)
    GridSearchCV(model, {}, cv=2).set_callbacks(bar).fit(*raw)
    assert "ImageScaler - fit" in capfd.readouterr().out
