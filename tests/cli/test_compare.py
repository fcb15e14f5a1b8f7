"""A comparison keeps to its cores; interrupted by Ctrl-C it ends at once and can be resumed."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from skdigits.cli._arguments import writable_folder

WORDS = (
    *("compare", "--models", "dummy,logistic-regression", "--output", "out"),
    *("--train-size", "400", "--folds", "16", "--jobs", "2"),
)

ON_ONE_CORE = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from skdigits.cli import main
sys.exit(main(["compare", "--models", "dummy", "--train-size", "100", "--output", "out"]))
"""

ON_A_TERMINAL = """
import sys
from rich.live import Live
from skdigits.cli import main

running, start, stop = set(), Live.start, Live.stop

def start_alone(self, *arguments, **options):
    assert not running, "two live displays at a time, which not every rich can show"
    running.add(self)
    start(self, *arguments, **options)

def stop_alone(self):
    running.discard(self)
    stop(self)

Live.start, Live.stop = start_alone, stop_alone
sys.exit(main(["compare", "--models", "dummy", "--train-size", "100", "--output", "out"]))
"""
WARNING = """
import sys, warnings
from skdigits.cli import main
from skdigits.comparison import ComparisonReport

save = ComparisonReport.save

def save_and_warn(self, folder):
    warnings.warn("of another library", RuntimeWarning, stacklevel=1)
    save(self, folder)

ComparisonReport.save = save_and_warn
sys.exit(main(["compare", "--models", "dummy", "--train-size", "100", "--output", "out"]))
"""


def _run(program, folder, **environment):
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _fits(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob("out/fits/[!.]*.json")}


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGINT,),
        (signal.SIGTERM,),
        (signal.SIGHUP,),
        (signal.SIGTERM, signal.SIGINT, signal.SIGTERM),
    ],
    ids=lambda numbers: "-".join(number.name for number in numbers),
)
def test_ctrl_c_and_its_like_keep_the_finished_fits_and_leave_nothing_behind(
    numbers, skdigits, tmp_path
):
    process = subprocess.Popen(
        [sys.executable, "-m", "skdigits", *WORDS],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A terminal sends Ctrl-C to all processes of the command, as timeout sends SIGTERM.
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 60
        while not _fits(tmp_path) and time.monotonic() < end:
            time.sleep(0.01)
        children = psutil.Process(process.pid).children(recursive=True)
        for number in numbers:
            os.killpg(process.pid, number)
            time.sleep(0.03)
        said, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    # Of two that come while Python is busy, it sees the one of the lower number first.
    assert process.returncode in {128 + number for number in numbers}
    assert errors == "Interrupted.\n"
    assert said.splitlines()[-1] == "Run the same command again to resume."
    assert not (tmp_path / "out" / ".samples.joblib").exists()
    assert len(children) >= 2
    assert psutil.wait_procs(children, timeout=10)[1] == []
    before = _fits(tmp_path)
    assert 0 < len(before) < 64

    again = skdigits(*WORDS)
    assert (again.returncode, again.stderr) == (0, "")
    after = _fits(tmp_path)
    assert len(after) == 64
    assert before.items() <= after.items()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux gives cores away")
def test_as_many_processes_as_cores_that_it_may_use(tmp_path):
    subprocess.run([sys.executable, "-c", ON_ONE_CORE], cwd=tmp_path, check=True)
    assert "- Workers: 1, one core each\n" in (tmp_path / "out" / "report.md").read_text("utf-8")


def test_a_report_is_saved_from_a_terminal(tmp_path):
    done = _run(ON_A_TERMINAL, tmp_path, FORCE_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Writing the report" in done.stdout
    assert (tmp_path / "out" / "report.html").exists()


def test_what_is_damaged_is_said_in_a_line_and_other_warnings_are_shown_as_ever(
    skdigits, tmp_path
):
    done = _run(WARNING, tmp_path)
    assert done.returncode == 0
    assert "<string>:9: RuntimeWarning: of another library" in done.stderr
    min(_fits(tmp_path)).write_text("no scores")
    again = skdigits("compare", "--models", "dummy", "--train-size", "100", "--output", "out")
    assert again.returncode == 0
    (said,) = again.stderr.splitlines()
    assert said.startswith("skdigits: 1 file in out is damaged (fits/")


def test_a_folder_is_tried_without_a_name_that_somebody_could_have_taken(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / ".skdigits-write-test").symlink_to(tmp_path / "elsewhere")
    assert writable_folder(str(tmp_path / "kept")) == tmp_path / "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / ".skdigits-write-test").is_symlink()
