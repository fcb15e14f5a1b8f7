"""Run work in threads: only some at a time; the others wait in a queue, but not forever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from ._limits import Limits
from ._request_errors import RequestError

_T = TypeVar("_T")


class WorkQueue:
    """Runs functions in worker threads, so that the server keeps answering.

    Parameters
    ----------
    limits : Limits
        How many run at the same time, and how long the others wait.
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
            The function; it is not interrupted once it runs.
        is_unwanted : awaitable callable
            Called before the function runs: whether nobody waits for the result any more.

        Returns
        -------
        result : object or None
            The result of the function; None if it did not run because nobody waits for it.

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
            result: _T = await anyio.to_thread.run_sync(work)
            return result
        finally:
            self._turns.release()
