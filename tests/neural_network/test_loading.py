"""TensorFlow is loaded with the garbage collector paused, and only then."""

from __future__ import annotations

import gc
import importlib

import pytest

from skdigits.neural_network import _loading


@pytest.fixture(params=[True, False], ids=["on", "off"])
def collector(request):
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_collector_is_paused_and_put_back(collector, monkeypatch):
    seen = []
    monkeypatch.setattr(importlib, "import_module", lambda name: seen.append(gc.isenabled()))
    _loading.load_tensorflow()
    assert seen == [False, False]
    assert gc.isenabled() is collector


def test_collector_is_put_back_after_a_failure(collector, monkeypatch):
    def fail(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(ModuleNotFoundError):
        _loading.load_tensorflow()
    assert gc.isenabled() is collector
