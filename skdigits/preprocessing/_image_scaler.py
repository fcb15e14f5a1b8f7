"""Reshape pictures and scale their pixels."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from .._image import flatten_samples
from .._sklearn_callbacks import CallbackSupportMixin, announced_fit, with_callbacks
from .._typing import AnyArray, ArrayLike, FloatArray
from ._ranges import check_dtype, check_range, map_range
from ._shapes import check_output_shape, check_picture_shape, resolve_output_shape


class ImageScaler(CallbackSupportMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Scale the pixels of pictures to a range and give the pictures one shape.

    ``data_range`` is mapped linearly onto ``feature_range``. Nothing is learnt
    from the values of the pixels: the same pixel always becomes the same
    feature, and `fit` only records the shape of the pictures.

    Parameters
    ----------
    output_shape : {"flat", "image"} or tuple of int, default="flat"
        Shape of one sample in the output.

        - ``"flat"``: ``(n_features,)``, what most classifiers expect.
        - ``"image"``: ``(height, width, channels)``. It is the shape of the
          pictures seen by `fit`, with one channel if they had no axis for
          channels. Flat samples are taken as square pictures with one channel.
        - A tuple: any shape that holds as many values as a picture.
    data_range : tuple of two numbers, default=(0, 255)
        Lowest and highest value that a pixel can have, the lowest first.
    feature_range : tuple of two numbers, default=(0.0, 1.0)
        Values that the two ends of ``data_range`` become, the lowest first.
    dtype : {"float16", "float32", "float64"}, default="float32"
        Data type of the output.

    Attributes
    ----------
    n_features_in_ : int
        Number of values in one picture.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen by `fit`. Defined only when `X` is a data
        frame whose column names are all strings.
    sample_shape_ : tuple of int
        Shape of one sample seen by `fit`, such as ``(784,)`` or ``(28, 28)``.
    output_shape_ : tuple of int
        Shape of one sample given by `transform`.

    See Also
    --------
    sklearn.preprocessing.MinMaxScaler : Learns the range of each feature from the data.

    Notes
    -----
    Values outside ``data_range`` are mapped by the same line, without clipping,
    as `sklearn.preprocessing.MinMaxScaler` does by default. Pixels that already
    lie in [0, 1] need ``data_range=(0, 1)``: nothing in the data tells them
    from very dark pictures.

    Pictures whose channels stand first, as (3, 28, 28), are taken as (28, 28, 3), and so
    are flat rows of them, unless ``output_shape`` names that very shape.

    The input is never written into, and beside the output only a block of a few
    hundred kilobytes is used, whatever the data type of the input.

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
        """Check the parameters and record the shape of the pictures.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels)
            Pictures with finite real values. Data frames are flat pictures.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : ImageScaler
            The fitted transformer.

        Raises
        ------
        ValueError
            If a parameter or `X` is not valid, or if the pictures do not fit
            into ``output_shape``.
        """
        check_range("data_range", self.data_range)
        check_range("feature_range", self.feature_range)
        check_dtype(self.dtype)
        check_output_shape(self.output_shape)
        pictures, picture_shape = flatten_samples(X, *self._named_shapes())
        checked = check_array(pictures, estimator=self, input_name="X")
        # Only now is it known that a two-dimensional X is one: a list of numbers is not.
        sample_shape = picture_shape or checked.shape[1:]
        output_shape = resolve_output_shape(self.output_shape, sample_shape)
        validate_data(self, pictures, skip_check_array=True)
        with announced_fit(self, X, y):
            self.output_shape_ = output_shape
            self.sample_shape_ = sample_shape
        return self

    def transform(self, X: ArrayLike) -> FloatArray:
        """Scale pictures and give them the shape ``output_shape``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels)
            Pictures of the size seen by `fit`, flat or not.

        Returns
        -------
        X_scaled : ndarray of shape (n_samples, \\*output_shape_)
            The scaled pictures, in ``dtype``. A data frame if `set_output` asked
            for one.

        Raises
        ------
        ValueError
            If `X` is not valid or its pictures differ in shape from those seen
            by `fit`, or if `set_output` asked for a data frame and the output is
            not flat.
        """
        check_is_fitted(self)
        self._check_container()
        X, sample_shape = flatten_samples(X, self.sample_shape_, *self._named_shapes())
        X = validate_data(self, X, reset=False)
        check_picture_shape(sample_shape, self.sample_shape_, self.output_shape_)
        scaled = map_range(X, self.data_range, self.feature_range, np.dtype(self.dtype))
        return scaled.reshape(-1, *self.output_shape_)

    def inverse_transform(self, X: ArrayLike) -> FloatArray:
        """Give scaled pictures their original range and shape back.

        Parameters
        ----------
        X : array-like of shape (n_samples, \\*output_shape_) or (n_samples, n_features)
            Scaled pictures, such as `transform` gives.

        Returns
        -------
        X_original : ndarray of shape (n_samples, \\*sample_shape_)
            Pictures in ``data_range``: float64 if ``dtype`` is ``"float64"``,
            otherwise float32. Pictures of integers come back as floats that
            ``np.rint`` turns into exactly the integers they were, as long as
            ``dtype`` can tell the scaled values apart.

        Raises
        ------
        ValueError
            If `X` is not valid or its pictures differ in shape from those that
            `transform` gives.
        """
        check_is_fitted(self)
        X, sample_shape = flatten_samples(X, self.output_shape_)
        X = check_array(X, estimator=self, input_name="X")
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[1]} features, but ImageScaler is expecting "
                f"{self.n_features_in_} features as input. Pass pictures such as transform gives."
            )
        check_picture_shape(sample_shape, self.output_shape_, self.sample_shape_)
        dtype = np.result_type(np.dtype(self.dtype), np.float32)
        original = map_range(X, self.feature_range, self.data_range, dtype)
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
        return super().get_feature_names_out(input_features)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        # The output always has the data type that the parameter names.
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _named_shapes(self) -> list[tuple[int, ...]]:
        """Shapes of a picture that the parameter names: such pictures are taken as they are."""
        shape = () if isinstance(self.output_shape, str) else tuple(self.output_shape)
        return [shape] if len(shape) == 3 else []

    def _check_container(self) -> None:
        """Refuse a data frame for samples that are not flat."""
        # scikit-learn has no public name for what set_output recorded.
        config = getattr(self, "_sklearn_output_config", {})
        container = config.get("transform", get_config()["transform_output"])
        if container != "default" and len(self.output_shape_) != 1:
            raise ValueError(
                f"A {container} DataFrame holds flat samples only, but the output has samples of "
                f'shape {self.output_shape_}. Use ImageScaler(output_shape="flat") or '
                'set_output(transform="default").'
            )
