"""What a user passes as samples: rows of numbers, or pictures of one size in any container."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .._typing import AnyArray, ArrayLike

Shape = tuple[int, ...]

#: Grey, grey and alpha, colours, colours and alpha.
_MOST_CHANNELS = 4


def flatten_samples(X: ArrayLike, *known: Shape) -> tuple[ArrayLike, Shape]:
    """Make rows of pictures; leave all else to scikit-learn's own checks.

    Pictures may also come in a list, an array of objects, a Series or a data frame of one
    column. Channels that stand first, as PyTorch has them, are put last.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
        What a user has passed.
    *known : tuple of int
        Shapes of a sample that an estimator was fitted on, or has been told of. Samples of
        such a shape are taken as they are.

    Returns
    -------
    rows : array-like
        An array of shape (n_samples, n_values) for pictures, else what was passed, a list as
        an array. Channels are last within a row.
    picture_shape : tuple of int
        Shape of a picture, channels last; ``()`` where `X` does not hold pictures.

    Raises
    ------
    TypeError
        If `X` is a stream of batches.
    ValueError
        If pictures have different sizes or too many axes, if nobody can tell where their
        channels are, or if `X` is a single picture like those that are known.
    """
    refuse_stream(X)
    objects = list_objects(X)
    if objects is not None:
        X = _to_array(objects)
    elif not hasattr(X, "shape"):
        X = _to_array(X)
    refuse_single_picture(tuple(X.shape), *known)
    if len(X.shape) > 4 and tuple(X.shape[1:]) not in known:
        raise ValueError(
            "Expected X of shape (n_samples, n_features), (n_samples, height, width) or "
            f"(n_samples, height, width, channels), got shape {tuple(X.shape)}. Reshape X."
        )
    if len(X.shape) < 3:
        return X, ()
    pictures = np.asarray(X)
    if pictures.ndim == 4 and pictures.shape[1:] not in known:
        pictures = put_channels_last(pictures)
        _refuse_doubtful_channels(pictures.shape[1:])
    sample_shape = pictures.shape[1:]
    return pictures.reshape(len(pictures), math.prod(sample_shape)), sample_shape


def list_objects(X: Any) -> list[AnyArray] | None:
    """List pictures that are the objects of an array, a Series or a single column.

    Parameters
    ----------
    X : array-like
        What a user has passed.

    Returns
    -------
    pictures : list of ndarray or None
        None where `X` does not hold arrays as objects.
    """
    shape: Shape = getattr(X, "shape", ())
    is_column = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    if not is_column or shape[0] == 0 or not hasattr(X, "__array__"):
        return None
    values = np.asarray(X).ravel()
    if values.dtype != object or np.ndim(values[0]) == 0:
        return None
    return [np.asarray(value) for value in values]


def put_channels_last(pictures: AnyArray) -> AnyArray:
    """Move the axis of the channels to the end, where it is certain to stand first.

    Parameters
    ----------
    pictures : ndarray of four axes
        Pictures.

    Returns
    -------
    pictures : ndarray of shape (n_samples, height, width, channels)
        A view.
    """
    _, first, *sides = pictures.shape
    stands_first = first <= _MOST_CHANNELS < min(sides)
    return np.moveaxis(pictures, 1, -1) if stands_first else pictures


def _refuse_doubtful_channels(shape: Shape) -> None:
    """Refuse pictures whose many channels may stand first or last."""
    first, second, last = shape
    if min(shape) > _MOST_CHANNELS and second == last != first:
        raise ValueError(
            f"Pictures of shape {shape} may have {first} channels that stand first, or {last} "
            "that stand last. If they stand first, pass X.transpose(0, 2, 3, 1). If last, say so "
            f"to KerasCNNClassifier: image_shape={shape}."
        )


def _to_array(X: ArrayLike) -> AnyArray:
    """Make an array of a list, with a clear error where the pictures differ in shape."""
    try:
        return np.asarray(X)
    except ValueError as error:
        raise ValueError(
            "Expected pictures of one shape, got pictures or rows of different lengths. "
            "Crop or resize the pictures to one height and width first, as "
            "skdigits.MNISTNormalizer() does."
        ) from error


def refuse_stream(X: Any) -> None:
    """Refuse what gives batch after batch: scikit-learn needs all samples at once.

    Parameters
    ----------
    X : object
        What a user has passed.

    Raises
    ------
    TypeError
        If it is a generator, a ``tf.data.Dataset``, a ``keras.utils.PyDataset`` or the like.
    """
    is_array = hasattr(X, "shape") or hasattr(X, "__array__") or isinstance(X, Sequence)
    if is_array or not (
        isinstance(X, Iterator)
        or hasattr(X, "element_spec")
        or (hasattr(X, "__getitem__") and hasattr(X, "__len__") and not hasattr(X, "keys"))
    ):
        return
    raise TypeError(
        f"Expected X to be an array of all samples, found {type(X).__module__}."
        f"{type(X).__qualname__}, which gives them one after another. Gather them first: "
        "X = np.concatenate([x for x, _ in batches]), and y the same way; then pass both, X and y."
    )


def refuse_single_picture(shape: Shape, *known: Shape) -> None:
    """Say how one picture is passed, where an estimator knows pictures like it.

    Parameters
    ----------
    shape : tuple of int
        Shape of what was passed.
    *known : tuple of int
        Shapes of a sample.

    Raises
    ------
    ValueError
        If it is a single picture.
    """
    if len(shape) < 2 or any(shape[1:] == each for each in known):
        return
    for each in known:
        side = math.isqrt(math.prod(each))
        as_picture = (side, side) if len(each) == 1 and side * side == each[0] else each
        if len(shape) == len(as_picture) - 1 and as_picture[-1] == 1:
            as_picture = as_picture[:-1]
        if shape == as_picture and shape[1:] != (math.prod(each),):
            raise ValueError(
                f"Expected an array of samples, found one picture of shape {shape}. Pass X[None], "
                "an array of one sample."
            )
