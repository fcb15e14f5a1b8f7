"""Finished results are kept: after a kill or an interruption, on a full disk, and when rerun."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from skdigits.comparison import Contender, compare
from skdigits.comparison._folder import ComparisonFolder
from skdigits.comparison._tasks import TrainedModel
from skdigits.exceptions import FolderInUseError, FolderMismatchError, WorkerDiedError

from ._digits import BAYES, NEIGHBOURS, SlowNeighbors, small_digits, table

SLOW = Contender("slow", SlowNeighbors(), {"n_neighbors": [1, 2, 3, 4, 5, 6]})
PROGRAM = """
import sys
from skdigits.comparison import compare
from tests.comparison._digits import BAYES, small_digits
from tests.comparison.test_folder import SLOW

if __name__ == "__main__":
    X, y, X_test, y_test = small_digits()
    compare(X, y, X_test=X_test, y_test=y_test, models=[SLOW, BAYES], folds=2, n_jobs=2,
            random_state=0, folder=sys.argv[1])
"""


SCRIPT = """
from sklearn.neighbors import KNeighborsClassifier
from skdigits.comparison import Contender, compare
from tests.comparison._digits import small_digits

class Own(KNeighborsClassifier):
    def fit(self, X, y):
        return super().fit(X, y)

if __name__ == "__main__":
    X, y, *_ = small_digits()
    models = [Contender("own", Own(), {})]
    report = compare(
        X, y, X_test=X, y_test=y, models=models, folds=2, random_state=0, folder="kept"
    )
    assert report.best_estimator_.score(X, y) > 0.9
"""


def _compare(folder=None, **changes):
    X, y, X_test, y_test = small_digits()
    arguments = {
        "X_test": X_test,
        "y_test": y_test,
        "models": [NEIGHBOURS, BAYES],
        "folds": 2,
        "random_state": 0,
        "folder": folder,
    }
    return compare(X, y, **arguments | changes)


def _written(folder, pattern):
    """Find which files there are, and when each was written."""
    return {path: path.stat().st_mtime_ns for path in folder.glob(pattern)}


def _finished(folder):
    return _written(folder, "fits/*.json")


@pytest.fixture(scope="module")
def unbroken():
    """The table of a comparison that went through."""
    return table(_compare())


def _start(folder):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)], cwd=Path(__file__).parents[2]
    )


def _wait_for_fits(folder, n_fits, process):
    end = time.monotonic() + 60
    while len(_finished(folder)) < n_fits:
        assert process.poll() is None, "the comparison ended before it could be caught"
        assert time.monotonic() < end, "no fit was finished in a minute"
        time.sleep(0.02)


@pytest.mark.parametrize("n_fits", [0, 2, 7])
def test_a_killed_run_resumes_and_ends_with_the_same_table(n_fits, tmp_path):
    process = _start(tmp_path / "killed")
    try:
        _wait_for_fits(tmp_path / "killed", n_fits, process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = _finished(tmp_path / "killed")
    assert n_fits <= len(before) < 16
    models = [SLOW, BAYES]
    resumed = _compare(tmp_path / "killed", models=models, n_jobs=2)
    after = _finished(tmp_path / "killed")
    assert len(after) == 16
    assert before.items() <= after.items()
    assert table(resumed) == table(_compare(models=models))


def test_a_finished_comparison_is_not_computed_again(tmp_path, monkeypatch):
    first = _compare(tmp_path)

    def fail(*_, **__):
        raise AssertionError("nothing is left to compute")

    monkeypatch.setattr("joblib.externals.loky.ProcessPoolExecutor.submit", fail)
    assert _compare(tmp_path).to_csv() == first.to_csv()


def test_a_run_on_a_folder_in_use_is_refused(tmp_path):
    process = _start(tmp_path)
    try:
        _wait_for_fits(tmp_path, 1, process)
        with pytest.raises(FolderInUseError, match="Another run is using"):
            _compare(tmp_path, models=[SLOW, BAYES])
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"folds": 3}, r"folds \(2 there, 3 here\)"),
        ({"random_state": 1}, r"seed \("),
        ({"models": [BAYES]}, r"models \(neighbours .*, bayes .* there, bayes"),
        ({"search": "halving"}, r"search \(grid there, halving here\)"),
        ({"X_test": None, "y_test": None}, r"test samples \(.* there, None here\)"),
    ],
)
def test_a_folder_of_another_comparison_is_refused_with_what_differs(changes, said, tmp_path):
    _compare(tmp_path, models=[NEIGHBOURS, BAYES])
    with pytest.raises(FolderMismatchError, match=said):
        _compare(tmp_path, **changes)


def test_a_folder_of_other_code_is_refused(tmp_path):
    def run(script):
        path = tmp_path / "script.py"
        path.write_text(script)
        root = str(Path(__file__).parents[2])
        done = subprocess.run(
            [sys.executable, path],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": root},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        return done.stderr.splitlines()[-1:]

    assert run(SCRIPT) == []
    assert run(SCRIPT + "    print('done')\n") == []
    (said,) = run(SCRIPT.replace("(X, y)\n\nif", "(X, y[::-1])\n\nif"))
    assert said.startswith("skdigits.exceptions.FolderMismatchError")
    assert "models (own" in said


def test_a_folder_keeps_the_seed_that_was_drawn(tmp_path):
    assert table(_compare(tmp_path, random_state=None)) == table(
        _compare(tmp_path, random_state=None)
    )


def test_a_full_disk_ends_the_run_and_keeps_what_was_finished(tmp_path, monkeypatch, unbroken):
    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as context:

        def fill_the_disk(_):
            if len(_finished(tmp_path)) == 3:
                context.setattr(Path, "replace", refuse)

        with pytest.raises(OSError, match=r"No space left.*finished before is kept"):
            _compare(tmp_path, progress=fill_the_disk)
    assert len(_finished(tmp_path)) == 3
    assert not list(tmp_path.rglob("*.part"))
    assert table(_compare(tmp_path)) == unbroken


def test_without_a_folder_a_full_disk_is_said_to_keep_nothing(monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match=r"Without folder=\.\.\., nothing is kept\. Free some space"):
        _compare()


@pytest.mark.parametrize(
    ("file", "kept"),
    [
        (".samples.joblib", []),
        ("models/bayes.joblib", ["fits/*"]),
        ("models/bayes.json", ["fits/*"]),
        ("predictions/bayes.npz", ["fits/*", "models/*", "predictions/neighbours*"]),
        ("predictions/bayes.json", ["fits/*", "models/*", "predictions/neighbours*"]),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_what_does_not_fit_on_the_disk_is_named_and_the_rest_is_kept(
    file, kept, tmp_path, unbroken, fill_disk
):
    fill_disk(tmp_path / file)
    with pytest.raises(OSError, match=rf"cannot write {file} \(No space left.*before is kept"):
        _compare(tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    before = [_written(tmp_path, pattern) for pattern in kept]
    assert all(before)
    assert table(_compare(tmp_path)) == unbroken
    assert [_written(tmp_path, pattern) for pattern in kept] == before


def test_a_model_that_was_half_replaced_is_not_taken_for_the_old_one(tmp_path, monkeypatch):
    def model(dump):
        return TrainedModel(dump, fit_time=1.0, n_parameters=None, history=None, warned=[])

    def be_killed(*_, **__):
        raise KeyboardInterrupt

    folder = ComparisonFolder(tmp_path)
    folder.configure({})
    folder.write_model("knn", "old", model(b"old"))
    assert folder.read_model("knn", "old") == model(b"old")
    # The model itself is written as bytes, and its key and costs as text after it.
    monkeypatch.setattr(Path, "write_text", be_killed)
    with pytest.raises(KeyboardInterrupt):
        folder.write_model("knn", "new", model(b"new"))
    assert folder.read_model("knn", "old") is None
    assert folder.read_model("knn", "new") is None


def test_a_folder_that_cannot_be_made_is_an_error():
    with pytest.raises(OSError, match=r"Choose a folder that you can write to.*/proc/nowhere"):
        _compare("/proc/nowhere")


def test_a_folder_that_is_deleted_during_the_run_is_said_to_be_gone(tmp_path):
    def delete(progress):
        if progress.n_done:
            shutil.rmtree(tmp_path / "kept", ignore_errors=True)

    with pytest.raises(OSError, match=r"This folder was deleted or moved") as found:
        _compare(tmp_path / "kept", progress=delete)
    assert "Free some space" not in str(found.value)
    assert not (tmp_path / "kept").exists()


def test_a_killed_worker_is_an_error_that_says_what_to_do(tmp_path):
    killing = Contender("killing", _KillsItsProcess(), {"n_neighbors": [1, 2]})
    with pytest.raises(WorkerDiedError, match=r"worker process died while it searched killing"):
        _compare(tmp_path, models=[BAYES, killing])
    assert len(_finished(tmp_path)) == 4


class _KillsItsProcess(SlowNeighbors):
    """Does what the system does when memory is short."""

    def fit(self, X, y):
        super().fit(X, y)
        if self.n_neighbors < 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return self
