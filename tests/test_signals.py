"""The first signal that ends a program does so, and the others do not disturb the end."""

import os
import signal
import threading

import pytest

from skdigits._signals import signals_interrupt, signals_put_off


@pytest.fixture(autouse=True)
def _as_in_a_terminal():
    """Undo what a job in the background of a shell inherits, and what a test does."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
