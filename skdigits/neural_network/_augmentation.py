"""Random shifts, rotations and zooms of the training pictures, inside the compiled step."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval

from ..exceptions import NetworkShapeError


class ImageAugmentation(BaseEstimator):
    """Random changes of a training picture that leave its digit the same.

    Every picture of every epoch is moved by an amount of its own, drawn uniformly.
    Pixels that come in from outside take the smallest value of their picture.
    Prediction is not affected.

    Parameters
    ----------
    shift : float, default=2.0
        Largest move along each axis, in pixels, at least 0.
    rotation : float, default=10.0
        Largest turn to either side, in degrees, in [0, 180].
    zoom : float, default=0.1
        Largest relative change of size, in [0, 1): 0.1 for 90 to 110 %.

    See Also
    --------
    KerasCNNClassifier : Takes it as ``augmentation``.

    Notes
    -----
    The values ``"light"`` and ``"strong"`` of ``augmentation`` stand for
    ``ImageAugmentation(shift=1.0, rotation=5.0, zoom=0.05)`` and
    ``ImageAugmentation(shift=2.5, rotation=12.0, zoom=0.15)``. A mirrored digit is
    another digit or none, so there is no flip.

    Examples
    --------
    >>> from skdigits import ImageAugmentation, KerasCNNClassifier
    >>> classifier = KerasCNNClassifier(augmentation=ImageAugmentation(shift=1.0))
    >>> classifier.set_params(augmentation__rotation=5.0).augmentation
    ImageAugmentation(rotation=5.0, shift=1.0)
    """

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - scikit-learn's convention
        "shift": [Interval(Real, 0, None, closed="left")],
        "rotation": [Interval(Real, 0, 180, closed="both")],
        "zoom": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(self, *, shift: float = 2.0, rotation: float = 10.0, zoom: float = 0.1) -> None:
        self.shift = shift
        self.rotation = rotation
        self.zoom = zoom

    def _validate(self) -> None:
        """Check the ranges; called by the ``fit`` of a classifier."""
        self._validate_params()


PRESETS = {
    "light": ImageAugmentation(shift=1.0, rotation=5.0, zoom=0.05),
    "strong": ImageAugmentation(shift=2.5, rotation=12.0, zoom=0.15),
}


def find_augmentation(augmentation: str | ImageAugmentation | None) -> ImageAugmentation | None:
    """Resolve a preset's name and check the ranges.

    Parameters
    ----------
    augmentation : {"light", "strong"}, ImageAugmentation or None
        The classifier's parameter.

    Returns
    -------
    augmentation : ImageAugmentation or None
        The object.
    """
    if isinstance(augmentation, str):
        augmentation = PRESETS[augmentation]
    if augmentation is not None:
        augmentation._validate()
    return augmentation


def make_augment(
    augmentation: ImageAugmentation, input_shape: tuple[int, ...]
) -> Callable[[Any, Any], Any]:
    """Make the function that changes a batch of pictures.

    Parameters
    ----------
    augmentation : ImageAugmentation
        The ranges.
    input_shape : tuple of int
        Shape of one sample: (height, width, channels), or flat for a square.

    Returns
    -------
    augment : callable
        Takes a float32 batch and an int32 seed of shape (2,).

    Raises
    ------
    NetworkShapeError
        If a flat sample is no square picture.
    """
    height, width, channels = _picture_shape(input_shape)
    shift, zoom = float(augmentation.shift), float(augmentation.zoom)
    angle = math.radians(augmentation.rotation)

    def augment(x: Any, seed: Any) -> Any:
        import tensorflow as tf

        n = tf.shape(x)[0]
        draw = tf.random.stateless_uniform((4, n), seed, -1.0, 1.0)
        turn, scale = angle * draw[0], 1.0 + zoom * draw[1]
        right, down = shift * draw[2], shift * draw[3]
        cos, sin = tf.cos(turn) / scale, tf.sin(turn) / scale
        x_mid, y_mid = (width - 1) / 2, (height - 1) / 2
        zero = tf.zeros_like(cos)
        # Output pixel (u, v) is read from the input at the turned, scaled and moved place.
        transforms = tf.stack(
            [
                cos,
                -sin,
                x_mid - cos * (x_mid + right) + sin * (y_mid + down),
                sin,
                cos,
                y_mid - sin * (x_mid + right) - cos * (y_mid + down),
                zero,
                zero,
            ],
            axis=1,
        )
        pictures = tf.reshape(x, (-1, height, width, channels))
        background = tf.reduce_min(pictures, axis=(1, 2, 3), keepdims=True)
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=pictures - background,
            transforms=transforms,
            output_shape=(height, width),
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
        )
        return tf.reshape(moved + background, tf.shape(x))

    return augment


def _picture_shape(input_shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Find height, width and channels of a sample."""
    if len(input_shape) == 3:
        return input_shape[0], input_shape[1], input_shape[2]
    if len(input_shape) == 2:
        return input_shape[0], input_shape[1], 1
    side = math.isqrt(input_shape[0])
    if side * side != input_shape[0]:
        raise NetworkShapeError(
            f"augmentation needs square pictures, but {input_shape[0]} features are no square. "
            "Pass samples of shape (height, width), or augmentation=None."
        )
    return side, side, 1
