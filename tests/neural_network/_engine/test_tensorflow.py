"""TensorFlow is loaded with the garbage collector paused, and only then."""

from __future__ import annotations

import gc
import importlib
import json
import pickle
from pathlib import Path

import keras
import pytest

from skdigits import save_model
from skdigits.neural_network._engine import _tensorflow

from ..._small import mlp


@pytest.fixture(params=[True, False], ids=["on", "off"])
def collector(request):
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_collector_is_paused_and_put_back(collector, monkeypatch):
    seen, load = [], importlib.import_module

    def note(name):
        seen.append(gc.isenabled())
        return load(name)

    monkeypatch.setattr(importlib, "import_module", note)
    _tensorflow.load_tensorflow()
    assert seen == [False, False]
    assert gc.isenabled() is collector


def test_collector_is_put_back_after_a_failure(collector, monkeypatch):
    def fail(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(ModuleNotFoundError):
        _tensorflow.load_tensorflow()
    assert gc.isenabled() is collector


#: Fits without Keras having been imported, and says what came of it.
FIT = """
from skdigits import KerasMLPClassifier
from skdigits.exceptions import KerasBackendError, SkdigitsError
try:
    KerasMLPClassifier(epochs=1).fit([[0.0], [1.0]], [0, 1])
except KerasBackendError as error:
    print(error)
"""


@pytest.mark.parametrize("backend", ["jax", "torch", "nonsense"])
def test_another_backend_is_named_with_what_to_type(backend, run_python, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    said = run_python("-c", FIT)
    assert said.startswith(f"skdigits needs Keras with the TensorFlow backend, found {backend}.")
    assert "KERAS_BACKEND=tensorflow" in said


#: Other ways in than a fit, each of which would import Keras.
WAYS = {
    "recipe": "skdigits.make_recipe('fast-mlp')",
    "unpickling": "pickle.loads(open({pickled!r}, 'rb').read()).optimizer",
    "network": "skdigits.load_model({saved!r}).model_",
}


@pytest.mark.parametrize("way", WAYS)
def test_another_backend_is_named_at_every_way_in(way, run_python, monkeypatch, tmp_path, two):
    classifier = mlp(optimizer=keras.optimizers.Adam(), epochs=1)
    paths = {"pickled": str(tmp_path / "a.pickle"), "saved": str(tmp_path / "a.skdigits")}
    Path(paths["pickled"]).write_bytes(pickle.dumps(classifier))
    save_model(classifier.fit(*two), paths["saved"])
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    program = f"""
import pickle, skdigits
from skdigits.exceptions import KerasBackendError
try:
    {WAYS[way].format(**paths)}
except KerasBackendError as error:
    print(error)
"""
    assert "found jax" in run_python("-c", program)


def test_a_backend_of_the_settings_file_is_named_too(run_python, monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    settings = {"backend": "jax", "floatx": "float32", "image_data_format": "channels_last"}
    (tmp_path / "keras.json").write_text(json.dumps(settings | {"epsilon": 1e-7}))
    assert "found jax" in run_python("-c", FIT)
