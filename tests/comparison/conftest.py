"""A disk on which one file does not fit."""

from uuid import UUID

import pytest

from skdigits import _files


@pytest.fixture
def fill_disk(monkeypatch):
    """Let the system refuse every byte of a file, with the error of a full disk."""
    monkeypatch.setattr(_files, "uuid4", lambda: UUID(int=0))

    def fill(path):
        path.parent.mkdir(exist_ok=True)
        path.with_name(f".{path.name}.{UUID(int=0).hex}.part").symlink_to("/dev/full")

    return fill
