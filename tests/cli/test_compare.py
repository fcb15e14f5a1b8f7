"""A comparison that is broken off by Ctrl-C ends at once, cleanly, and can be gone on with."""

import os
import signal
import subprocess
import sys
import time

import psutil

WORDS = (
    *("compare", "--models", "dummy,logistic-regression", "--output", "out"),
    *("--train-size", "400", "--folds", "16", "--jobs", "2"),
)


def _fits(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob("out/fits/[!.]*.json")}


def test_ctrl_c_keeps_the_finished_fits_and_leaves_nothing_behind(skdigits, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "skdigits", *WORDS],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A terminal sends Ctrl-C to all processes of the command, and only to these.
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 60
        while not _fits(tmp_path) and time.monotonic() < end:
            time.sleep(0.01)
        children = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert errors == "Interrupted.\n"
    assert len(children) >= 2
    assert psutil.wait_procs(children, timeout=10)[1] == []
    before = _fits(tmp_path)
    assert 0 < len(before) < 64

    again = skdigits(*WORDS)
    assert (again.returncode, again.stderr) == (0, "")
    after = _fits(tmp_path)
    assert len(after) == 64
    assert before.items() <= after.items()
