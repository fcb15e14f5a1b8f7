"""Trained Pipelines by name, and their files."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

from sklearn.pipeline import Pipeline

from ..exceptions import DamagedDataError, UnknownNameError
from ..persistence._model_files import model_from_bytes

#: SHA-256 digest of each file, written by ``examples/benchmarks/train_pretrained.py``.
DIGESTS = {
    "default": "6041a52f3c73dfa69e4a708bb69010a231164d53409d3cb2de6a1dcf3eea754b",
}


def pretrained_names() -> list[str]:
    """List the names of the trained Pipelines.

    Returns
    -------
    names : list of str
        Names for `load_pretrained`.

    See Also
    --------
    load_pretrained : Loads one.

    Examples
    --------
    >>> from skdigits import pretrained_names
    >>> pretrained_names()
    ['default']
    """
    return list(DIGESTS)


def load_pretrained(name: str = "default") -> Pipeline:
    """Load a trained Pipeline that is included in the package.

    It was trained on MNIST's 60,000 training images, on digits that were made from them and
    from fonts, and on images of what is no digit, which it recognises. Its model card,
    ``skdigits/pretrained/data/NAME.md``, describes its training, its errors and what
    it should not be used for.

    Parameters
    ----------
    name : str, default="default"
        One of `pretrained_names`.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        Fitted; a new one in each call. Its first step is an `MNISTNormalizer`, so it
        takes images of one digit each, of any size, in a list or an array. To train it
        again on digits alone, set ``outlier_label=None`` in its last step.

    Raises
    ------
    UnknownNameError
        If there is no such Pipeline; the message lists the names.
    DamagedDataError
        If its file is missing or damaged.

    See Also
    --------
    skdigits.persistence.load_model : Loads a Pipeline of your own.
    skdigits.recipes.make_recipe : Makes a Pipeline that you can train.

    Examples
    --------
    >>> from skdigits import load_mnist, load_pretrained
    >>> X, y = load_mnist(subset="test", return_X_y=True)
    >>> load_pretrained().predict(X[:5])
    array([7, 2, 1, 0, 4])
    """
    if name not in pretrained_names():
        raise UnknownNameError("pretrained model", name, pretrained_names())
    return model_from_bytes(_read_checked(name), str(model_location(name)))


def _read_checked(name: str) -> bytes:
    """Read a file of the package and check its digest."""
    location = model_location(name)
    cause: Exception | None = None
    content = b""
    try:
        content = location.read_bytes()
        found = hashlib.sha256(content).hexdigest()
    except FileNotFoundError as error:
        cause, found = error, "no such file"
    if found != DIGESTS[name]:
        raise DamagedDataError(
            f"{location}: expected a file with the SHA-256 digest {DIGESTS[name]}, found {found}. "
            "Install the package again with: pip install --force-reinstall --no-deps skdigits"
        ) from cause
    return content


def model_location(name: str) -> Traversable:
    """Locate the file of a trained Pipeline in the installed package.

    Parameters
    ----------
    name : str
        A name of `DIGESTS`.

    Returns
    -------
    location : Traversable
        A file that `skdigits.persistence.save_model` has written.
    """
    return data_folder() / f"{name}.skdigits"


def card_location(name: str) -> Traversable:
    """Locate the model card of a trained Pipeline.

    Parameters
    ----------
    name : str
        A name of `DIGESTS`.

    Returns
    -------
    location : Traversable
        A Markdown file with the figures as JSON at its end.
    """
    return data_folder() / f"{name}.md"


def data_folder() -> Traversable:
    """Return the folder of the installed package that holds the files."""
    return files(__package__) / "data"
