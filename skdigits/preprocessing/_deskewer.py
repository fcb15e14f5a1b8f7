"""Straighten the slant of images."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_array, gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data

from .._image import (
    Shape,
    check_image_shape,
    check_same_image_shape,
    choose_image_shape,
    flatten_samples,
)
from .._sklearn_callbacks import CallbackSupportMixin, announced_fit, with_callbacks
from .._typing import AnyArray, ArrayLike, FloatArray

#: Bytes stay bytes; all other types become float32.
_DTYPES = [np.float32, np.uint8]
#: Every step of the arithmetic on a block of this many values stays in the cache.
_BLOCK_VALUES = 1 << 15
#: If less than this share of the ink lies off one row, that is a rounding error and not a slant.
_SMALLEST_VARIANCE = 1e-12


class Deskewer(CallbackSupportMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Straighten the slant of images by their second moments.

    Each row of an image is moved sideways in proportion to its distance from the
    centre of the ink, so far that the covariance of the ink's two coordinates
    becomes zero. The slant of a digit says little about which digit it is, so
    a classifier that compares images pixel by pixel benefits from its removal.

    Parameters
    ----------
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)`` of an image. If
        None, it is the shape of the samples, and flat samples are treated as square
        images; those that do not form a square are treated as one row of pixels,
        which has no slant, with a warning.

    Attributes
    ----------
    n_features_in_ : int
        Number of values in one image.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns seen by `fit`. Defined only when `X` is a data
        frame whose column names are all strings.
    sample_shape_ : tuple of int
        Shape of one sample seen by `fit`, such as ``(784,)`` or ``(28, 28)``.
    image_shape_ : tuple of int
        ``(height, width, channels)`` of the images.

    See Also
    --------
    ImageScaler : Scales the pixels and flattens images.
    skdigits.neural_network.ImageAugmentation : Varies the images instead.

    Notes
    -----
    The method is the deslanting of [1]_, with the brightness of a pixel as its
    weight in the moments. The darkest value of an image is treated as its background, so
    it does not matter whether the pixels have been scaled before. Dark ink on a
    bright background has to be inverted first. All channels are moved together.

    Rows are interpolated linearly between two pixels, which preserves the amount and
    the centre of the ink, except for ink that is moved out of the image and lost.
    Images without a slant and blank images are returned unchanged. Nothing is
    learnt from the images: `fit` only records their shape. Apart from the output, and
    a copy of `X` if its type is neither uint8 nor float32, a few megabytes of memory
    are used.

    In a pipeline it belongs before an `ImageScaler`, which flattens the images by
    default, so that their height and width would have to be guessed.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.preprocessing import Deskewer
    >>> slanted = np.eye(3)[np.newaxis]
    >>> Deskewer().fit_transform(slanted)
    array([[[0., 1., 0.],
            [0., 1., 0.],
            [0., 1., 0.]]], dtype=float32)
    """

    n_features_in_: int
    sample_shape_: tuple[int, ...]
    image_shape_: tuple[int, int, int]

    def __init__(self, *, image_shape: tuple[int, ...] | None = None) -> None:
        self.image_shape = image_shape

    @with_callbacks
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Check the parameter and record the shape of the images.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels)
            Images with finite real values. Data frames are flat images.
        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : Deskewer
            The fitted transformer.

        Raises
        ------
        ValueError
            If ``image_shape`` or `X` is not valid, or if they do not match.

        Warns
        -----
        UserWarning
            If flat samples do not form a square image, and are treated as one row.
        """
        check_image_shape(self.image_shape)
        known = () if self.image_shape is None else (tuple(self.image_shape),)
        images, given_shape = flatten_samples(X, *known)
        checked = check_array(images, dtype=_DTYPES, estimator=self, input_name="X")
        # Only now it is certain that X has two axes: a list of numbers does not.
        sample_shape = given_shape or checked.shape[1:]
        image_shape = choose_image_shape(self.image_shape, sample_shape)
        check_same_image_shape(given_shape, image_shape)
        validate_data(self, images, skip_check_array=True)
        with announced_fit(self, X, y):
            self.image_shape_ = image_shape
            self.sample_shape_ = sample_shape
        return self

    def transform(self, X: ArrayLike) -> FloatArray:
        """Straighten images.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), (n_samples, height, width) or \
                (n_samples, height, width, channels)
            Images of the size seen by `fit`, flat or not.

        Returns
        -------
        X_deskewed : ndarray of the shape of `X`
            The straightened images, in float32. A data frame if `set_output` asked
            for one.

        Raises
        ------
        ValueError
            If `X` is not valid or its images differ in shape from those seen
            by `fit`, or if `set_output` asked for a data frame and `X` is not flat.
        """
        check_is_fitted(self, "image_shape_")
        X, given_shape = flatten_samples(X, self.sample_shape_)
        self._check_container(given_shape)
        X = validate_data(self, X, dtype=_DTYPES, reset=False)
        check_same_image_shape(given_shape, self.sample_shape_, self.image_shape_)
        deskewed = _deskew(X, self.image_shape_)
        return deskewed.reshape(-1, *(given_shape or (self.n_features_in_,)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        # The output is float32, whatever the input is.
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _check_container(self, given_shape: Shape) -> None:
        """Refuse a data frame for samples that are not flat."""
        # scikit-learn has no public name for what set_output recorded.
        config = getattr(self, "_sklearn_output_config", {})
        container = config.get("transform", get_config()["transform_output"])
        if container != "default" and given_shape:
            raise ValueError(
                f"A {container} DataFrame holds flat samples only, but X has samples of shape "
                f'{given_shape}. Make X flat or use set_output(transform="default").'
            )


def _deskew(X: AnyArray, image_shape: tuple[int, int, int]) -> FloatArray:
    """Straighten flat images, block by block, into a new array."""
    out = np.empty(X.shape, dtype=np.float32)
    for block in gen_batches(X.shape[0], max(1, _BLOCK_VALUES // X.shape[1])):
        images = X[block].astype(np.float64).reshape(-1, *image_shape)
        images = images.swapaxes(2, 3)  # a row of one channel is now contiguous
        ground = images.min(axis=(1, 3), keepdims=True)
        ink = images - ground
        offsets = _row_offsets(ink.sum(axis=2))
        sheared = _read_rows(ink, offsets[:, :, np.newaxis]) + ground
        out[block] = sheared.swapaxes(2, 3).reshape(-1, X.shape[1])
    return out


def _row_offsets(ink: FloatArray) -> FloatArray:
    """Find how far each row is displaced, compared with an upright image."""
    y, x = np.arange(ink.shape[1]), np.arange(ink.shape[2])
    mass, moment = ink.sum(axis=2), ink @ x  # of each row
    total = mass.sum(axis=1, keepdims=True)
    total[total == 0] = 1.0  # a blank image: all that follows is zero
    distance = y - (mass * y).sum(axis=1, keepdims=True) / total
    centre = moment.sum(axis=1, keepdims=True) / total
    covariance = ((moment - centre * mass) * distance).sum(axis=1, keepdims=True)
    variance = (mass * distance**2).sum(axis=1, keepdims=True)
    slanted = variance > _SMALLEST_VARIANCE * total
    slant = np.divide(covariance, variance, out=np.zeros_like(variance), where=slanted)
    offsets: FloatArray = slant * distance
    return offsets


def _read_rows(ink: FloatArray, offsets: FloatArray) -> FloatArray:
    """Read each row from a fractional offset, by linear interpolation, with zeros around it."""
    width = ink.shape[-1]
    rows = ink.reshape(-1, width)
    offset = np.broadcast_to(offsets, ink.shape[:-1]).ravel()
    whole = np.floor(offset)
    part = (offset - whole)[:, np.newaxis]
    # A row that is read from farther away than this is empty in any case.
    margin = width + 1
    start = (np.clip(whole, -margin, width) + margin).astype(np.intp)
    padded = np.pad(rows, ((0, 0), (margin, margin)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, width + 1, axis=1)
    read = windows[np.arange(len(rows)), start]
    # Two weights, rather than a difference, so that a part of 0 or 1 gives exactly the pixels.
    between: FloatArray = (1 - part) * read[:, :-1] + part * read[:, 1:]
    return between.reshape(ink.shape)
