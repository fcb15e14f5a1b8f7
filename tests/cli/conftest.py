"""Run the command as a user does: in a process and a folder of its own."""

import subprocess
import sys

import pytest


@pytest.fixture
def skdigits(tmp_path):
    """Return a function that runs ``skdigits`` with some words in an empty folder."""

    def run(*words, folder=tmp_path):
        return subprocess.run(
            [sys.executable, "-m", "skdigits", *map(str, words)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
