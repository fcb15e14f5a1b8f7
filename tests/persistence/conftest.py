"""What the tests of model files share."""

from __future__ import annotations

import pytest

from skdigits import save_model

from .._small import mlp


@pytest.fixture(scope="session")
def small_file(digits, tmp_path_factory):
    """Give the bytes of a small classifier's file."""
    path = tmp_path_factory.mktemp("models") / "small.skdigits"
    save_model(mlp(hidden_layer_sizes=(4,), epochs=1).fit(*digits), path)
    return path.read_bytes()
