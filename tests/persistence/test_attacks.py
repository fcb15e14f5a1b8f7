"""Files that lie are errors, and take neither long nor all memory; most are changed at random."""

from __future__ import annotations

import importlib
import random
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
    for name, content in lying.changed_files(models, 600, seed=1):
        begin = time.process_time()
        try:
            model_from_bytes(content, "m")
        except ModelFileError as error:
            messages.append(str(error))
        assert time.process_time() - begin < 5, name
    assert len(messages) > 300
    assert all(message.isprintable() and len(message) < 2000 for message in messages)


@pytest.mark.skipif(sys.platform != "linux", reason="limits and measures memory as Linux does")
def test_files_made_up_to_do_harm_are_refused_at_once_and_others_take_little(
    lying, tmp_path, run_python
):
    files = [content for _, content in lying.large_files()]
    n_large = len(files)
    assert n_large > 100
    files += [content for _, content in lying.nearly_too_large_files()]
    for i, content in enumerate(files):
        (tmp_path / f"{i}.skdigits").write_bytes(content)
    run_python("-c", FRESH, tmp_path, n_large, len(files))


FRESH = """
import resource, sys, time

resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9, 2 * 10**9))
from skdigits import load_model
from skdigits.exceptions import ModelFileError

folder, n_large, n_files = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
n_loaded = 0
for i in range(n_files):
    begin = time.process_time()
    try:
        load_model(f"{folder}/{i}.skdigits")
        n_loaded += 1
        if i < n_large:
            raise SystemExit(f"{i} was loaded")
    except ModelFileError:
        pass
    seconds = time.process_time() - begin
    assert seconds < 5, (i, seconds)
assert n_loaded > 10
assert not {"keras", "tensorflow"} & set(sys.modules)
[peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
assert int(peak.split()[1]) < 600_000, peak
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
def test_the_keras_model_of_a_file_that_was_changed_takes_little_memory(
    lying, models, tmp_path, run_python
):
    # Changed within the networks alone, where Keras reads more than ONNX.
    source, n_files = random.Random(2), 150
    for i in range(n_files):
        description, arrays = lying.take_apart(models["mlp"])
        last = description["model"]["params"]["steps"][-1]["tuple"][1]["estimator"]
        lying.change_description(last["network"]["architecture"]["config"], source)
        (tmp_path / f"{i}.skdigits").write_bytes(lying.put_together(description, arrays))
    run_python("-c", AS_KERAS, tmp_path, n_files)


AS_KERAS = """
import sys, warnings

warnings.simplefilter("ignore")
import keras
from skdigits import KerasMLPClassifier, load_model
from skdigits.exceptions import ModelFileError

def peak():
    [line] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
    return int(line.split()[1])

KerasMLPClassifier(epochs=1).fit([[0.0], [1.0]] * 20, [0, 1] * 20)
folder, n_files = sys.argv[1], int(sys.argv[2])
before, n_made = peak(), 0
for i in range(n_files):
    try:
        model = load_model(f"{folder}/{i}.skdigits")
    except ModelFileError:
        continue
    try:
        model[-1].model_
        n_made += 1
    except (TypeError, ValueError):  # a setting that Keras refuses
        pass
assert n_made > 10, n_made
assert peak() - before < 100_000, peak() - before
"""
