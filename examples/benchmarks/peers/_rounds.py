"""The sides of a case take turns: A B C, A B C, ..."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from ._failures import SideFailedError
from ._process import SideProcess
from ._quiet import wait_until_quiet
from ._work import Case, Side


def measure_case(
    case: Case, repeats: int, say: Callable[[str], None] = print, patience: float = 60.0
) -> dict[str, dict]:
    """Measure all sides of a case, one at a time.

    Parameters
    ----------
    case : Case
        What to measure.
    repeats : int
        Number of rounds.
    say : callable
        Is told what goes on, a line at a time.
    patience : float
        Most seconds to wait, before each measurement, for a quiet machine.

    Returns
    -------
    entries : dict
        For each side either ``note``, ``first`` (what the first call measured, if it
        had one), ``rounds`` and ``busy`` (how busy the machine was before each round, in
        percent), or ``failed``, the reason.
    """
    with ExitStack() as processes:
        turns = [_Turns(case, side, processes, say, patience) for side in case.sides]
        if not case.fresh:
            for side in turns:
                side.attempt(side.begin)
        for _ in range(min(repeats, case.at_most or repeats)):
            for side in turns:
                side.attempt(side.take)
    return {side.name: side.entry for side in turns}


class _Turns:
    """One side's part in the rounds."""

    def __init__(
        self,
        case: Case,
        side: Side,
        processes: ExitStack,
        say: Callable[[str], None],
        patience: float,
    ) -> None:
        self.name = side.name
        self.entry: dict = {"rounds": [], "busy": []}
        self._case, self._side = case, side
        self._processes, self._say, self._patience = processes, say, patience

    def attempt(self, action: Callable[[], None]) -> None:
        """Do what is due, unless this side has failed; if it fails, keep the reason."""
        if "failed" in self.entry:
            return
        try:
            action()
        except SideFailedError as failure:
            self.entry = {"failed": str(failure)}
            self._say(f"  {self.name}: left out, {failure}")

    def begin(self) -> None:
        """Start the process, and make the first call, which no ratio uses."""
        self._process = self._processes.enter_context(SideProcess(self._case, self._side))
        self.entry["note"] = self._process.note
        self.entry["first"], _ = self._measure(self._process, first=True)

    def take(self) -> None:
        """Measure once, in a process of its own if the case wants that."""
        if self._case.fresh:
            with SideProcess(self._case, self._side) as process:
                self.entry["note"] = process.note
                measured, busy = self._measure(process)
        else:
            measured, busy = self._measure(self._process)
        self.entry["rounds"].append(measured)
        self.entry["busy"].append(busy)

    def _measure(
        self, process: SideProcess, first: bool = False
    ) -> tuple[dict[str, float], float]:
        busy = wait_until_quiet(self._patience)
        measured = {
            quantity: float(f"{value:.6g}")
            for quantity, value in process.measure(first=first).items()
        }
        shown = ", ".join(f"{quantity} {value:g}" for quantity, value in measured.items())
        self._say(f"  {self.name}{', first call' if first else ''}: {shown}")
        return measured, busy
