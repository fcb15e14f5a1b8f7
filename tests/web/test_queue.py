"""Some pictures are read at once, and the others wait, but not for ever."""

from __future__ import annotations

import copy
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from skdigits import load_mnist

from ._serving import anyio, web


async def _wanted():
    return False


async def _unwanted():
    return True


def test_no_more_than_a_number_run_at_once():
    running, most = 0, 0
    lock = threading.Lock()

    def work():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return 1

    async def main():
        queue = web._queue.WorkQueue(web.Limits(at_once=3))
        results = []

        async def one():
            results.append(await queue.run(work, _wanted))

        async with anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(one)
        return results

    assert anyio.run(main) == [1] * 12
    assert most == 3


def test_what_waits_too_long_is_told_when_to_come_back():
    async def main():
        queue = web._queue.WorkQueue(web.Limits(at_once=1, wait_seconds=0.05))
        async with anyio.create_task_group() as group:
            group.start_soon(queue.run, lambda: time.sleep(0.4), _wanted)
            await anyio.sleep(0.05)
            with pytest.raises(web._request_errors.RequestError) as refused:
                await queue.run(lambda: None, _wanted)
        return refused.value, await queue.run(lambda: "again", _wanted)

    error, result = anyio.run(main)
    assert (error.status, error.answer().headers["retry-after"]) == (503, "5")
    assert result == "again"


def test_what_nobody_waits_for_any_more_is_not_run():
    async def main():
        queue = web._queue.WorkQueue(web.Limits(at_once=1))
        assert await queue.run(lambda: pytest.fail("was run"), _unwanted) is None
        with pytest.raises(ZeroDivisionError):
            await queue.run(lambda: 1 / 0, _wanted)
        return await queue.run(lambda: "goes on", _wanted)

    assert anyio.run(main) == "goes on"


def test_predictions_in_many_threads_at_once_are_those_of_one(model):
    X, _ = load_mnist(subset="test", n_samples=64, return_X_y=True, random_state=0)
    pictures = X.reshape(-1, 28, 28)
    expected = model.predict_proba(pictures)
    with ThreadPoolExecutor(16) as pool:
        rows = [*range(64)] * 4
        parts = list(pool.map(lambda i: model.predict_proba(pictures[i : i + 1]), rows))
    for i, part in enumerate(parts):
        np.testing.assert_allclose(part[0], expected[i % 64], atol=1e-5)
    # The first prediction of a network compiles it: in one thread, while the others wait.
    fresh = copy.deepcopy(model)
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda _: fresh.predict_proba(pictures), range(16)))
    for part in parts:
        np.testing.assert_allclose(part, expected, atol=1e-5)
