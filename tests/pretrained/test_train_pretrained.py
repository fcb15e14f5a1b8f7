"""The command that trains the Pipeline of the package runs, and scores what it writes."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import sys
from pathlib import Path

import pytest

from skdigits import MNISTNormalizer, load_mnist, load_model
from skdigits.pretrained._pretrained import DIGESTS

PROGRAMS = (
    "train_pretrained",
    "model_card",
    "measure_pictures",
    "picture_folder",
    "picture_readers",
    "picture_scores",
    "picture_tables",
    "training_images",
    "cut_digits",
    "no_digits",
    "made_up_digits",
    "poor_pictures",
    "fonts",
    "picture_sets",
    "measure_recipes",
)
FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.fixture
def program(monkeypatch):
    """Give the module of the command."""
    monkeypatch.syspath_prepend(FOLDER)
    yield importlib.import_module("train_pretrained")
    for name in PROGRAMS:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("way", [["--recipe", "levelup-mlp"], ["--keep-weights"]])
def test_a_quick_run_writes_a_model_and_its_card(way, program, tmp_path, capsys):
    program.main([*way, "--quick", str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == {"default.skdigits", "default.md"}
    figures = json.loads(re.search(r"\{.*\}", capsys.readouterr().out, re.DOTALL)[0])
    X, y = load_mnist(subset="test", return_X_y=True)
    model = load_model(tmp_path / "default.skdigits")
    assert isinstance(model[0], MNISTNormalizer)
    assert {"MNIST test images", "load_digits, 8 x 8", "made up: print"} <= set(figures["errors"])
    assert (model.predict(X) != y).sum() == figures["errors"]["MNIST test images"]["wrong"]
    assert model[-1].get_params()["verbose"] == 0
    if "--keep-weights" not in way:
        assert model[-1].outlier_threshold == figures["outlier_threshold"]
        assert set(figures["no digits"]) > {"letters", "several digits"}
    card = (tmp_path / "default.md").read_text("utf-8")
    assert json.loads(re.search(r"```json\n(.*?)```", card, re.DOTALL)[1]) == figures


def test_the_included_pipelines_are_those_of_the_command(program):
    assert program.NAME in DIGESTS


def test_the_digest_is_written_into_its_line_alone(program, tmp_path):
    registry = tmp_path / "_pretrained.py"
    other = f'    "other": "{"1" * 64}",\n'
    registry.write_text(f'DIGESTS = {{\n    "{program.NAME}": "{"0" * 64}",\n{other}}}\n')
    program.write_digest(registry, b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    assert registry.read_text() == f'DIGESTS = {{\n    "{program.NAME}": "{digest}",\n{other}}}\n'
    registry.write_text("DIGESTS = {}")
    with pytest.raises(ValueError, match="Add it to DIGESTS"):
        program.write_digest(registry, b"content")
