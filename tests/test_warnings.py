"""A warning points to the user's line, however many calls lie between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skdigits import Deskewer

X, y = np.random.RandomState(0).rand(12, 10), np.arange(12) % 2


def test_through_pipelines_and_searches():
    model = make_pipeline(Deskewer(), KNeighborsClassifier(1))
    for call in (lambda: model.fit(X, y), lambda: cross_validate(model, X, y, cv=2)):
        with pytest.warns(UserWarning, match="do not form a square image") as caught:
            call()
        assert {each.filename for each in caught} == {__file__}


def test_a_worker_thread_is_not_blamed():
    expected = pytest.warns(UserWarning, match="do not form a square image")
    with expected as caught, ThreadPoolExecutor(1) as pool:
        pool.submit(Deskewer().fit, X).result()
    assert not {"threading.py", "thread.py"} & {Path(each.filename).name for each in caught}
