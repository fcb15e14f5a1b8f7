"""The commands do their work and leave the terminal to it."""

import contextlib
import csv
import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import joblib
import psutil
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline

from skdigits import load_mnist
from skdigits._files import lock_folder
from skdigits.cli._commands.train import _save


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    return tmp_path_factory.mktemp("command")


def test_compare_prints_a_table_and_saves_the_report(skdigits, tmp_path):
    models = "dummy,knn,keras-mlp,keras-cnn"
    words = ("compare", "--models", models, "--train-size", 200, "--folds", 2)
    done = skdigits(*words)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for word in (*models.split(","), "knn: 3 of 3", "test error", "significant", "report.html"):
        assert word in done.stdout
    folder = tmp_path / "skdigits-comparison"
    assert {p.name for p in folder.iterdir() if not p.name.startswith(".")} == {
        "best.joblib",
        "configuration.json",
        "figures",
        "fits",
        "models",
        "predictions",
        "report.html",
        "report.md",
        "results.csv",
    }
    assert len(list((folder / "figures").iterdir())) == 5
    rows = list(csv.DictReader((folder / "results.csv").read_text().splitlines()))
    assert {row["model"] for row in rows} == set(models.split(","))
    X, y = load_mnist(subset="test", n_samples=500, return_X_y=True, random_state=0)
    assert joblib.load(folder / "best.joblib").score(X, y) > 0.7
    damaged = min(folder.glob("fits/*.json"))
    damaged.write_bytes(damaged.read_bytes()[:40])
    again = skdigits(*words)
    assert again.returncode == 0, again.stderr
    assert again.stderr == (
        f"skdigits: 1 file in skdigits-comparison is damaged (fits/{damaged.name}); "
        "its contents are computed again.\n"
    )
    assert again.stdout.splitlines()[-10:-2] == done.stdout.splitlines()[-10:-2]
    other = skdigits(*words, "--seed", 1)
    assert other.returncode == 1
    assert "holds another comparison" in other.stderr
    assert "Traceback" not in other.stderr


def test_quiet_says_nothing(skdigits):
    done = skdigits("compare", "--models", "dummy", "--train-size", 100, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_train_then_evaluate(skdigits, workplace):
    trained = skdigits(
        "train", "levelup-mlp", "--train-size", 500, "--epochs", 2, folder=workplace
    )
    assert trained.returncode == 0, trained.stderr
    assert trained.stderr == ""
    assert "Epoch 2/2" in trained.stdout
    assert [path.name for path in workplace.iterdir()] == ["levelup-mlp.joblib"]
    assert joblib.load(workplace / "levelup-mlp.joblib")[-1].checkpoint_dir is None
    assert "published 3.67%" in trained.stdout
    scored = skdigits("evaluate", "levelup-mlp.joblib", folder=workplace)
    assert scored.returncode == 0, scored.stderr
    assert scored.stderr == ""
    error = next(line for line in trained.stdout.splitlines() if line.startswith("Test error"))
    assert error.split()[2].rstrip("%") in scored.stdout


def test_an_ensemble_is_trained_in_processes_that_print_only_epochs(tmp_path, skdigits):
    done = skdigits("train", "best-ensemble", "--train-size", 100, "--epochs", 1)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    epochs = re.findall(r"^LokyProcess-\d+: Epoch 1/1 - ", done.stdout, re.MULTILINE)
    assert len(epochs) == 4, done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["best-ensemble.joblib"]


def test_the_processes_of_an_ensemble_do_not_outlive_a_training_that_was_killed(tmp_path):
    words = ("train", "best-ensemble", "--train-size", "1000", "--epochs", "400")
    process = subprocess.Popen(
        [sys.executable, "-m", "skdigits", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    children = []
    try:
        for line in process.stdout:
            if "Epoch 1/400" in line:
                children = psutil.Process(process.pid).children(recursive=True)
                break
        process.kill()
        assert len(children) >= 2
        assert psutil.wait_procs(children, timeout=10)[1] == []
    finally:
        for each in (process, *children):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        process.communicate()


def test_a_folder_of_trainings_is_for_one_run_alone(tmp_path, skdigits):
    with lock_folder(tmp_path / "levelup-mlp.joblib.trainings"):
        done = skdigits("train", "levelup-mlp", "--train-size", 300, "--epochs", 1)
    assert done.returncode == 1
    assert "Another run is using levelup-mlp.joblib.trainings" in done.stderr
    assert "Traceback" not in done.stderr


def test_sigterm_ends_a_training_as_ctrl_c_does(tmp_path):
    words = ("train", "levelup-mlp", "--train-size", "300", "--epochs", "400")
    process = subprocess.Popen(
        [sys.executable, "-m", "skdigits", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in process.stdout:
            if line.startswith("Epoch 5/400"):
                for _ in range(2):
                    process.send_signal(signal.SIGTERM)
                break
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 143
    # TensorFlow before 2.21 has lines of its own about XLA.
    assert err.endswith("Interrupted.\n")
    assert "Traceback" not in err
    assert "Run the same command again to resume from levelup-mlp.joblib.trainings" in out


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        (signal.SIGINT, 0, ""),
        (signal.SIGTERM, 143, "Interrupted.\n"),
        (signal.SIGHUP, 129, "Interrupted.\n"),
    ],
)
def test_what_ends_the_page_is_told_by_the_exit_status(number, status, said):
    # Skipped where what it needs is missing.
    from ..web._serving import Command

    with Command("--no-browser", "--port", 0) as command:
        assert command.address
        assert command.interrupt(number) == (status, "", said)


def test_a_model_that_cannot_be_saved_is_named_with_what_to_do(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("joblib.dump", refuse)
    with pytest.raises(
        OSError, match=r"write a\.joblib \(No space left.*epoch is kept. Free some space"
    ):
        _save(make_pipeline(DummyClassifier()), tmp_path / "a.joblib")


def test_an_interrupted_training_resumes(tmp_path, skdigits):
    words = ("train", "levelup-mlp", "--train-size", 300, "--epochs", 400, "--output", "a.joblib")
    command = [sys.executable, "-m", "skdigits", *map(str, words)]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        for line in process.stdout:
            if line.startswith("Epoch 5/400"):
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
    kept = Path("a.joblib.trainings", "levelup-mlp-seed-0-epochs-400-train-size-300")
    assert f"Run the same command again to resume from {kept}" in out
    # A training of another seed that is finished meanwhile leaves it alone.
    other = skdigits("train", "levelup-mlp", *words[2:4], "--epochs", 1, "--seed", 1, *words[-2:])
    assert other.returncode == 0, other.stderr
    assert "Resuming" not in other.stdout
    again = skdigits(*words)
    assert again.returncode == 0, again.stderr
    assert f"Resuming from {kept}" in again.stdout
    epochs = [line for line in again.stdout.splitlines() if line.startswith("Epoch ")]
    # The fifth is printed before it is kept.
    assert 300 < len(epochs) <= 396
    assert [path.name for path in tmp_path.iterdir()] == ["a.joblib"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("evaluate", "none.joblib"), "there is no file none.joblib"),
        (("evaluate", "text.joblib"), "text.joblib cannot be loaded"),
        (
            ("train", "mlm-mlp", "--output", "no/such/a.joblib"),
            "there is no folder no/such; create it",
        ),
        (("train", "mlm-mlp", "--train-size", "60001"), "at most 60000, the number of"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(skdigits, tmp_path, words, said):
    (tmp_path / "text.joblib").write_text("no model")
    done = skdigits(*words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
