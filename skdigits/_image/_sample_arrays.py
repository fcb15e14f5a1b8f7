"""What a user passes as samples: rows of numbers, or images of one size in any container."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .._typing import AnyArray, ArrayLike
from ._shape import Shape, find_image_shape

#: Grey, grey and alpha, colours, colours and alpha.
_MOST_CHANNELS = 4
#: Types of samples that every estimator here takes without converting them.
_PLAIN_DTYPES = (np.dtype(np.uint8), np.dtype(np.float32))

#: Names of files, and what is in them.
_FILES = (str, bytes, os.PathLike)


def flatten_samples(X: ArrayLike, *known: Shape) -> tuple[ArrayLike, Shape]:
    """Flatten images into rows; leave everything else to scikit-learn's own checks.

    Images may also come in a list, an array of objects, a Series or a data frame of one
    column. Channels that come first, as in PyTorch, are moved to the end.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
        What a user has passed.
    *known : tuple of int
        Shapes of a sample that an estimator was fitted on, or that its parameters name.
        Samples of such a shape are taken as they are.

    Returns
    -------
    rows : array-like
        An array of shape (n_samples, n_values) for images, else what was passed, a list as
        an array. Channels are last within a row.
    image_shape : tuple of int
        Shape of an image, channels last; ``()`` if `X` does not hold images.

    Raises
    ------
    TypeError
        If `X` is a stream of batches.
    ValueError
        If images have different sizes or too many axes, if it is unclear which axis holds
        their channels, or if `X` is a single image like those that are known.
    """
    refuse_stream(X)
    objects = list_objects(X)
    if objects is not None:
        X = _to_array(objects)
    elif not hasattr(X, "shape"):
        X = _to_array(X)
    refuse_single_image(tuple(X.shape), *known)
    if len(X.shape) > 4 and tuple(X.shape[1:]) not in known:
        raise ValueError(
            "Expected X of shape (n_samples, n_features), (n_samples, height, width) or "
            f"(n_samples, height, width, channels), got shape {tuple(X.shape)}. Reshape X."
        )
    if len(X.shape) < 3:
        return X, ()
    images = np.asarray(X)
    if images.ndim == 4 and images.shape[1:] not in known:
        images = put_channels_last(images)
        _refuse_unclear_channels(images.shape[1:])
    image_shape = images.shape[1:]
    return images.reshape(len(images), math.prod(image_shape)), image_shape


def are_plain_rows(X: Any, estimator: Any) -> bool:
    """Say whether samples are certainly valid for a fitted estimator, just as they are.

    scikit-learn's checks would return such samples unchanged, and take longer than a small
    network takes to predict one of them.

    Parameters
    ----------
    X : array-like
        What a user has passed.
    estimator : estimator
        Whose ``n_features_in_`` counts; an estimator that is not fitted has none.

    Returns
    -------
    plain : bool
        True for rows of uint8 or finite float32 numbers, as many as the estimator was fitted
        on, in a plain array, if it does not expect names of features. False also where only
        the full checks can tell, as for float32 numbers whose sum overflows.
    """
    if type(X) is not np.ndarray or X.ndim != 2 or X.dtype not in _PLAIN_DTYPES or len(X) == 0:
        return False
    fitted = vars(estimator)
    if fitted.get("n_features_in_") != X.shape[1] or "feature_names_in_" in fitted:
        return False
    if X.dtype.kind == "u":
        return True
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(X.sum())


def is_list(X: Any) -> bool:
    """Say whether images are the items of a list or of an array of objects."""
    return isinstance(X, Sequence) or (isinstance(X, np.ndarray) and X.dtype.kind == "O")


def list_objects(X: Any) -> list[AnyArray] | None:
    """List images that are the objects of an array, a Series or a single column; else None."""
    shape: Shape = getattr(X, "shape", ())
    is_column = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    if not is_column or shape[0] == 0 or not hasattr(X, "__array__"):
        return None
    values = np.asarray(X).ravel()
    if values.dtype != object or np.ndim(values[0]) == 0:
        return None
    return [np.asarray(value) for value in values]


def put_channels_last(images: AnyArray) -> AnyArray:
    """Move the channels of images to the last axis, if they certainly come first; a view."""
    _, first, *sides = images.shape
    is_first = first <= _MOST_CHANNELS < min(sides)
    return np.moveaxis(images, 1, -1) if is_first else images


def _refuse_unclear_channels(shape: Shape) -> None:
    """Refuse images whose many channels may come first or last."""
    first, second, last = shape
    if min(shape) > _MOST_CHANNELS and second == last != first:
        raise ValueError(
            f"Images of shape {shape} may have {first} channels in the first axis or {last} in "
            "the last. If the channels come first, pass X.transpose(0, 2, 3, 1). If they come "
            f"last, pass the shape to KerasCNNClassifier: image_shape={shape}."
        )


def _to_array(X: ArrayLike) -> AnyArray:
    """Make an array of a list, with a clear error if the images differ in shape."""
    try:
        return np.asarray(X)
    except ValueError as error:
        raise ValueError(
            "Expected images of one shape, got images or rows of different lengths. "
            "Crop or resize the images to one height and width first, as "
            "skdigits.MNISTNormalizer() does."
        ) from error


def refuse_stream(X: Any) -> None:
    """Refuse a stream of batches: scikit-learn needs all samples at once.

    Streams are generators, ``tf.data.Dataset``, ``keras.utils.PyDataset`` and the like.
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
        f"{type(X).__qualname__}, which returns them batch by batch. Gather them first: "
        "X = np.concatenate([x for x, _ in batches]), and y the same way; then pass both, X and y."
    )


def refuse_files(images: Any) -> None:
    """Refuse names of files, or what is in them, and say how to read them."""
    is_file = isinstance(images, _FILES)
    first = images if is_file or not is_list(images) or not len(images) else images[0]
    if not isinstance(first, _FILES):
        return
    shown = "content" if isinstance(first, bytes) else repr(os.fspath(first))
    raise TypeError(
        f"Expected the pixels of an image, got {type(first).__name__}. Read the file first, with "
        f"skdigits.read_image({shown})."
    )


def refuse_single_image(shape: Shape, *known: Shape) -> None:
    """Say how to pass a single image, to an estimator that knows samples of its shape."""
    if len(shape) < 2 or any(shape[1:] == each for each in known):
        return
    for each in known:
        square = find_image_shape(each) if len(each) == 1 else None
        as_image = square[:2] if square else each
        if len(shape) == len(as_image) - 1 and as_image[-1] == 1:
            as_image = as_image[:-1]
        if shape == as_image and shape[1:] != (math.prod(each),):
            raise ValueError(
                f"Expected an array of samples, found one image of shape {shape}. Pass X[None], "
                "an array of one sample."
            )
