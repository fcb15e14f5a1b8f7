"""What only predicts does not load TensorFlow: commands, the page, tests of a comparison."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import joblib
import numpy as np
import pytest
from PIL import Image
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, load_mnist, make_recipe, recipe_names, save_model

from ._small import cnn, mlp

#: Runs a command and fails if Keras has been loaded.
COMMAND = """
import sys
from skdigits.cli import main

assert main(sys.argv[1:]) == 0
loaded = {"keras", "tensorflow", "scikeras"} & set(sys.modules)
assert not loaded, loaded
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Give a picture, and a vote in files of both kinds."""
    folder = tmp_path_factory.mktemp("files")
    X, y = load_mnist(subset="train", n_samples=300, return_X_y=True, random_state=0)
    votes = VotingClassifier([("mlp", mlp(epochs=1)), ("cnn", cnn(epochs=1))], voting="soft")
    model = make_pipeline(ImageScaler(), votes).fit(X, y)
    joblib.dump(model, folder / "vote.joblib")
    save_model(model, folder / "vote.skdigits")
    Image.fromarray(X[0].reshape(28, 28)).resize((280, 280)).save(folder / "digit.png")
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ["predict", "digit.png"],
        ["predict", "digit.png", "--model", "vote.joblib"],
        ["predict", "digit.png", "--segment", "--model", "vote.skdigits"],
        ["evaluate", "vote.joblib"],
        ["evaluate", "vote.skdigits"],
        ["export", "vote.skdigits", "--output", "vote.onnx"],
    ],
    ids=lambda words: " ".join(words[:1] + words[2:]),
)
def test_a_command_that_predicts(words, files, run_python, monkeypatch):
    monkeypatch.chdir(files)
    run_python("-c", COMMAND, *words)


@pytest.mark.skipif(sys.platform != "linux", reason="lists what is loaded as Linux does")
def test_the_page(files):
    command = [sys.executable, "-m", "skdigits", "demo", "--no-browser", "--port", "0", "--model"]
    page = subprocess.Popen([*command, files / "vote.joblib"], stdout=subprocess.PIPE, text=True)
    try:
        address = page.stdout.readline().split()[2]
        picture = urllib.request.Request(
            f"{address}api/read",
            data=(files / "digit.png").read_bytes(),
            headers={"content-type": "image/png"},
        )
        with urllib.request.urlopen(picture) as answer:
            assert len(json.load(answer)["models"]) == 2
        loaded = Path(f"/proc/{page.pid}/maps").read_text()
    finally:
        page.kill()
        page.communicate()
    assert "onnxruntime" in loaded
    assert "tensorflow" not in loaded


TEST = """
import sys

import joblib
from skdigits.comparison._tasks import predict_samples

dump, X = joblib.load(sys.argv[1])
assert len(predict_samples(dump, X).predicted) == len(X)
loaded = {"keras", "tensorflow", "scikeras"} & set(sys.modules)
assert not loaded, loaded
"""


def test_the_test_of_a_comparison(files, tmp_path, run_python):
    X = load_mnist(subset="test", n_samples=200, return_X_y=True, random_state=0)[0]
    joblib.dump(((files / "vote.joblib").read_bytes(), X), tmp_path / "task.joblib")
    run_python("-c", TEST, tmp_path / "task.joblib")


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_predicts_with_onnxruntime(name):
    X, y = load_mnist(subset="train", n_samples=200, return_X_y=True, random_state=0)
    last = make_recipe(name, random_state=0)[-1]
    classifiers = [voter for _, voter in getattr(last, "estimators", [("", last)])][:1]
    for classifier in classifiers:
        classifier.set_params(epochs=1, weight_averaging=0.0)
        classifier.fit(np.float32(X) / 255, y)
        assert classifier.prediction_backend_ == "onnxruntime"
