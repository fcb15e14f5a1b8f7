"""Work in threads: a number at once, the others in a queue that does not keep them for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from ._errors import RequestError
from ._limits import Limits

_T = TypeVar("_T")


class WorkQueue:
    """Runs functions in worker threads, so that the server goes on answering.

    Parameters
    ----------
    limits : Limits
        How many at once, and how long the others wait.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._turns = anyio.Semaphore(limits.at_once)

    async def run(
        self, work: Callable[[], _T], is_unwanted: Callable[[], Awaitable[bool]]
    ) -> _T | None:
        """Run a function when it is its turn.

        Parameters
        ----------
        work : callable
            What to run; it is not interrupted once it runs.
        is_unwanted : awaitable callable
            Asked when the turn has come: whether nobody waits for the result any more.

        Returns
        -------
        result : object or None
            What the function returned; None if it was not run, being unwanted.

        Raises
        ------
        RequestError
            If the turn does not come in time.
        """
        try:
            with anyio.fail_after(self._limits.wait_seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise RequestError(
                503, "Too many pictures are waiting to be read. Try again soon.", retry_after=5
            ) from error
        try:
            if await is_unwanted():
                return None
            return await anyio.to_thread.run_sync(work)
        finally:
            self._turns.release()
