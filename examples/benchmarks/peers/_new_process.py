"""Start a program in a new process: when it has answered, and how much memory it takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import skdigits

MEMORY = "MB at its peak"
_KB_A_MB = 1024


class NewProcess:
    """A started Python process, which imports the same skdigits as this one.

    Parameters
    ----------
    *arguments : str
        What follows ``python`` on its command line.
    """

    def __init__(self, *arguments: str) -> None:
        self._begin = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-P", *arguments],  # not the skdigits of the working folder
            env=os.environ | {"PYTHONPATH": str(Path(skdigits.__file__).parents[1])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )

    def read_line(self) -> str:
        """Wait for the next line that it prints."""
        line = self._process.stdout.readline()
        if not line:
            self.end()
            raise RuntimeError("ended without an answer")
        return line.strip()

    def seconds(self) -> float:
        """Seconds since it was started."""
        return time.perf_counter() - self._begin

    def memory(self) -> dict[str, float]:
        """Most memory that it ever had resident, and its share now of what processes share."""
        # Not ru_maxrss: a child inherits that of the process which starts it.
        folder = Path("/proc", str(self._process.pid))
        found = {MEMORY: _read_mb(folder / "status", "VmHWM:")}
        return found | {"MB, PSS": _read_mb(folder / "smaps_rollup", "Pss:")}

    def end(self) -> None:
        """Wait for its end, which it may be waiting to be told of."""
        _, errors = self._process.communicate()
        if self._process.returncode:
            last = (errors.strip().splitlines() or [""])[-1]
            raise RuntimeError(f"ended with exit code {self._process.returncode}: {last}")

    def terminate(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.communicate()


@contextmanager
def start_process(*arguments: str) -> Iterator[NewProcess]:
    """Start a Python process, which ends with the context at the latest."""
    process = NewProcess(*arguments)
    try:
        yield process
    finally:
        process.terminate()


def _read_mb(path: Path, name: str) -> float:
    """Read an entry in kB from a file of Linux' about a process."""
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / _KB_A_MB
    raise ValueError(f"{path} has no {name}")
