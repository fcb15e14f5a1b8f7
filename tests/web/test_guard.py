"""Only this machine's own page may ask."""

from __future__ import annotations

import pytest

from ._serving import ask

PNG = {"content-type": "image/png"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "",
        "127.0.0.2",
        "[::1]",
    ],
)
def test_another_name_for_this_machine_is_refused(client, host):
    # A page elsewhere can have its own name point at 127.0.0.1, and then ask it.
    for path in ("/", "/api/models"):
        refused = client.get(path, headers={"host": host})
        assert refused.status_code in (400, 421)
        assert "127.0.0.1" in refused.json()["error"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8028", "LOCALHOST"])
def test_the_machine_s_own_names_are_taken_at_any_port(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"origin": "https://127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_page_cannot_have_pictures_read(client, seven, headers):
    refused = client.post("/api/read", content=seven, headers=PNG | headers)
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


def test_its_own_page_and_programs_can(client, seven):
    own = str(client.base_url).rstrip("/")
    for headers in ({}, {"origin": own, "sec-fetch-site": "same-origin"}):
        assert client.post("/api/read", content=seven, headers=PNG | headers).is_success


def test_a_long_address_is_refused(client):
    for path in ("/" + "a" * 3_000, "/?" + "a" * 3_000):
        refused = client.get(path)
        assert refused.status_code == 414
        assert "at most 2000 bytes" in refused.json()["error"]


@pytest.mark.parametrize("path", ["/", "/main.js", "/api/models", "/nothing"])
def test_every_answer_forbids_what_the_page_does_not_need(client, path):
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_refusals_carry_the_headers_too(client):
    refused = ask(client, b"no picture")
    assert refused.status_code == 422
    assert "content-security-policy" in refused.headers
