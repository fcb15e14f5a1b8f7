"""Trained Pipelines by name."""

from __future__ import annotations

import hashlib

from sklearn.pipeline import Pipeline

from ..exceptions import DamagedDataError, UnknownNameError
from ..persistence._model_files import model_from_bytes
from ._registry import DIGESTS, model_location


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
    """Load a trained Pipeline that comes inside the package.

    It was trained on MNIST's 60,000 training images alone. Its model card,
    ``skdigits/pretrained/data/NAME.md``, says how, how often it is wrong, and what it
    was not made for.

    Parameters
    ----------
    name : str, default="default"
        One of `pretrained_names`.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        Fitted, and the caller's own. Its first step is an `MNISTNormalizer`, so it takes
        pictures of one digit each, of any size, in a list or an array.

    Raises
    ------
    UnknownNameError
        If there is no such Pipeline; the message lists the names.
    DamagedDataError
        If its file is missing, or does not have its digest.

    See Also
    --------
    skdigits.persistence.load_model : Loads a Pipeline of one's own.
    skdigits.recipes.make_recipe : Makes a Pipeline to be trained.

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
