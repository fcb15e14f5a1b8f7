"""The files of the trained Pipelines, against the registry and their cards."""

from __future__ import annotations

import hashlib

import pytest

from skdigits.pretrained._pretrained import DIGESTS, card_location, data_folder, model_location

from ._cards import figures


@pytest.mark.parametrize("name", DIGESTS)
def test_the_digest_is_that_of_the_file(name):
    content = model_location(name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == DIGESTS[name]
    assert figures(name)["n_bytes"] == len(content)


def test_every_file_is_registered_and_all_are_small():
    found = {path.name: len(path.read_bytes()) for path in data_folder().iterdir()}
    assert set(found) == {f"{name}{end}" for name in DIGESTS for end in (".skdigits", ".md")}
    assert sum(found.values()) <= 2 * 2**20


@pytest.mark.parametrize("name", DIGESTS)
def test_the_card_says_what_one_must_know(name):
    text = card_location(name).read_text("utf-8")
    for heading in ("What it is for", "What it is not for", "Training", "Errors", "Figures"):
        assert f"\n## {heading}\n" in text
    stated = figures(name)
    assert stated["name"] == name
    assert stated["n_train"] == 60_000
    assert {"recipe", "seed", "machine", "versions", "fit_seconds"} <= set(stated)
    for kind, found in stated["errors"].items():
        low, high = found["interval"]
        assert low <= found["error"] <= high
        assert f"| {kind} | {found['n']:,} | {found['error']:.2%} |" in text
