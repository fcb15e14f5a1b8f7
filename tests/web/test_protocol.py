"""Connections that bring no whole request are ended."""

from __future__ import annotations

import http.client
import json
import select
import socket
import time

import pytest

from ._serving import served, web

MODELS = b"GET /api/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def connect(model, monkeypatch):
    """Give a function that opens a connection to a server of little patience."""
    monkeypatch.setattr(web._protocol, "SECONDS", 0.4)
    with served({"small": model}) as client:
        opened = []

        def open_connection():
            opened.append(socket.create_connection(("127.0.0.1", client.base_url.port), 10))
            return opened[-1]

        yield open_connection
        for connection in opened:
            connection.close()


def _answer(connection):
    """Read one answer: its status and its JSON."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, json.loads(response.read())


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_head_that_does_not_end_is_given_up(connect, start):
    connection = connect()
    connection.sendall(start)
    status, said = _answer(connection)
    assert status == 408
    assert "within" in said["error"]
    assert connection.recv(1) == b""


def test_a_head_that_trickles_in_is_given_up(connect):
    connection = connect()
    start = time.monotonic()
    while time.monotonic() - start < 5:
        connection.sendall(b"G")
        if select.select([connection], [], [], 0.05)[0]:
            break
    assert _answer(connection)[0] == 408


def test_the_second_request_of_a_connection_is_watched_too(connect):
    connection = connect()
    connection.sendall(MODELS)
    assert _answer(connection)[0] == 200
    connection.sendall(b"GET /api/mo")
    assert _answer(connection)[0] == 408


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"POST /api/read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: many\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=lambda request_: request_[:24].decode("latin-1"),
)
def test_what_is_no_http_is_refused_in_our_words(connect, request_):
    connection = connect()
    connection.sendall(request_)
    status, said = _answer(connection)
    assert status == 400
    assert "HTTP/1.1" in said["error"]


@pytest.mark.parametrize("length", [5_000, 60_000, 300_000])
def test_an_endless_address_is_refused(connect, length):
    connection = connect()
    try:
        connection.sendall(b"GET /" + b"a" * length + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        status, said = _answer(connection)
    except ConnectionError:
        assert length > 65_536  # hung up before all was sent
        return
    assert status in (400, 414)
    assert "at most" in said["error"]


def test_an_upload_that_goes_on_after_its_refusal_is_cut_off(connect):
    connection = connect()
    head = b"POST /api/read HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
    connection.sendall(head + b"Content-Type: application/json\r\n\r\n")
    assert _answer(connection)[0] == 415
    start = time.monotonic()
    with pytest.raises(ConnectionError):
        _trickle(connection, b"1\r\nx\r\n", until=start + 5)
    assert time.monotonic() - start < 3


def _trickle(connection, piece, until):
    """Send on and on."""
    while time.monotonic() < until:
        connection.sendall(piece)
        time.sleep(0.01)


def test_an_idle_connection_between_requests_is_kept(connect):
    connection = connect()
    for _ in range(2):
        connection.sendall(MODELS)
        assert _answer(connection)[0] == 200
        time.sleep(0.6)
