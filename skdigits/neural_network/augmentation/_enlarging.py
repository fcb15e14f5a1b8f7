"""Pictures on a finer grid, from which bilinear interpolation reads without blur."""

from __future__ import annotations

import tensorflow as tf

#: Pixels of the finer grid for each pixel, along each axis.
FACTOR = 3


def enlarge(pictures: tf.Tensor, interpolation: str) -> tf.Tensor:
    """Resize pictures to three times their height and width.

    Parameters
    ----------
    pictures : tensor of float32, shape (n_pictures, height, width, channels)
        Pictures whose values are at least 0.
    interpolation : str
        A method of `tf.image.resize`.

    Returns
    -------
    enlarged : tensor of float32, shape (n_pictures, 3 * height, 3 * width, channels)
        Between 0 and the largest value of their picture: what overshoots is cut off.
    """
    height, width = pictures.shape[1:3]
    down, across = _matrix(height, interpolation), _matrix(width, interpolation)
    # Two products with the weights of tf.image.resize take less time than it does.
    rows = tf.einsum("ih,nhwc->niwc", down, pictures)
    enlarged = tf.einsum("jw,niwc->nijc", across, rows)
    largest = tf.reduce_max(pictures, axis=(1, 2, 3), keepdims=True)
    return tf.clip_by_value(enlarged, 0.0, largest)


def on_larger(transforms: tf.Tensor) -> tf.Tensor:
    """Let transforms read from enlarged pictures.

    Parameters
    ----------
    transforms : tensor of float32, shape (n_pictures, 6)
        As `draw_transforms` returns them, for the pictures themselves.

    Returns
    -------
    transforms : tensor of float32, shape (n_pictures, 6)
        The same places in pixels of the finer grid.
    """
    # A pixel's middle is the middle of the pixels that it becomes.
    middle = (FACTOR - 1) / 2
    return FACTOR * transforms + tf.constant([0.0, 0.0, middle, 0.0, 0.0, middle])


def _matrix(side: int, interpolation: str) -> tf.Tensor:
    """Make the weights along one axis, a row for each pixel of the finer grid."""
    pixels = tf.eye(side)[..., tf.newaxis]
    return tf.image.resize(pixels, (FACTOR * side, side), interpolation)[..., 0]
