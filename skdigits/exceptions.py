"""Errors and warnings that skdigits raises.

Each says what was expected, what was found and what to do next, and derives
from the built-in class that a caller would already catch.
"""

from __future__ import annotations

__all__ = ["DamagedDataError", "DivergenceError", "IDXFormatError", "NetworkShapeError"]


class IDXFormatError(ValueError):
    """A file is not a valid IDX file: wrong magic number, truncated or oversized.

    See Also
    --------
    skdigits.datasets.read_idx : Reads IDX files.

    Examples
    --------
    >>> from skdigits.exceptions import IDXFormatError
    >>> issubclass(IDXFormatError, ValueError)
    True
    """


class DamagedDataError(OSError):
    """A data file of the package does not have the digest it was published with.

    See Also
    --------
    skdigits.datasets.load_mnist : Checks the digests of the files it reads.

    Examples
    --------
    >>> from skdigits.exceptions import DamagedDataError
    >>> issubclass(DamagedDataError, OSError)
    True
    """


class NetworkShapeError(ValueError):
    """A network cannot be built for pictures of this shape.

    See Also
    --------
    skdigits.neural_network.KerasCNNClassifier : Checks its layers before it builds them.

    Examples
    --------
    >>> from skdigits.exceptions import NetworkShapeError
    >>> issubclass(NetworkShapeError, ValueError)
    True
    """


class DivergenceError(ArithmeticError):
    """The training loss became NaN or infinite.

    See Also
    --------
    skdigits.neural_network.BaseKerasClassifier : Raises it from ``fit``.

    Examples
    --------
    >>> from skdigits.exceptions import DivergenceError
    >>> issubclass(DivergenceError, ArithmeticError)
    True
    """
