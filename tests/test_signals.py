"""The first signal that ends a program does so, and the others do not disturb the end."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from skdigits import _signals
from skdigits._signals import signals_interrupt, signals_put_off

HANGING = """
import atexit, os, signal, sys, time
from skdigits import _signals

def hang():
    while True:
        print("hanging", flush=True)
        time.sleep(0.1)

_signals._GRACE = 0.5
try:
    with _signals.signals_interrupt(for_good=True):
        atexit.register(hang)
        os.kill(os.getpid(), signal.SIGTERM)
except KeyboardInterrupt:
    os.kill(os.getpid(), signal.SIGTERM)
"""


ENDING = """
import os, signal
from skdigits import _signals

class Late:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=signal.SIGTERM):
        kill(pid, number)

late = Late()
try:
    with _signals.signals_interrupt(for_good=True):
        os.kill(os.getpid(), signal.SIGTERM)
except KeyboardInterrupt:
    pass
"""


@pytest.fixture(autouse=True)
def _undo():
    """Undo what a test does."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_only_the_first_signal_interrupts(number):
    def end():
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGTERM)
    with signals_interrupt(for_good=False) as came, pytest.raises(KeyboardInterrupt):
        end()
    assert came == [number]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_process_that_is_about_to_end_goes_on_without_them():
    with signals_interrupt(for_good=True), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_later_one_counts_where_the_first_was_lost(monkeypatch):
    monkeypatch.setattr(_signals, "_GRACE", 0.1)

    class Loses:
        def __del__(self):
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except BaseException:
                lost.append(True)

    def go_on():
        Loses()
        os.kill(os.getpid(), signal.SIGTERM)
        reached.append(True)
        time.sleep(0.15)
        os.kill(os.getpid(), signal.SIGTERM)

    lost, reached = [], []
    with (
        signals_interrupt(for_good=False) as came,
        pytest.raises(KeyboardInterrupt) as raised,
    ):
        go_on()
    assert (lost, reached) == ([True], [True])
    assert came == [signal.SIGINT, signal.SIGTERM]
    assert raised.value.args == (signal.SIGTERM,)


def test_a_second_one_does_not_disturb_the_last_steps_of_python():
    done = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_later_one_ends_a_process_that_hangs_at_its_end():
    process = subprocess.Popen([sys.executable, "-c", HANGING], stdout=-1, stderr=-1, text=True)
    try:
        assert process.stdout.readline() == "hanging\n"
        time.sleep(0.6)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == -signal.SIGTERM
    finally:
        process.kill()
        process.communicate()


def test_what_is_ignored_by_wish_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with signals_interrupt(for_good=False) as came:
        os.kill(os.getpid(), signal.SIGHUP)
    assert came == []


def test_a_thread_leaves_signals_to_the_main_one():
    came = []

    def run():
        with signals_interrupt(for_good=False) as seen, signals_put_off():
            came.extend(seen)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert came == []


def test_a_signal_that_is_put_off_comes_at_the_end():
    done = []

    def start():
        with signals_put_off():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append(True)

    with signals_interrupt(for_good=False), pytest.raises(KeyboardInterrupt):
        start()
    assert done == [True]


LOST = """
import os, signal, time
from skdigits._signals import signals_interrupt

class Ending:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):
            pass

try:
    with signals_interrupt(for_good=True) as came:
        ending = Ending()
        del ending  # Python ignores errors in here
        time.sleep(30)
except KeyboardInterrupt:
    print(came == [signal.SIGTERM])
"""


def test_a_signal_counts_also_where_python_ignores_errors(run_python):
    start = time.monotonic()
    assert run_python("-c", LOST) == "True"
    assert time.monotonic() - start < 20
