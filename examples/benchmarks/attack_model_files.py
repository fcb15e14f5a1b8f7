"""Load thousands of malicious model files, and check that each one only raises an error.

Files of `save_model` are changed at random, and others are made to use all memory, to hang
or to run code; all have valid digests. A process with limited memory loads them one
after the other. The program prints each file that raises anything but a `ModelFileError`, takes
more than five seconds of processor time, needs more than 200 MB beyond the file or ends the
process. The exit status is then 1.

    python examples/benchmarks/attack_model_files.py --files 5000 --seed 0

takes a minute on two cores. Memory is measured on Linux only.
"""

from __future__ import annotations

import argparse
import collections
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

import numpy as np
from lying_model_files import changed_files, made_up_files, make_models, small_file
from sklearn.datasets import load_digits

from skdigits.exceptions import ModelFileError

MOST_SECONDS, MOST_MEGABYTES = 5.0, 200.0
#: Address space of the process that loads.
MEMORY_LIMIT = 2 * 10**9
#: The process has hung.
PATIENCE = 60.0


class Outcome(NamedTuple):
    """The result of loading a file."""

    answer: str
    seconds: float
    megabytes: float


def prepare(memory_limit: int) -> None:
    """Limit the memory of this process, and import what loading needs."""
    import warnings

    warnings.simplefilter("ignore")
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    load(small_file())


def load(content: bytes) -> Outcome:
    """Load a file and predict with the model."""
    from skdigits.persistence._model_files import model_from_bytes

    before = _megabytes("VmRSS")
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    begin = time.process_time()  # what else runs on the machine plays no part
    model = None
    try:
        model = model_from_bytes(content, "file")
        answer = "loaded"
    except ModelFileError as error:
        answer = "ModelFileError" if str(error).isprintable() else f"codes in {error!r}"
        if len(str(error)) > 2000:
            answer = f"a message of {len(str(error)):,} characters"
    except BaseException as error:
        answer = f"{type(error).__name__}: {str(error)[:200]}"
    seconds = time.process_time() - begin
    megabytes = _megabytes("VmHWM") - before - len(content) / 1e6
    if model is not None:
        try:
            proba = model.predict_proba(load_digits().data[:3])
            answer = "loaded" if np.isfinite(proba).all() else "loaded, and gives no numbers"
        except (ValueError, TypeError, AttributeError) as error:
            answer = f"loaded, and other samples needed ({type(error).__name__})"
        except BaseException as error:
            answer = f"loaded, and {type(error).__name__}: {str(error)[:200]}"
    return Outcome(answer, seconds, megabytes)


def _megabytes(name: str) -> float:
    """Read a figure of this process's memory."""
    if sys.platform != "linux":
        return 0.0
    [line] = (s for s in Path("/proc/self/status").read_text().splitlines() if name in s)
    return int(line.split()[1]) / 1024


class Victim:
    """A process that loads files; a new one replaces it if it has died or hangs."""

    def __init__(self, memory_limit: int = MEMORY_LIMIT) -> None:
        self._memory_limit = memory_limit
        self._start()

    def _start(self) -> None:
        self._pool = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), prepare, (self._memory_limit,)
        )
        self._pool.submit(int).result(timeout=10 * PATIENCE)

    def load(self, content: bytes) -> Outcome:
        """Load a file in the process."""
        try:
            return self._pool.submit(load, content).result(timeout=PATIENCE)
        except BrokenProcessPool:
            answer = "the process has died"
        except TimeoutError:
            answer = "the process hangs"
            for process in self._pool._processes.values():  # noqa: SLF001
                process.kill()
        self._pool.shutdown()
        self._start()
        return Outcome(answer, PATIENCE, 0.0)

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown()


def is_fault(name: str, outcome: Outcome) -> bool:
    """Return whether a file has done harm."""
    fine = outcome.answer in ("loaded", "ModelFileError") or "other samples" in outcome.answer
    # Fitted attributes of scikit-learn may be NaN, such as the mean of an empty column.
    fine |= name.startswith("classic") and outcome.answer == "loaded, and gives no numbers"
    return not fine or outcome.seconds > MOST_SECONDS or outcome.megabytes > MOST_MEGABYTES


def main() -> int:
    """Load all files and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=5000, help="files changed at random")
    parser.add_argument("--seed", type=int, default=0, help="of the changes")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where to keep harmful files")
    arguments = parser.parse_args()
    models, victim = make_models(), Victim()
    counts: collections.Counter[str] = collections.Counter()
    slowest, largest, n_faults = ("", 0.0), ("", 0.0), 0
    files = (made_up_files(models), changed_files(models, arguments.files, arguments.seed))
    for kind, group in zip(("made up", "changed"), files, strict=True):
        for name, content in group:
            outcome = victim.load(content)
            counts[f"{kind}: {outcome.answer}"] += 1
            slowest = max(slowest, (name, outcome.seconds), key=lambda pair: pair[1])
            largest = max(largest, (name, outcome.megabytes), key=lambda pair: pair[1])
            if is_fault(name, outcome):
                n_faults += 1
                print(f"FAULT {name}: {outcome}", flush=True)
                if arguments.keep is not None:
                    arguments.keep.mkdir(parents=True, exist_ok=True)
                    (arguments.keep / f"{n_faults}.skdigits").write_bytes(content)
    victim.close()
    for answer, n in sorted(counts.items()):
        print(f"{n:6} {answer}")
    print(f"slowest {slowest[1]:.1f} s: {slowest[0]}")
    print(f"largest {largest[1]:.0f} MB: {largest[0]}")
    print(f"{n_faults} faults in {counts.total()} files")
    return int(n_faults > 0)


if __name__ == "__main__":
    sys.exit(main())
