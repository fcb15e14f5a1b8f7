"""The made-up images for training: reproducible, framed, labelled rightly, and free."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from skdigits import load_mnist, load_pretrained

FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"
NAMES = (
    "training_images",
    "no_digits",
    "made_up_digits",
    "poor_pictures",
    "fetch_fonts",
    "fonts",
    "cut_digits",
)


@pytest.fixture(scope="module")
def programs():
    """Give the modules by name."""
    sys.path.insert(0, str(FOLDER))
    yield {name: importlib.import_module(name) for name in NAMES}
    sys.path.remove(str(FOLDER))
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def sources(programs):
    """Give some training images, and the fonts that matplotlib brings."""
    mnist = load_mnist(subset="train", n_samples=60, random_state=0)
    fonts = programs["fonts"].find_fonts(None)
    return programs["no_digits"].Sources(mnist.images, mnist.target, fonts)


@pytest.fixture(scope="module")
def made(programs, sources):
    """Make some images of each kind."""
    return programs["training_images"].make_images(sources, 0, n_jobs=1)


def test_images_are_framed_and_labelled(programs, made):
    module = programs["training_images"]
    right = {*module.DIGITS, module.RIGHT_CUTS}
    assert set(made) == {*right, *programs["no_digits"].KINDS, module.WRONG_CUTS}
    for kind, (images, labels) in made.items():
        assert images.shape[1:] == (28, 28)
        assert images.dtype == np.uint8
        assert len(images) == len(labels)
        assert (images.max(axis=(1, 2)) == 255).all()
        assert (labels == module.NO_DIGIT).all() == (kind not in right)


def test_a_seed_gives_the_same_images(programs, sources, made):
    again = programs["training_images"].make_images(sources, 0, n_jobs=1)
    other = programs["training_images"].make_images(sources, 1, n_jobs=1)
    for kind in made:
        np.testing.assert_array_equal(made[kind].images, again[kind].images)
        np.testing.assert_array_equal(made[kind].labels, again[kind].labels)
    assert not np.array_equal(made["poor pictures"].images, other["poor pictures"].images)


@pytest.mark.parametrize("digit", range(10))
def test_the_ways_to_write_a_digit_are_read_as_that_digit(digit, programs):
    module = programs["made_up_digits"]
    rng = np.random.default_rng(0)
    pictures = [np.pad(module.written_digit(digit, rng), 10) for _ in range(30)]
    model = load_pretrained().set_params(mnistnormalizer__invert=False)
    assert (model.predict(pictures) == digit).mean() >= 0.8


@pytest.mark.parametrize("digit", [0, 1, 2, 7, 9])
def test_other_hands_add_ink(digit, programs, sources):
    module = programs["made_up_digits"]
    rng = np.random.default_rng(0)
    row = np.flatnonzero(sources.labels == digit)[0]
    ink = module.enlarged(sources.images[row])
    assert module.other_hand(ink, digit, rng).astype(int).sum() > ink.astype(int).sum()


def test_a_no_digit_that_looks_like_a_digit_is_left_out(programs, made, sources):
    module = programs["training_images"]
    mnist = module.Images(sources.images, sources.labels)
    copies = module.Images(mnist.images[:20], np.full(20, module.NO_DIGIT))
    kept = module.without_look_alikes({**made, "scribbles": copies}, mnist, 0)
    assert len(kept["scribbles"].labels) < 10
    assert len(kept["letters"].labels) > 0


def test_the_fonts_are_free_and_no_family_is_in_both_parts(programs):
    module = programs["fonts"]
    rows = json.loads(module.LIST.read_text("utf-8"))
    assert {row["licence"] for row in rows} <= {"OFL-1.1", "Apache-2.0", "UFL-1.0"}
    assert {row["kind"] for row in rows} == {"handwriting", "print", "letters", "symbols"}
    assert len({row["file"] for row in rows}) == len(rows)
    for kind in ("handwriting", "print"):
        families = {row["package"] for row in rows if row["kind"] == kind}
        held_out = [
            family for family in families if module.is_held_out(module.Font(family, "", kind))
        ]
        assert 0.1 < len(held_out) / len(families) < 0.3


def test_missing_fonts_are_named_with_the_command(programs, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Run: python .*fetch_fonts\.py"):
        programs["fonts"].find_fonts(tmp_path)


def _fake_npm(folder: Path, content: bytes) -> None:
    """Put a program npm into a folder that packs one file of a package."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("package/files/a.woff")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    (folder / "packed").write_bytes(packed.getvalue())
    program = folder / "npm"
    program.write_text(
        f'#!/bin/sh\necho "$5" >> {folder}/calls\ncp {folder}/packed "$4/a-1.tgz"\n'
    )
    program.chmod(0o755)


def test_fonts_are_downloaded_once_and_checked(programs, tmp_path, monkeypatch):
    module, content = programs["fetch_fonts"], b"a font"
    rows = [{"package": "@fonts/a", "version": "1", "file": "a.woff"}]
    rows[0]["sha256"] = hashlib.sha256(content).hexdigest()
    (tmp_path / "bin").mkdir()
    (tmp_path / "fonts.json").write_text(json.dumps(rows))
    monkeypatch.setattr(module, "LIST", tmp_path / "fonts.json")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    _fake_npm(tmp_path / "bin", content)
    for _ in range(2):
        module.main([str(tmp_path / "fonts")])
    assert (tmp_path / "fonts" / "a.woff").read_bytes() == content
    assert (tmp_path / "bin" / "calls").read_text() == "@fonts/a@1\n"
    (tmp_path / "fonts" / "a.woff").unlink()
    _fake_npm(tmp_path / "bin", b"another")
    with pytest.raises(ValueError, match="SHA-256"):
        module.main([str(tmp_path / "fonts")])
