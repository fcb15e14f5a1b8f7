"""Whatever becomes of what a command prints, its work is done and saved."""

import errno
import io
import os
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from skdigits.cli import main
from skdigits.cli._streams import make_steady, steady_streams

COMPARE = "compare --models dummy,knn --train-size 200 --folds 2 --jobs 2 --output kept"
TRAIN = "train levelup-mlp --train-size 200 --epochs 2"
SAVED = ("best.joblib", "report.html", "report.md", "results.csv")
WORKERS = """
import os, signal
from joblib import Parallel, delayed, parallel_config
from skdigits.cli._commands.train import _begin_worker

def work(number):
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        os.kill(os.getpid(), getattr(signal, name))
    print("Epoch" * 100_000, flush=True)
    print("±", flush=True)
    return number

with parallel_config("loky", n_jobs=2, initializer=_begin_worker, initargs=(os.getpid(),)):
    if Parallel()(delayed(work)(i) for i in range(3)) == [0, 1, 2]:
        open("done", "w").close()
"""
ASCII = {"PYTHONIOENCODING": "ascii"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has it")


@pytest.fixture
def shell(tmp_path):
    """Return a function that runs ``skdigits`` with some words and redirections."""

    def run(words, redirected="", **environment):
        command = f"{sys.executable} -m skdigits {words} {redirected}"
        return subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command}"],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a finished comparison, so that another run only prints and saves."""
    folder = tmp_path_factory.mktemp("finished")
    done = subprocess.run(
        [sys.executable, "-m", "skdigits", *COMPARE.split(), "--quiet"],
        cwd=folder,
        check=True,
    )
    assert done.returncode == 0
    return folder / "kept"


@pytest.mark.parametrize(
    ("redirected", "environment", "status", "said"),
    [
        ("", C_LOCALE, 0, ""),
        ("| head -1", {}, 1, ""),
        pytest.param(
            *(">/dev/full", {}, 1),
            "skdigits: some output could not be printed (No space left on device); "
            "everything else succeeded\n",
            marks=needs_full,
        ),
        ("2>&-", {}, 0, ""),
        ("<&- >&- 2>&-", {}, 0, ""),
    ],
)
def test_a_comparison_is_saved_whatever_becomes_of_what_it_prints(
    redirected, environment, status, said, shell, finished, tmp_path
):
    kept = shutil.copytree(finished, tmp_path / "kept")
    # To be computed and saved again.
    shutil.rmtree(kept / "predictions")
    for name in SAVED:
        (kept / name).unlink()
    done = shell(COMPARE, redirected, **environment)
    assert (done.returncode, done.stderr) == (status, said)
    assert all((kept / name).stat().st_size for name in SAVED)
    if environment:
        assert done.stdout.isascii()
        assert "| knn * " in done.stdout


@pytest.mark.parametrize(
    ("redirected", "status", "said"),
    [
        ("| head -1", 1, ""),
        pytest.param(
            ">/dev/full", 1, "some output could not be printed (No space left", marks=needs_full
        ),
        ("<&- >&- 2>&-", 0, ""),
    ],
)
def test_a_training_is_saved_whatever_becomes_of_what_it_prints(
    redirected, status, said, shell, tmp_path
):
    done = shell(TRAIN, redirected)
    assert done.returncode == status
    assert said in done.stderr
    assert done.stderr.count("\n") == (1 if said else 0)
    assert [path.name for path in tmp_path.iterdir()] == ["levelup-mlp.joblib"]


def test_the_processes_of_an_ensemble_are_not_ended_by_who_reads_no_more(tmp_path):
    command = f"set -o pipefail; {sys.executable} -c '{WORKERS}' | true"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True, stderr=-1, text=True)
    assert done.stderr == ""
    assert (tmp_path / "done").exists()


@pytest.mark.parametrize("words", ["--help", "recipes"])
@pytest.mark.parametrize(
    ("redirected", "status", "said"),
    [
        pytest.param(
            ">/dev/full", 1, "some output could not be printed (No space left", marks=needs_full
        ),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
    ],
)
def test_what_is_not_printed_is_told_by_the_exit_status(words, redirected, status, said, shell):
    done = shell(words, redirected)
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_pictures_are_read_where_nothing_can_be_said(shell, tmp_path, written):
    Image.fromarray(written["7"]).save(tmp_path / "größe.png")
    done = shell("predict größe.png --show shown", "<&- >&- 2>&-")
    assert done.returncode == 0
    assert [path.name for path in (tmp_path / "shown").iterdir()] == ["größe-digits.png"]
    done = shell("predict größe.png", **ASCII)
    assert done.stdout.startswith("gr??e.png\t7\t")


def test_who_reads_no_more_ends_the_predictions_but_not_the_saving(
    framed_mlp, tmp_path, monkeypatch, capsys
):
    def load():
        print("lost")
        return framed_mlp

    monkeypatch.setattr(sys, "stdout", Unread())
    monkeypatch.setattr("skdigits.pretrained.load_pretrained", load)
    # A picture that is looked at is found missing; what is lost makes both fail.
    main(["predict", "none.png"])
    assert capsys.readouterr().err == ""
    main(["predict", "none.png", "--show", str(tmp_path / "shown")])
    assert "none.png" in capsys.readouterr().err


class Full(io.StringIO):
    """A stream that takes nothing."""

    def write(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Unread(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text):
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


@needs_full
@pytest.mark.parametrize("call", ["main(['recipes'])", "main()"])
def test_a_file_of_the_callers_stays_its_own_when_it_fails(call):
    program = f"""
import os, sys
from contextlib import redirect_stdout
from skdigits.cli import main

sys.argv[1:] = ["recipes"]
file = open("/dev/full", "w")
with redirect_stdout(file):
    assert {call} == 1
print(os.readlink(f"/proc/self/fd/{{file.fileno()}}"))
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "/dev/full\n"


@needs_full
def test_standard_output_is_the_callers_again_after_it_has_failed():
    program = """
import os, sys
from skdigits.cli import main

assert main(["recipes"]) == 1
print(os.readlink("/proc/self/fd/1"), file=sys.stderr)
os._exit(0)
"""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=-1, text=True, check=True
        )
    assert done.stderr.splitlines()[-1] == "/dev/full"


def test_a_stream_that_fails_is_left_alone_from_then_on(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Full())
    with steady_streams(for_good=False) as find_loss:
        assert find_loss() is None
        print("lost")
        monkeypatch.setattr(Full, "write", io.StringIO.write)
        sys.stdout.writelines(["lost too"])
        assert find_loss().errno == errno.ENOSPC
    assert type(sys.stdout) is Full
    assert sys.stdout.getvalue() == ""


def test_the_streams_are_as_they_were_afterwards(monkeypatch):
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", file)
    monkeypatch.setattr(sys, "stderr", None)
    with steady_streams(for_good=False):
        print("±")
        print("nowhere", file=sys.stderr)
    assert (sys.stdout, sys.stderr, file.errors) == (file, None, "strict")
    assert file.buffer.getvalue() == b"?\n"


def test_a_worker_has_steady_streams_for_good(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Full())
    steady = make_steady("stdout", for_good=True)
    print("lost")
    assert sys.stdout is steady
    assert steady.error.errno == errno.ENOSPC
