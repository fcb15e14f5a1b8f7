"""The program in docs/export.rst that uses a file needs only NumPy and ONNX Runtime."""

import os
import re
import subprocess
import sys
import textwrap
import venv
from pathlib import Path

import numpy as np
import pytest

from skdigits.export import to_onnx

PAGE = Path(__file__).parents[2] / "docs" / "export.rst"
#: Put before the program: nothing of these can be imported.
BLOCKED = """
import sys
for name in ("skdigits", "sklearn", "keras", "tensorflow", "onnx", "scipy", "pandas", "joblib"):
    sys.modules[name] = None
"""


@pytest.fixture(scope="module")
def program():
    """Give the program that stands on the page."""
    text = PAGE.read_text("utf-8")
    (block,) = re.findall(
        r"^Use it from Python\n=+\n.*?^\.\. code-block:: python\n\n(.*?)^(?! |$)",
        text,
        re.MULTILINE | re.DOTALL,
    )
    return textwrap.dedent(block)


@pytest.fixture
def folder(framed_mlp, tmp_path):
    """Give a folder with the two files that the program reads, and the labels it should print."""
    model = framed_mlp[1:]
    images = np.random.RandomState(0).randint(0, 256, (5, 784), dtype=np.uint8)
    to_onnx(model, tmp_path / "digits.onnx", input_shape=(784,))
    np.save(tmp_path / "images.npy", images)
    return tmp_path, str(model.predict(images))


def output_of(python, program, folder):
    """Run a program in a process of its own that knows nothing of this repository."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-I", "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_nothing_else_is_imported(program, folder):
    path, labels = folder
    assert output_of(sys.executable, BLOCKED + program, path).startswith(labels)


@pytest.mark.slow  # downloads two packages
def test_in_an_environment_that_has_nothing_else(program, folder, tmp_path_factory):
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "numpy", "onnxruntime"], check=True)
    path, labels = folder
    assert output_of(python, program, path).startswith(labels)
