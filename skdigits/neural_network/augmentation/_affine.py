"""Random shifts, turns, slants and changes of size and width: one linear map a picture."""

from __future__ import annotations

import math

import tensorflow as tf


def draw_transforms(
    n_pictures: tf.Tensor,
    seed: tf.Tensor,
    size: tuple[int, int],
    *,
    shift: float,
    rotation: float,
    zoom: float,
    shear: float,
    stretch: float,
) -> tf.Tensor:
    """Draw where the pixels of each picture are read from.

    Parameters
    ----------
    n_pictures : tensor of int32
        How many pictures.
    seed : tensor of int32, shape (2,)
        Equal for equal draws.
    size : tuple of int
        Height and width of a picture.
    shift, rotation, zoom, shear, stretch : float
        The ranges of `ImageAugmentation`.

    Returns
    -------
    transforms : tensor of float32, shape (n_pictures, 6)
        Rows ``a, b, c, d, e, f``: the new pixel in column ``x`` and row ``y`` is read
        from column ``a x + b y + c`` and row ``d x + e y + f``.
    """
    draw = tf.random.stateless_uniform((5, n_pictures), seed, -1.0, 1.0)
    turn, scale = math.radians(rotation) * draw[0], 1.0 + zoom * draw[1]
    right, down = shift * draw[2], shift * draw[3]
    slant = shear * draw[4]
    cos, sin = tf.cos(turn) / scale, tf.sin(turn) / scale
    # The slant is next to the stretched picture: a stroke leans first, and then turns.
    a, b = cos + slant * sin, slant * cos - sin
    d, e = sin, cos
    if stretch:
        # A draw of its own leaves the others as they are without it.
        own_seed = tf.random.experimental.stateless_fold_in(seed, -2)
        wider = 1.0 + tf.random.stateless_uniform((n_pictures,), own_seed, -stretch, stretch)
        a, b, d, e = a / wider, b / wider, d * wider, e * wider
    y_mid, x_mid = (size[0] - 1) / 2, (size[1] - 1) / 2
    c = x_mid - a * (x_mid + right) - b * (y_mid + down)
    f = y_mid - d * (x_mid + right) - e * (y_mid + down)
    return tf.stack([a, b, c, d, e, f], axis=1)


def move(pictures: tf.Tensor, transforms: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Move pictures by TensorFlow's own kernel.

    Parameters
    ----------
    pictures : tensor of float32, shape (n_pictures, height, width, channels)
        Pictures on a ground of 0, which comes in from outside.
    transforms : tensor of float32, shape (n_pictures, 6)
        As `draw_transforms` returns them.
    size : tuple of int
        Height and width of a moved picture.

    Returns
    -------
    moved : tensor of float32, shape (n_pictures, *size, channels)
        Interpolated bilinearly.
    """
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pictures,
        transforms=tf.pad(transforms, [[0, 0], [0, 2]]),
        output_shape=size,
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
