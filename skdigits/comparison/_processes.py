"""Processes on this machine that end with the process that started them."""

from __future__ import annotations

import contextlib
import os
import queue
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from multiprocessing import resource_tracker
from typing import Any

from joblib.externals.loky import ProcessPoolExecutor

from .._signals import CAN_BLOCK, signals_blocked, signals_put_off, work_for
from ..neural_network._loading import load_quietly


class Processes(ProcessPoolExecutor):
    """Processes that leave Ctrl-C to their parent process and do not outlive it.

    A terminal sends Ctrl-C to all processes of a command, as ``timeout`` sends SIGTERM. Without
    this class each process would print an error of its own beside that of the parent.

    Parameters
    ----------
    n_processes : int
        Number of processes.
    env : dict of str to str
        Environment variables that are set in each before it loads anything.
    load_networks : bool
        Whether the tasks train Keras networks.
    """

    def __init__(self, n_processes: int, *, env: Mapping[str, str], load_networks: bool) -> None:
        # Also for the process that tracks shared resources.
        with signals_blocked():
            if CAN_BLOCK:
                # If it started together with the workers, it would unblock Ctrl-C for them.
                resource_tracker.ensure_running()
            super().__init__(
                n_processes,
                env=dict(env),
                initializer=_begin,
                initargs=(os.getpid(), load_networks),
            )

    def submit(self, task: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Submit a task, and start the processes if they are not running yet."""
        # An interrupt in between would leave half-started processes behind.
        with signals_put_off(), signals_blocked():
            future: Future[Any] = super().submit(task, *arguments)
        return future

    def shutdown(self, wait: bool = True, kill_workers: bool = False) -> None:
        """End the processes when their tasks are done, or immediately."""
        if kill_workers:
            # loky would look for tasks that no process has taken yet after dropping them.
            with contextlib.suppress(queue.Empty):
                while True:
                    self._work_ids.get_nowait()
        super().shutdown(wait=wait, kill_workers=kill_workers)


def _begin(starter: int, load_networks: bool) -> None:
    """Prepare a process for its tasks."""
    work_for(starter)
    if load_networks:
        # Before the first task, for which its memory would look like a leak.
        load_quietly()
