"""The trained Pipelines of the package: their names and digests."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

#: SHA-256 digest of each file, written by ``examples/benchmarks/train_pretrained.py``.
DIGESTS = {
    "default": "57dd3d78a0ca41faee02ae4ca301342a4f660dc06c64b97f7d2a7c6883b5b489",
}


def model_location(name: str) -> Traversable:
    """Say where a trained Pipeline lies in the installed package.

    Parameters
    ----------
    name : str
        A name of `DIGESTS`.

    Returns
    -------
    location : Traversable
        A file of `skdigits.persistence.save_model`.
    """
    return data_folder() / f"{name}.skdigits"


def card_location(name: str) -> Traversable:
    """Say where the model card of a trained Pipeline lies.

    Parameters
    ----------
    name : str
        A name of `DIGESTS`.

    Returns
    -------
    location : Traversable
        A text in Markdown, with the figures as JSON at its end.
    """
    return data_folder() / f"{name}.md"


def data_folder() -> Traversable:
    """Return the folder of the installed package that holds the files."""
    return files(__package__) / "data"
