"""Bodies that are no pictures, too long or too slow are refused."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from ._serving import SEVEN, ask, draw, served, to_file, web


@pytest.fixture(scope="module")
def strict(model):
    """Give a client of a server with small limits."""
    limits = web.Limits(body_bytes=20_000, total_bytes=30_000, pixels=50_000, body_seconds=0.5)
    with served({"small": model}, limits) as client:
        yield client


@pytest.mark.parametrize(
    ("content", "kind", "status", "said"),
    [
        (b"", "image/png", 400, "found an empty body"),
        (b"{}", "application/json", 415, "found 'application/json'"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "image/png"),
        (b"--x--", "multipart/form-data; boundary=x", 415, "found 'multipart/form-data'"),
        (b"x", "", 415, "found 'none'"),
        (b"hello", "image/png", 422, "68 65 6c 6c 6f"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "image/png", 422, "PNG, JPEG"),
        (to_file(draw(*SEVEN))[:-40], "image/png", 422, "damaged"),
        (to_file(draw(*SEVEN), "JPEG")[:300], "image/jpeg", 422, "damaged"),
        (to_file(np.zeros((300, 300))), "image/png", 413, "at most 0.05 megapixels"),
        (to_file(np.zeros((2, 101))), "image/png", 422, "found 101 x 2 pixels"),
        (b"x" * 20_001, "image/png", 413, "at most 0.02 MB"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_to_do(strict, content, kind, status, said):
    refused = ask(strict, content, kind)
    assert refused.status_code == status
    assert said in refused.json()["error"]


def test_an_encoded_body_is_refused(strict):
    headers = {"content-type": "image/png", "content-encoding": "gzip"}
    refused = strict.post("/api/read", content=b"x", headers=headers)
    assert refused.status_code == 415
    assert "'gzip'" in refused.json()["error"]


def test_a_body_without_a_length_is_cut_off_where_it_is_too_long(strict):
    sent = 0

    def endless():
        nonlocal sent
        while sent < 10_000_000:
            sent += 1_000
            yield b"x" * 1_000

    refused = ask(strict, endless())
    assert refused.status_code == 413


def test_a_picture_without_a_length_is_read(strict, seven):
    assert ask(strict, iter([seven[:50], seven[50:]])).json()["models"][0]["text"] == "7"


def test_a_slow_body_is_given_up(strict):
    def slow():
        for _ in range(10):
            time.sleep(0.2)
            yield b"x"

    start = time.monotonic()
    refused = ask(strict, slow())
    assert refused.status_code == 408
    assert "within 0.5 seconds" in refused.json()["error"]
    assert time.monotonic() - start < 5


def test_all_bodies_together_are_bounded_and_a_small_one_still_goes_through(strict, seven):
    def slow():
        yield b"x" * 18_000
        time.sleep(0.4)

    with_room = [ask(strict, b"x" * 5_000).status_code]
    first = threading.Thread(target=lambda: with_room.append(ask(strict, slow()).status_code))
    first.start()
    time.sleep(0.2)
    refused = ask(strict, b"x" * 15_000)
    read = ask(strict, seven)
    first.join()
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1
    assert read.status_code == 200
    # What was held is given back, so there is room again.
    assert ask(strict, b"x" * 19_000).status_code == 422
    assert with_room == [422, 422]
