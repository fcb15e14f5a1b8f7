"""Worker processes end with the one that started them, however that ends."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from joblib.externals.loky import ProcessPoolExecutor

from skdigits.comparison._processes import Processes

PROGRAM = """
import os, time
from skdigits.comparison._processes import Processes

if __name__ == "__main__":
    processes = Processes(2, env={}, load_networks=False)
    tasks = [processes.submit(time.sleep, seconds) for seconds in (0, 60)]
    try:
        tasks[0].result()
        print("at work", flush=True)
        tasks[1].result()
    except KeyboardInterrupt:
        processes.shutdown(wait=True, kill_workers=True)
        print("interrupted", flush=True)
"""


@pytest.fixture
def started():
    """Give a program, and the processes that it has started; its two workers are not ready yet."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A terminal sends Ctrl-C to all processes of the command, and only to these.
        start_new_session=True,
    )
    parent, end = psutil.Process(process.pid), time.monotonic() + 60
    while len(workers(parent)) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    children = parent.children()
    yield process, children
    for each in (process, *children):
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    process.communicate()


def workers(parent):
    """Find the worker processes by their command, which names them."""
    return [child for child in parent.children() if "--process-name" in child.cmdline()]


def test_ctrl_c_and_its_like_are_left_to_the_process_that_started_them(started):
    process, children = started
    for child in children:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            child.send_signal(number)
    assert process.stdout.readline() == "at work\n"
    # Now one is at work and one is idle.
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=30) == ("interrupted\n", "")
    assert process.returncode == 0
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_ctrl_c_while_processes_are_started_waits_for_that(monkeypatch):
    started = []

    def start(*_):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        started.append(True)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", start)
    processes = Processes(1, env={}, load_networks=False)
    with pytest.raises(KeyboardInterrupt):
        processes.submit(abs, 1)
    assert started == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def pool():
    with multiprocessing.get_context("fork").Pool(1) as processes:
        processes.apply_async(time.sleep, (30,))


def forked():
    context = multiprocessing.get_context("fork")
    process = context.Process(target=time.sleep, args=(30,))
    process.start()
    process.terminate()
    process.join()
    return process.exitcode


def program(number):
    process = subprocess.Popen(["sleep", "30"])
    process.send_signal(number)
    return process.wait()


@pytest.fixture(scope="module")
def processes():
    """Give one process at work."""
    given = Processes(1, env={}, load_networks=False)
    given.submit(abs, 1).result()
    yield given
    given.shutdown(kill_workers=True)


@pytest.mark.parametrize(
    ("task", "arguments", "expected"),
    [
        (pool, (), None),
        (forked, (), -signal.SIGTERM),
        (program, (signal.SIGINT,), -signal.SIGINT),
        (program, (signal.SIGTERM,), -signal.SIGTERM),
        (program, (signal.SIGHUP,), -signal.SIGHUP),
    ],
)
def test_what_a_task_starts_is_ended_by_signals_as_anywhere(processes, task, arguments, expected):
    assert processes.submit(task, *arguments).result(timeout=15) == expected


def test_tasks_that_were_just_handed_out_do_not_disturb_the_end():
    processes = Processes(1, env={}, load_networks=False)
    processes.submit(abs, 1).result()
    tasks = [processes.submit(time.sleep, 60) for _ in range(9)]
    # What fails in a thread is a warning, and an error here.
    processes.shutdown(kill_workers=True)
    assert all(isinstance(task.exception(), RuntimeError) for task in tasks)


def test_they_do_not_outlive_a_process_that_was_killed(started):
    process, children = started
    assert process.stdout.readline() == "at work\n"
    process.kill()
    assert psutil.wait_procs(children, timeout=10)[1] == []
