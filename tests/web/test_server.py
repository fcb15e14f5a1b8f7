"""``skdigits demo`` as a user starts and ends it."""

from __future__ import annotations

import socket
import sys
import threading
import time

import psutil
import pytest

from skdigits.cli import main

from ._serving import Command, ask, httpx, served, web


def test_one_line_says_where_the_page_is_and_ctrl_c_ends_well(seven):
    with Command("--no-browser", "--port", 0) as command:
        assert command.line.startswith("Draw at http://127.0.0.1:")
        [listening] = [
            found
            for found in psutil.Process(command.process.pid).net_connections()
            if found.status == psutil.CONN_LISTEN
        ]
        assert listening.laddr.ip == "127.0.0.1"
        with httpx.Client(base_url=command.address, trust_env=False, timeout=30) as client:
            assert client.get("/api/models").json()["models"] == ["included network"]
            assert ask(client, seven).json()["models"][0]["text"] == "7"
            # A browser keeps its connection open; that holds nobody up.
            assert command.interrupt() == (0, "", "")


def test_a_browser_is_opened(tmp_path):
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    with Command("--port", 0, BROWSER=str(browser)) as command:
        for _ in range(200):
            if opened.exists():
                break
            time.sleep(0.05)
        assert opened.read_text().strip() == command.address + "/"
        assert command.interrupt()[0] == 0


def test_a_busy_port_is_said_before_anything_is_loaded(capsys):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert main(["demo", "--no-browser", "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert f"cannot listen on port {port} of 127.0.0.1" in said
    assert "--port 0" in said


def test_without_a_port_the_next_free_one_is_taken(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        monkeypatch.setattr(web._server, "DEFAULT_PORT", port)
        with web.open_socket(None) as listening:
            address, taken = listening.getsockname()
    assert address == "127.0.0.1"
    assert port < taken <= port + 20


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--port", "-1"], 2, "at least 0"),
        (["--port", "65536"], 1, "at most 65535"),
        (["--model", "no.skdigits"], 1, "there is no file no.skdigits"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(words, status, said, capsys):
    try:
        found = main(["demo", "--no-browser", *words])
    except SystemExit as stop:
        found = stop.code
    assert found == status
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["starlette", "uvicorn"])
def test_a_missing_extra_is_named(name, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, name, None)
    assert main(["demo", "--no-browser"]) == 1
    said = capsys.readouterr().err
    assert f"needs {name}, which is not installed" in said
    assert 'pip install "skdigits[web]"' in said


def test_saved_models_have_a_name_each(tmp_path, monkeypatch):
    from skdigits import load_pretrained, save_model

    paths = [tmp_path / "mine.skdigits", tmp_path / "b" / "mine.skdigits"]
    paths[1].parent.mkdir()
    for path in paths:
        save_model(load_pretrained(), path)
    served = {}
    monkeypatch.setattr("skdigits.web.serve", lambda models, *_, **__: served.update(models))
    words = ["demo", "--no-browser", "--port", "0", "--model", *map(str, paths)]
    assert main([*words, "--model", str(paths[0])]) == 0
    assert [*served] == ["included network", "mine", "mine (2)", "mine (3)"]


class LoadedLater(dict):
    """Models of which each is loaded when it is read: it waits for an event, or fails."""

    def __init__(self, models, may_load, failure=None):
        super().__init__(models)
        self.may_load, self.failure = may_load, failure

    def __getitem__(self, name):
        assert self.may_load.wait(30)
        if self.failure is not None:
            raise self.failure
        return super().__getitem__(name)

    def values(self):
        return [self[name] for name in self]


def test_the_page_does_not_wait_for_the_models(model, seven):
    may_load = threading.Event()
    with served(LoadedLater({"slow": model}, may_load)) as client:
        assert client.get("/").status_code == 200
        assert client.get("/api/models").json()["models"] == ["slow"]
        threading.Timer(0.2, may_load.set).start()
        assert ask(client, seven).json()["models"][0]["text"] == "7"


def test_a_model_that_cannot_be_loaded_stops_the_server():
    may_load = threading.Event()
    models = LoadedLater({"broken": None}, may_load, OSError("damaged"))
    with web.open_socket(0) as listening, pytest.raises(OSError, match="damaged"):
        web.serve(models, listening, on_start=lambda address: may_load.set())
