"""Pictures for the tests of preprocessing."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def images():
    return np.random.RandomState(0).randint(0, 256, size=(5, 28, 28)).astype(np.uint8)
