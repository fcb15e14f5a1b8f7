"""Random changes of training images, as part of the compiled step: ranges and presets."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any, ClassVar

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, StrOptions, validate_parameter_constraints

from ..._image import require_image_shape

_CONSTRAINTS: dict[str, list[Any]] = {
    "shift": [Interval(Real, 0, math.inf, closed="left")],
    "rotation": [Interval(Real, 0, 180, closed="both")],
    "zoom": [Interval(Real, 0, 1, closed="left")],
    "shear": [Interval(Real, 0, math.inf, closed="left")],
    "stretch": [Interval(Real, 0, 1, closed="left")],
    "elastic": [Interval(Real, 0, math.inf, closed="left")],
    "elastic_scale": [Interval(Real, 0, math.inf, closed="neither")],
    "thickness": [Interval(Real, 0, 1, closed="both")],
    "interpolation": [StrOptions({"bilinear", "bicubic", "lanczos3"})],
}


class ImageAugmentation(BaseEstimator):
    """Random changes of a training image that leave its digit the same.

    Every image is changed in every epoch by newly drawn amounts. Its strokes are made
    thicker or thinner, then it is stretched, slanted, turned, resized and moved by
    amounts drawn uniformly, and distorted by a random field. Pixels that come in from
    outside get the smallest value of their image. Prediction is not affected.

    Parameters
    ----------
    shift : float, default=2.0
        Largest shift along each axis, in pixels, at least 0.
    rotation : float, default=10.0
        Largest rotation to either side, in degrees, in [0, 180].
    zoom : float, default=0.1
        Largest relative change of size, in [0, 1): 0.1 for 90 to 110%.
    shear : float, default=0.0
        Largest slant to either side, in pixels sideways per pixel upwards, at
        least 0: 0.15 tilts an upright stroke by up to 8.5 degrees.
    stretch : float, default=0.0
        Largest relative change of the width, in [0, 1), while the height changes the
        other way: 0.1 for images up to 10% wider and 9% lower.
    elastic : float, default=0.0
        Standard deviation of the elastic displacement of a pixel along each axis, in
        pixels, at least 0.
    elastic_scale : float, default=4.0
        Standard deviation of the Gaussian that smooths the displacements, in pixels,
        above 0: small for wavy strokes, large for bent ones.
    thickness : float, default=0.0
        Largest growth of the strokes to each side, in pixels, in [0, 1]. They shrink by
        at most half of it, so that thin ones do not vanish.
    interpolation : {"bilinear", "bicubic", "lanczos3"}, default="bilinear"
        How pixels are interpolated. ``"bilinear"`` is the fastest and blurs a little,
        so that a network is trained on softer strokes than it has to predict; the others
        preserve more of the sharpness, ``"lanczos3"`` the most.

    See Also
    --------
    KerasCNNClassifier : Its parameter ``augmentation`` takes these changes.

    Notes
    -----
    The values ``"light"`` and ``"strong"`` of ``augmentation`` stand for
    ``ImageAugmentation(shift=1.0, rotation=5.0, zoom=0.05)`` and
    ``ImageAugmentation(shift=2.5, rotation=12.0, zoom=0.15, shear=0.15, elastic=0.8)``.
    They are meant for MNIST's framing: 28 pixels per side, with the digit in the central
    20. A mirrored digit is another digit or none, so there is no flip.

    The elastic distortion is that of [1]_: noise at every pixel, smoothed by a Gaussian.
    Its authors use noise between -1 and 1, a Gaussian of 4 pixels and a factor of 34,
    which is ``elastic=1.4``. Here the smoothed noise keeps its standard deviation for
    any Gaussian, so that `elastic` and `elastic_scale` can be tuned independently.

    References
    ----------
    .. [1] P. Y. Simard, D. Steinkraus and J. C. Platt, "Best practices for
       convolutional neural networks applied to visual document analysis", ICDAR 2003.

    Examples
    --------
    >>> from skdigits import ImageAugmentation, KerasCNNClassifier
    >>> classifier = KerasCNNClassifier(augmentation=ImageAugmentation(shift=1.0))
    >>> classifier.set_params(augmentation__rotation=5.0).augmentation
    ImageAugmentation(rotation=5.0, shift=1.0)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = _CONSTRAINTS

    def __init__(
        self,
        *,
        shift: float = 2.0,
        rotation: float = 10.0,
        zoom: float = 0.1,
        shear: float = 0.0,
        stretch: float = 0.0,
        elastic: float = 0.0,
        elastic_scale: float = 4.0,
        thickness: float = 0.0,
        interpolation: str = "bilinear",
    ) -> None:
        self.shift = shift
        self.rotation = rotation
        self.zoom = zoom
        self.shear = shear
        self.stretch = stretch
        self.elastic = elastic
        self.elastic_scale = elastic_scale
        self.thickness = thickness
        self.interpolation = interpolation


PRESETS = {
    "light": ImageAugmentation(shift=1.0, rotation=5.0, zoom=0.05),
    "strong": ImageAugmentation(shift=2.5, rotation=12.0, zoom=0.15, shear=0.15, elastic=0.8),
}


def find_augmentation(augmentation: str | ImageAugmentation | None) -> ImageAugmentation | None:
    """Get the changes that a parameter of a classifier stands for, and check their ranges."""
    if isinstance(augmentation, str):
        augmentation = PRESETS[augmentation]
    if augmentation is not None:
        name = type(augmentation).__name__
        validate_parameter_constraints(_CONSTRAINTS, augmentation.get_params(), name)
    return augmentation


def make_augment(
    augmentation: ImageAugmentation, input_shape: tuple[int, ...]
) -> Callable[[Any, Any], Any]:
    """Make the function that changes a batch of images.

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
        If a flat sample does not form a square image.
    """
    height, width, channels = require_image_shape(input_shape, "augmentation")
    # Plain values, read now: the object may be changed before the function is traced.
    parameters = augmentation.get_params()
    interpolation = parameters.pop("interpolation")
    ranges = {name: float(value) for name, value in parameters.items()}
    elastic, elastic_scale = ranges.pop("elastic"), ranges.pop("elastic_scale")
    thickness = ranges.pop("thickness")
    is_enlarged = thickness > 0 or interpolation != "bilinear"

    def augment(x: Any, seed: Any) -> Any:
        import tensorflow as tf

        from ._geometry import (
            FACTOR,
            draw_places,
            draw_transforms,
            enlarge,
            map_blocks,
            move,
            on_larger,
            sample,
        )
        from ._strokes import change_thickness, draw_growth

        images = tf.reshape(x, (-1, height, width, channels))
        size, n_images = (height, width), tf.shape(images)[0]
        transforms = draw_transforms(n_images, seed, size, **ranges)
        factor = FACTOR if is_enlarged else 1
        if is_enlarged:
            transforms = on_larger(transforms)
        if thickness:
            growth = FACTOR * draw_growth(n_images, seed, thickness)

        # Changes apply to the differences from the smallest value of each image.
        background = tf.reduce_min(images, axis=(1, 2, 3), keepdims=True)
        ink = images - background

        def distort(start: Any, end: Any) -> Any:
            block, maps = ink[start:end], transforms[start:end]
            if is_enlarged:
                block = enlarge(block, interpolation)
            if thickness:
                block = change_thickness(block, growth[start:end], FACTOR)
            if not elastic:
                return move(block, maps, size)
            block_seed = tf.random.experimental.stateless_fold_in(seed, start)
            deviation = factor * elastic
            return sample(block, draw_places(maps, block_seed, size, deviation, elastic_scale))

        if elastic or is_enlarged:
            changed = map_blocks(distort, ink, factor**2)
        else:
            changed = move(ink, transforms, size)
        return tf.reshape(changed + background, tf.shape(x))

    return augment
