"""MNIST from the package's own data files."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from sklearn.utils import Bunch, check_random_state

from skdigits._typing import AnyArray, RandomState

from ._mnist_files import N_CLASSES, SIDE, SPLITS, SUBSETS, description, load_split
from ._sampling import stratified_rows

if TYPE_CHECKING:
    import pandas as pd


@overload
def load_mnist(
    *,
    subset: Literal["all", "train", "test"] = ...,
    n_samples: int | None = ...,
    return_X_y: Literal[False] = ...,
    as_frame: bool = ...,
    random_state: RandomState = ...,
) -> Bunch: ...


@overload
def load_mnist(
    *,
    subset: Literal["all", "train", "test"] = ...,
    n_samples: int | None = ...,
    return_X_y: Literal[True],
    as_frame: bool = ...,
    random_state: RandomState = ...,
) -> tuple[Any, Any]: ...


def load_mnist(
    *,
    subset: str = "all",
    n_samples: int | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
    random_state: RandomState = None,
) -> Bunch | tuple[Any, Any]:
    """Load the MNIST handwritten digits, which are included in the package.

    Nothing is downloaded. On the first call in a process the files are decompressed
    and checked against their digests; after that they are kept in memory. Each call
    returns a new copy.

    =================  ======================================
    Classes            10, the digits 0 to 9
    Samples            60,000 for training, 10,000 for testing
    Dimensionality     784, images of 28 x 28 pixels
    Features           integers from 0 (background) to 255 (ink)
    =================  ======================================

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        Part of the official split to load: "train" has 60,000 images, "test" has
        10,000, and "all" is both, the training images first.
    n_samples : int, default=None
        Size of a random sample in which the classes keep their proportions, from 10
        to the size of the subset. The images stay in the order of the files. None
        loads the whole subset.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether data is a pandas DataFrame and target a pandas Series.
    random_state : int, RandomState instance or None, default=None
        Determines the sample of `n_samples`. Pass an int to get the same sample
        every time.

    Returns
    -------
    mnist : sklearn.utils.Bunch
        Dictionary-like object with the following attributes.

        data : {ndarray, DataFrame} of shape (n_samples, 784)
            The images row by row, of dtype uint8, from 0 to 255.
        images : ndarray of shape (n_samples, 28, 28)
            The images: a view of `data`, or a copy of it if `as_frame` is True.
        target : {ndarray, Series} of shape (n_samples,)
            The digits that the images show, of dtype int64, from 0 to 9.
        frame : DataFrame of shape (n_samples, 785) or None
            `data` and a last column "target"; None unless `as_frame` is True.
        feature_names : list of str
            "pixel_0_0", "pixel_0_1" to "pixel_27_27": the row, then the column.
        target_names : ndarray of shape (10,)
            The names of the classes, "0" to "9".
        DESCR : str
            Description of MNIST, with its source and its licence.

    (data, target) : tuple if `return_X_y` is True
        These two attributes.

    Raises
    ------
    ValueError
        If `subset`, `n_samples` or `random_state` is not one of the values allowed.
    TypeError
        If `n_samples` is not an int, or `return_X_y` or `as_frame` not a bool.
    DamagedDataError
        If a data file of the package is missing or damaged.

    See Also
    --------
    read_idx : Read any IDX file, such as those of MNIST's relatives.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> from skdigits.datasets import load_mnist
    >>> mnist = load_mnist(subset="test")
    >>> mnist.data.shape, mnist.images.shape
    ((10000, 784), (10000, 28, 28))
    >>> mnist.target[:5]
    array([7, 2, 1, 0, 4])
    >>> X, y = load_mnist(subset="test", n_samples=500, return_X_y=True, random_state=0)
    >>> X.shape, y.shape
    ((500, 784), (500,))
    """
    n_samples = _check_arguments(subset, n_samples, return_X_y, as_frame)
    rng = check_random_state(random_state)
    splits = [load_split(name) for name in SUBSETS[subset]]
    data = np.concatenate([images for images, _ in splits]).reshape(-1, SIDE * SIDE)
    target = np.concatenate([labels for _, labels in splits])
    if n_samples is not None and n_samples < len(target):
        rows = stratified_rows(target, n_samples, rng)
        data, target = data[rows], target[rows]
    bunch = _as_frames(data, target) if as_frame else Bunch(data=data, target=target, frame=None)
    if return_X_y:
        return bunch.data, bunch.target
    bunch.update(
        images=data.reshape(-1, SIDE, SIDE),
        feature_names=_feature_names(),
        target_names=np.array([str(digit) for digit in range(N_CLASSES)]),
        DESCR=description(),
    )
    return bunch


def _check_arguments(
    subset: str, n_samples: int | None, return_X_y: bool, as_frame: bool
) -> int | None:
    """Refuse invalid arguments of `load_mnist`, and return `n_samples` as a Python int."""
    if not isinstance(subset, str) or subset not in SUBSETS:
        allowed = ", ".join(f'"{name}"' for name in SUBSETS)
        raise ValueError(f"subset must be one of {allowed}, got {subset!r}")
    for name, flag in (("return_X_y", return_X_y), ("as_frame", as_frame)):
        if not isinstance(flag, (bool, np.bool_)):
            raise TypeError(f"{name} must be True or False, got {flag!r}")
    if n_samples is None:
        return None
    size = sum(SPLITS[split].n_samples for split in SUBSETS[subset])
    allowed = f'an int from {N_CLASSES} to {size} for subset="{subset}", or None for all'
    if isinstance(n_samples, bool) or not isinstance(n_samples, numbers.Integral):
        raise TypeError(f"n_samples must be {allowed}, got {n_samples!r}")
    if not N_CLASSES <= n_samples <= size:
        raise ValueError(f"n_samples must be {allowed}, got {n_samples}")
    return int(n_samples)


def _feature_names() -> list[str]:
    """Name the 784 pixels, row by row."""
    return [f"pixel_{row}_{column}" for row in range(SIDE) for column in range(SIDE)]


def _as_frames(data: AnyArray, target: AnyArray) -> Bunch:
    """Put images and digits into pandas containers with memory of their own."""
    import pandas

    X: pd.DataFrame = pandas.DataFrame(data, columns=_feature_names(), copy=True)
    y: pd.Series = pandas.Series(target, name="target", copy=True)
    return Bunch(data=X, target=y, frame=pandas.concat([X, y], axis=1))
