"""Check the built package: what its archives hold, and that it works where it is installed alone.

    cd EMPTY_FOLDER && PYTHON_WITH_THE_WHEEL -I check_package.py REPOSITORY DIST

ends with an error where something is missing. The repository is only listed, never imported.
"""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

import skdigits
from skdigits import load_mnist, load_pretrained

#: What a packager needs beside the code.
FOR_PACKAGERS = {
    *("CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE"),
    *("Makefile", "README.md", "SECURITY.md", "pyproject.toml"),
    *("docs/conf.py", "examples/README.rst", "tests/conftest.py"),
}


def check_archives(repository: Path, dist: Path) -> None:
    """Compare the two archives, and the texts that name the version, with the repository."""
    source = {
        path.relative_to(repository).as_posix()
        for path in (repository / "skdigits").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    version = skdigits.__version__
    assert f"\nversion: {version}\n" in (repository / "CITATION.cff").read_text("utf-8")
    assert f"\n## {version} (" in (repository / "CHANGELOG.md").read_text("utf-8")
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert in_wheel == source, sorted(in_wheel ^ source)
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    assert source | FOR_PACKAGERS <= in_sdist, sorted((source | FOR_PACKAGERS) - in_sdist)


def check_installed() -> None:
    """Use what is installed: the data, the trained network and the command."""
    home = Path(skdigits.__file__)
    assert home.is_relative_to(sys.prefix), f"{home} is not in {sys.prefix}"
    X, y = load_mnist(subset="test", return_X_y=True)
    assert X.shape == (10_000, 784)
    np.testing.assert_array_equal(load_pretrained().predict(X[:5]), y[:5])
    Image.fromarray(X[0].reshape(28, 28)).resize((280, 280)).save("digit.png")
    command = Path(sys.prefix, "Scripts" if sys.platform == "win32" else "bin", "skdigits")
    done = subprocess.run(
        [command, "predict", "digit.png"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\t")[:2] == ["digit.png", str(y[0])], done.stdout


if __name__ == "__main__":
    check_archives(*map(Path, sys.argv[1:]))
    check_installed()
