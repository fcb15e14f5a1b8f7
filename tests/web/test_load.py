"""Many requests at once, and many that make no sense, leave the server answering."""

from __future__ import annotations

import itertools
import re
import struct
import time
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from ._serving import SEVEN, Command, ask, draw, httpx, to_file

#: Both bounds hold what the C library keeps for later, too.
GROWTH_MB, PEAK_MB = 250, 500


@pytest.fixture(scope="module")
def command():
    with Command("--no-browser", "--port", 0) as command:
        assert command.address, command.process.stderr.read()
        yield command


@pytest.fixture
def memory(command):
    """Measure the server's memory during a test."""
    process = psutil.Process(command.process.pid)
    before = process.memory_info().rss / 1e6
    yield
    after = process.memory_info().rss / 1e6
    peak = _peak_memory(process.pid) or after
    print(f"memory: {before:.0f} MB before, {after:.0f} MB after, {peak:.0f} MB at most")
    assert after - before < GROWTH_MB
    assert peak - before < PEAK_MB


def _peak_memory(pid):
    """Say how many MB a process has needed at most since its start; None where nobody knows."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    return int(re.search(r"VmHWM:\s*(\d+)", status.read_text())[1]) / 1e3


def _clients(command, n):
    """Give a function that asks from many threads, over as many connections."""
    limits = httpx.Limits(max_connections=n)
    return httpx.Client(base_url=command.address, timeout=60, limits=limits, trust_env=False)


@pytest.mark.usefixtures("memory")
def test_200_requests_at_once_are_all_answered(command, seven, seventy_one):
    start = time.perf_counter()
    with _clients(command, 200) as client, ThreadPoolExecutor(200) as pool:
        pictures = [(seven, 0, "7"), (seventy_one, 1, "71")] * 100
        answers = list(pool.map(lambda one: ask(client, one[0], segment=one[1]), pictures))
    print(f"200 requests at once: {time.perf_counter() - start:.2f} s")
    assert Counter(answer.status_code for answer in answers) == {200: 200}
    read = [answer.json()["models"][0]["text"] for answer in answers]
    assert read == [text for _, _, text in pictures]


def _chunk(name, content):
    crc = zlib.crc32(name + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + name + content + crc


def _bomb(side):
    """Give a small PNG file of many pixels."""
    size = side.to_bytes(4, "big")
    pixels = zlib.compress(bytes(side * (1 + side // 8)), 9)
    head = _chunk(b"IHDR", size + size + bytes([1, 0, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _stream(megabytes):
    for _ in range(megabytes):
        yield bytes(1_000_000)


def _malformed():
    """Give functions that make requests of many kinds, without end."""
    png, jpeg = to_file(draw(*SEVEN)), to_file(draw(*SEVEN), "JPEG")
    noise = np.random.RandomState(0).bytes(3_000)
    bomb = _bomb(10_000)
    bodies = [
        (b"", "image/png"),
        (b"{", "application/json"),
        (b'{"picture": [1, 2', "application/json"),
        (png, "text/html"),
        (png, "multipart/form-data"),
        (png[: len(png) // 2], "image/png"),
        (jpeg[: len(jpeg) // 3], "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n" + noise, "image/png"),
        (b"GIF89a" + noise, "image/gif"),
        (b"II*\x00" + noise, "image/tiff"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 " + noise, "image/webp"),
        (noise, "application/octet-stream"),
        (bomb, "image/png"),
    ]
    kinds = [lambda client, body=body: ask(client, *body) for body in bodies]
    kinds += [
        lambda client: client.get("/api/read"),
        lambda client: client.get("/" + "x" * 5_000),
        lambda client: ask(client, png, segment="2"),
        lambda client: ask(client, png, model="\x00"),
        lambda client: client.post("/api/read", headers={"host": "evil.example"}, content=png),
        lambda client: client.request("PROPFIND", "/"),
        lambda client: client.post("/", content=png),
    ]
    return itertools.cycle(kinds)


def _status(request, client):
    try:
        return request(client).status_code
    except httpx.TransportError:
        return "hung up"


@pytest.mark.usefixtures("memory")
def test_1000_malformed_requests_are_refused_with_bounded_memory(command, seven):
    start = time.perf_counter()
    requests = list(itertools.islice(_malformed(), 980))
    # With and without a Content-Length.
    requests += [lambda client: ask(client, bytes(25_000_000))] * 10
    requests += [lambda client: ask(client, _stream(40))] * 10
    with _clients(command, 16) as client, ThreadPoolExecutor(16) as pool:
        statuses = Counter(pool.map(lambda request: _status(request, client), requests))
        print(f"1,000 malformed: {dict(statuses)} in {time.perf_counter() - start:.1f} s")
        # A client that is still sending may not see the answer before the connection ends.
        assert statuses.pop("hung up", 0) <= 20
        assert all(400 <= status < 500 or status == 503 for status in statuses), statuses
        assert ask(client, seven).json()["models"][0]["text"] == "7"


def _deep(grey):
    """Give a PNG file of 16 bits a channel, in colours and with alpha."""
    head = struct.pack(">IIBBBBB", grey.shape[1], grey.shape[0], 16, 6, 0, 0, 0)
    packer, rows = zlib.compressobj(1), []
    for row in grey:
        pixels = np.repeat(row, 8).reshape(-1, 8)
        pixels[:, 6:] = 255
        rows.append(packer.compress(b"\0" + pixels.tobytes()))
    content = b"".join(rows) + packer.flush()
    chunks = _chunk(b"IHDR", head) + _chunk(b"IDAT", content) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.usefixtures("memory")
def test_the_largest_picture_allowed_is_read(command):
    # 48 megapixels, as telephones take them.
    large = np.kron(draw(*SEVEN), np.ones((50, 50), np.uint8))
    content = to_file(large, "PNG")
    with _clients(command, 4) as client, ThreadPoolExecutor(4) as pool:
        start = time.perf_counter()
        answers = list(pool.map(lambda segment: ask(client, content, segment=segment), [0, 1]))
        print(f"two of {large.size / 1e6:.0f} megapixels: {time.perf_counter() - start:.1f} s")
    assert [answer.json()["models"][0]["text"] for answer in answers] == ["7", "7"]


@pytest.mark.usefixtures("memory")
def test_16_bits_a_channel_take_no_more_memory(command):
    # All that is decoded is four bytes a pixel, and the array beside it three.
    content = _deep(np.kron(draw(*SEVEN), np.ones((50, 50), np.uint8)))
    with _clients(command, 1) as client:
        assert ask(client, content).json()["models"][0]["text"] == "7"
