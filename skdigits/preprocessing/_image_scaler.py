"""Reshape images and scale their pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from .._image import (
    Shape,
    are_plain_rows,
    check_n_values,
    check_same_image_shape,
    find_image_shape,
    flatten_samples,
)
from .._sklearn_callbacks import CallbackSupportMixin, announced_fit, with_callbacks
from .._typing import AnyArray, ArrayLike, FloatArray

_DTYPES = (np.dtype("float16"), np.dtype("float32"), np.dtype("float64"))
#: Every step of the arithmetic on a block of this many values stays in the cache.
_BLOCK_VALUES = 1 << 16


class ImageScaler(CallbackSupportMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Scale the pixels of images to a range and give the images one shape.

    ``data_range`` is mapped linearly onto ``feature_range``. Nothing is learnt
    from the values of the pixels: the same value is always mapped to the same
    feature, and `fit` only records the shape of the images.

    Parameters
    ----------
    output_shape : {"flat", "image"} or tuple of int, default="flat"
        Shape of one sample in the output.

        - ``"flat"``: ``(n_features,)``, what most classifiers expect.
        - ``"image"``: ``(height, width, channels)``. It is the shape of the
          images seen by `fit`, with one channel if they had no axis for
          channels. Flat samples are treated as square images with one channel.
        - A tuple: any shape with as many values as an image.
    data_range : tuple of two numbers, default=(0, 255)
        Lowest and highest value that a pixel can have, the lowest first.
    feature_range : tuple of two numbers, default=(0.0, 1.0)
        Values that the two ends of ``data_range`` are mapped to, the lowest first.
    dtype : {"float16", "float32", "float64"}, default="float32"
        Data type of the output.

    Attributes
    ----------
    n_features_in_ : int
        Number of values in one image.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen by `fit`. Defined only when `X` is a data
        frame whose column names are all strings.
    sample_shape_ : tuple of int
        Shape of one sample seen by `fit`, such as ``(784,)`` or ``(28, 28)``.
    output_shape_ : tuple of int
        Shape of one sample returned by `transform`.

    See Also
    --------
    sklearn.preprocessing.MinMaxScaler : Learns the range of each feature from the data.

    Notes
    -----
    Values outside ``data_range`` are mapped linearly too, without clipping,
    as `sklearn.preprocessing.MinMaxScaler` does by default. Pixels that already
    lie in [0, 1] need ``data_range=(0, 1)``: nothing in the data distinguishes them
    from very dark images.

    If channels come first, as in images of shape (3, 28, 28), they are moved to the end,
    (28, 28, 3), also in the flat output, unless ``output_shape`` is exactly the shape of
    the images.

    The input is never modified. Apart from the output, a few hundred kilobytes of memory
    are used, whatever the data type of the input.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.preprocessing import ImageScaler
    >>> X = np.array([[0, 51, 102, 255]], dtype=np.uint8)
    >>> ImageScaler().fit_transform(X)
    array([[0. , 0.2, 0.4, 1. ]], dtype=float32)
    >>> ImageScaler(output_shape="image", feature_range=(-0.5, 0.5)).fit_transform(X).shape
    (1, 2, 2, 1)
    """

    n_features_in_: int
    sample_shape_: tuple[int, ...]
    output_shape_: tuple[int, ...]

    def __init__(
        self,
        *,
        output_shape: str | tuple[int, ...] = "flat",
        data_range: tuple[float, float] = (0, 255),
        feature_range: tuple[float, float] = (0.0, 1.0),
        dtype: str = "float32",
    ) -> None:
        self.output_shape = output_shape
        self.data_range = data_range
        self.feature_range = feature_range
        self.dtype = dtype

    @with_callbacks
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Check the parameters and record the shape of the images.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels)
            Images with finite real values. Data frames are flat images.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : ImageScaler
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter or `X` is not valid, or if the images do not fit
            into ``output_shape``.
        """
        _check_range("data_range", self.data_range)
        _check_range("feature_range", self.feature_range)
        _check_dtype(self.dtype)
        _check_output_shape(self.output_shape)
        images, given_shape = flatten_samples(X, *self._named_shapes())
        checked = check_array(images, estimator=self, input_name="X")
        # Only now it is certain that X has two axes: a list of numbers does not.
        sample_shape = given_shape or checked.shape[1:]
        output_shape = _resolve_output_shape(self.output_shape, sample_shape)
        validate_data(self, images, skip_check_array=True)
        with announced_fit(self, X, y):
            self.output_shape_ = output_shape
            self.sample_shape_ = sample_shape
        return self

    def transform(self, X: ArrayLike) -> FloatArray:
        """Scale images and give them the shape ``output_shape``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels)
            Images of the size seen by `fit`, flat or not.

        Returns
        -------
        X_scaled : ndarray of shape (n_samples, \\*output_shape_)
            The scaled images, in ``dtype``. A data frame if `set_output` asked
            for one.

        Raises
        ------
        ValueError
            If `X` is not valid or its images differ in shape from those seen
            by `fit`, or if `set_output` asked for a data frame and the output is
            not flat.
        """
        is_plain = are_plain_rows(X, self)
        if not is_plain:
            check_is_fitted(self)
        self._check_container()
        if not is_plain:
            X, sample_shape = flatten_samples(X, self.sample_shape_, *self._named_shapes())
            X = validate_data(self, X, reset=False)
            check_same_image_shape(sample_shape, self.sample_shape_, self.output_shape_)
        scaled = _map_range(X, self.data_range, self.feature_range, np.dtype(self.dtype))
        return scaled.reshape(-1, *self.output_shape_)

    def inverse_transform(self, X: ArrayLike) -> FloatArray:
        """Restore the original range and shape of scaled images.

        Parameters
        ----------
        X : array-like of shape (n_samples, \\*output_shape_) or (n_samples, n_features)
            Scaled images, as returned by `transform`.

        Returns
        -------
        X_original : ndarray of shape (n_samples, \\*sample_shape_)
            Images in ``data_range``: float64 if ``dtype`` is ``"float64"``,
            otherwise float32. Integers are restored as floats that ``np.rint`` rounds
            to exactly the original integers, as long as ``dtype`` can distinguish the
            scaled values.

        Raises
        ------
        ValueError
            If `X` is not valid or its images differ in shape from those that
            `transform` returns.
        """
        check_is_fitted(self)
        X, sample_shape = flatten_samples(X, self.output_shape_)
        X = check_array(X, estimator=self, input_name="X")
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[1]} features, but ImageScaler is expecting "
                f"{self.n_features_in_} features as input. Pass images as returned by transform."
            )
        check_same_image_shape(sample_shape, self.output_shape_, self.sample_shape_)
        dtype = np.result_type(np.dtype(self.dtype), np.float32)
        original = _map_range(X, self.feature_range, self.data_range, dtype)
        return original.reshape(-1, *self.sample_shape_)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> AnyArray:
        """Get the names of the features of a flat output.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the input features. If None, ``feature_names_in_`` where it
            is defined, otherwise ``["x0", "x1", ...]``. If given, they must equal
            ``feature_names_in_`` where it is defined.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_in_,)
            Names of the output features, the same as those of the input.

        Raises
        ------
        ValueError
            If the output is not flat, or `input_features` do not fit.
        """
        check_is_fitted(self)
        if len(self.output_shape_) != 1:
            raise ValueError(
                "Only a flat output has feature names, but the samples of this one have shape "
                f'{self.output_shape_}. Use ImageScaler(output_shape="flat").'
            )
        names: AnyArray = super().get_feature_names_out(input_features)
        return names

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        # The data type of the output is a parameter.
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _named_shapes(self) -> list[tuple[int, ...]]:
        """List the shapes that a parameter names: images of such a shape are taken as they are."""
        shape = () if isinstance(self.output_shape, str) else tuple(self.output_shape)
        return [shape] if len(shape) == 3 else []

    def _check_container(self) -> None:
        """Refuse a data frame for samples that are not flat."""
        if len(self.output_shape_) == 1:
            return
        # scikit-learn has no public name for what set_output recorded.
        config = getattr(self, "_sklearn_output_config", {})
        container = config.get("transform", get_config()["transform_output"])
        if container != "default":
            raise ValueError(
                f"A {container} DataFrame holds flat samples only, but the output has samples of "
                f'shape {self.output_shape_}. Use ImageScaler(output_shape="flat") or '
                'set_output(transform="default").'
            )


def _check_range(name: str, value: Any) -> None:
    """Refuse anything but two finite numbers in increasing order."""
    with suppress(TypeError, ValueError):
        low, high = (float(end) for end in value)
        if low < high and math.isfinite(high - low):
            return
    raise ValueError(
        f"{name} must be two finite numbers in increasing order, such as (0, 255), got {value!r}."
    )


def _check_dtype(dtype: Any) -> None:
    """Refuse anything but the three floating point types."""
    with suppress(TypeError):
        # NumPy reads None as float64.
        if dtype is not None and np.dtype(dtype) in _DTYPES:
            return
    raise ValueError(f'dtype must be "float16", "float32" or "float64", got {dtype!r}.')


def _map_range(
    X: AnyArray,
    source: tuple[float, float],
    target: tuple[float, float],
    dtype: np.dtype[Any],
) -> FloatArray:
    """Map one range linearly onto another, block by block, into a new array."""
    out = np.empty(X.shape, dtype=dtype)
    # Wide integers and float64 would lose digits, or overflow, if they were cast first.
    working_dtype = np.result_type(X.dtype, dtype, np.float32)
    (low, high), (new_low, new_high) = map(float, source), map(float, target)
    is_final = working_dtype == dtype
    n_rows = max(1, _BLOCK_VALUES // X.shape[1])
    for start in range(0, len(X), n_rows):
        rows = slice(start, start + n_rows)
        block = out[rows] if is_final else np.empty_like(out[rows], working_dtype)
        block[:] = X[rows]
        if low:
            block -= low
        # A division and a product, in place of one factor, keep the ends of the range exact.
        block /= high - low
        if new_high - new_low != 1:
            block *= new_high - new_low
        # Also 0 is added: it makes -0.0 a plain 0.
        block += new_low
        if not is_final:
            out[rows] = block
    return out


def _check_output_shape(output_shape: Any) -> None:
    """Refuse anything but "flat", "image" and a shape."""
    if isinstance(output_shape, str):
        valid = output_shape in ("flat", "image")
    else:
        valid = isinstance(output_shape, Sequence) and len(output_shape) > 0
        valid = valid and all(isinstance(n, Integral) and int(n) > 0 for n in output_shape)
    if not valid:
        raise ValueError(
            'output_shape must be "flat", "image" or a tuple of positive integers, such as '
            f"(28, 28, 1), got {output_shape!r}."
        )


def _resolve_output_shape(output_shape: str | Shape, sample_shape: Shape) -> Shape:
    """Find the shape of one output sample from that of one input sample."""
    n_features = math.prod(sample_shape)
    if output_shape == "flat":
        return (n_features,)
    if output_shape == "image":
        image_shape = find_image_shape(sample_shape)
        if image_shape is None:
            raise ValueError(
                f"{n_features} features do not form a square image, so their height and width are "
                "unknown. Pass them: output_shape=(height, width, 1)."
            )
        return image_shape
    shape = tuple(int(n) for n in output_shape)
    check_n_values("output_shape", shape, sample_shape)
    return shape
