"""Files that lie are errors, and take neither long nor all memory; most are changed at random."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

import pytest

from skdigits.exceptions import ModelFileError
from skdigits.persistence._model_files import model_from_bytes

FOLDER = Path(__file__).parents[2] / "examples" / "benchmarks"


@pytest.fixture(scope="module")
def lying():
    """Give the program that makes such files."""
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("lying_model_files")
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def models(lying):
    return lying.make_models()


@pytest.mark.filterwarnings("ignore")
def test_changed_files_are_errors_of_the_file_or_models(lying, models):
    messages = []
    for name, content in lying.changed_files(models, 150, seed=1):
        begin = time.process_time()
        try:
            model_from_bytes(content, "m")
        except ModelFileError as error:
            messages.append(str(error))
        assert time.process_time() - begin < 5, name
    assert len(messages) > 75
    assert all(message.isprintable() and len(message) < 2000 for message in messages)


@pytest.mark.skipif(sys.platform != "linux", reason="limits and measures memory as Linux does")
def test_files_made_up_to_do_harm_are_refused_before_tensorflow_is_needed(
    lying, tmp_path, run_python
):
    files = dict(lying.large_files())
    assert len(files) > 40
    for i, content in enumerate(files.values()):
        (tmp_path / f"{i}.skdigits").write_bytes(content)
    run_python("-c", FRESH, tmp_path, len(files))


FRESH = """
import resource, sys, time

resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9, 2 * 10**9))
from skdigits import load_model
from skdigits.exceptions import ModelFileError

for i in range(int(sys.argv[2])):
    begin = time.process_time()
    try:
        load_model(f"{sys.argv[1]}/{i}.skdigits")
        raise SystemExit(f"{i} was loaded")
    except ModelFileError:
        pass
    seconds = time.process_time() - begin
    assert seconds < 5, (i, seconds)
assert "tensorflow" not in sys.modules
[peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
assert int(peak.split()[1]) < 600_000, peak
"""
